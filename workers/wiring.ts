import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { createAnalysisActivities } from '../activities/analysis/activities';
import type { ModelTerms } from '../activities/analysis/call-model';
import type { ModelFailpoint } from '../activities/analysis/failpoints';
import { ModelAnalyst } from '../activities/analysis/model-analyst';
import { createExecutionActivities } from '../activities/execution/activities';
import type { ExecutionActivities } from '../activities/execution/activities';
import type { Failpoint } from '../activities/execution/ports';
import type { WatchDeps } from '../activities/execution/watch-account';
import { createSecureActivities } from '../activities/execution/secure-account';
import type { SecureActivities, SecureDeps } from '../activities/execution/secure-account';
import { createHaltActivities } from '../activities/halt/activities';
import type { HaltActivities } from '../activities/halt/activities';
import type { TripDeps } from '../activities/halt/look-at-trips';
import { createOperationsActivities } from '../activities/operations/activities';
import type { OperationsActivities } from '../activities/operations/activities';
import { createSavingActivities } from '../activities/operations/save-database';
import type { SavingActivities, SavingDeps } from '../activities/operations/save-database';
import { createLedgerActivities } from '../activities/ledger/activities';
import { FactsReader } from '../activities/ledger/read-facts';
import { createLookActivities, createReconciliationActivities } from '../activities/reconciliation/activities';
import type { LookActivities } from '../activities/reconciliation/activities';
import type { LookDeps } from '../activities/reconciliation/look-at-books';
import { createIngestActivities } from '../activities/market/ingest-candles';
import { createNewsActivities } from '../activities/market/ingest-news';
import type { NewsDeps } from '../activities/market/ingest-news';
import { createRiskActivities } from '../activities/risk/activities';
import { openPaperMarket } from '../brokers/paper/paper-market';
import type { PaperMarket } from '../brokers/paper/paper-market';
import { PaperBroker } from '../brokers/paper/paper-broker';
import type { PaperCosts } from '../brokers/paper/costs';
import { AccountDirectory } from '../database/account-directory';
import { clearAlert, raiseAlert } from '../database/alerts';
import { AccountRestores } from '../database/account-restores';
import { AnalysisStore } from '../database/analyses';
import { ExchangeAccounts } from '../database/exchange-accounts';
import { HaltStore } from '../database/halt-progress';
import { engageHalt } from '../database/halts';
import { OrderClaims } from '../database/order-claims';
import { spendingToday } from '../database/registry-analyses';
import { OrderJournal } from '../database/journal';
import type { Database } from '../database/pool';
import { ReconciliationStore } from '../database/reconciliations';
import { RiskStore } from '../database/risk';
import { TradeStore } from '../database/trades';
import { TripStore } from '../database/trips';
import { VenueMarket, VenueQuotes } from '../database/venue-quotes';
import { VenueSnapshots } from '../database/venue-snapshots';
import { shareSpent } from '../domain/analysis/cost';
import type { TrainingCutoff } from '../domain/analysis/hindsight';
import type { LanguageModel } from '../domain/analysis/language-model';
import type { CalendarId, MarketCalendar } from '../domain/calendar/calendar';
import { calendarOf as bundledCalendarOf } from '../domain/calendar/calendars';
import type { FeedRegistry } from '../domain/candle/feed';
import type { TradingCycle } from '../domain/cycle/cycle';
import type { ReportPost } from '../domain/report/report-post';
import type { SecretEntry } from '../domain/secret/registry';
import type { TripRules } from '../domain/halt/trips';
import type { DecimalString } from '../domain/money/decimal';
import type { MarketData } from '../domain/signal/market-data';
import type { Analyst, NewsFeed } from '../domain/signal/signal';
import { strategies } from '../domain/signal/strategies';
import type { Broker } from '../domain/order/broker';
import type { ModelMetrics } from '../telemetry/model-metrics';
import type { OrderMetrics } from '../telemetry/order-metrics';
import { openFeeds } from '../feeds/registry';
import { RPC_DEADLINE_MS } from '../temporal/connection';
import { orderEventSignal, tradeWorkflowId } from '../temporal/messages/trade';
import type { HaltRequest } from '../temporal/messages/trade';
import { listOpenWorkflows, tellOfHalt } from '../temporal/open-workflows';
import { listSchedules, pauseSchedule } from '../temporal/schedules/client';
import { tellTradeOfHalt } from '../temporal/start-workflows';
import { openExchangeAccounts } from './exchange-accounts';
import type { ExchangeSetting, OpenAccount } from './exchange-accounts';
import { newsOf } from './news';
import { QUEUE_RATES } from './venue-budgets';
import type { QueueRates } from './venue-budgets';

/** The language model of an installation: where it is asked, how, and what it may cost. */
export interface ModelWiring {
  readonly endpoint: LanguageModel;
  readonly terms: ModelTerms;
  /** Market seconds for which an answer counts. */
  readonly validitySeconds: number;
  readonly trainingCutoff: TrainingCutoff;
  readonly metrics: ModelMetrics;
  readonly failpoint: (name: ModelFailpoint) => void;
}

/** What a worker process is made of, whichever roles it takes. */
export interface WiringInput {
  readonly database: Database;
  readonly client: Client;
  readonly metrics: OrderMetrics;
  readonly failpoint: (name: Failpoint) => void;
  readonly paperCosts: PaperCosts;
  /** Writes a line for each refusal of the risk check. */
  readonly logRefusal?: (refusal: Readonly<Record<string, unknown>>) => void;
  /** The bundled calendars unless told otherwise. */
  readonly calendarOf?: (id: CalendarId) => MarketCalendar;
  /** Prices for paper accounts and risk; those that the database holds unless told otherwise. */
  readonly market?: PaperMarket;
  /** Accounts at exchanges and how their venues are opened; none unless told. */
  readonly exchange?: ExchangeSetting;
  /** Analysts by the name of their strategy; those that come with Tradewind unless told otherwise. */
  readonly strategies?: ReadonlyMap<string, Analyst>;
  /** Where backups go; without one there is no upkeep of the database. */
  readonly upkeep?: Omit<SavingDeps, 'database'>;
  /** Without one the strategy `llm` abstains. */
  readonly model?: ModelWiring;
  /** Where candles come from; exchanges at their own addresses unless told. */
  readonly feeds?: FeedRegistry;
  /** Where news comes from; nowhere unless told. */
  readonly newsSources?: Pick<NewsDeps, 'sources' | 'names' | 'reader'>;
  /** Without one analysts are shown no news. */
  readonly news?: NewsFeed;
  /** Trading cycles of the installation; none unless told. */
  readonly cycles?: readonly TradingCycle[];
  /** Secrets by settings that are in use: their names; none unless told. */
  readonly secrets?: readonly SecretEntry[];
  /** Where daily reports go; nowhere unless told. */
  readonly reportPost?: ReportPost;
}

/** The parts that all roles share, and the makers of each role's activities. */
export async function wire(input: WiringInput) {
  const { database, metrics, failpoint, calendarOf = bundledCalendarOf } = input;
  const trades = new TradeStore(database);
  const journal = new OrderJournal(database);
  const halts = new HaltStore(database);
  const risk = new RiskStore(database);
  const reconciliations = new ReconciliationStore(database);
  const market = input.market ?? (await openPaperMarket(database, calendarOf, input.paperCosts));
  const directory = await AccountDirectory.open(database);
  const marketOf = (account: string, staleIsNone: boolean): MarketData => {
    const { venue, quoteMaxAge } = directory.of(account);
    if (venue === 'paper') return market;
    return new VenueMarket(new VenueQuotes(database, account), quoteMaxAge, staleIsNone);
  };
  const facts = new FactsReader({ trades, marketOf: (account) => marketOf(account, true), calendarOf });
  const analyses = new AnalysisStore(database);
  const model = input.model === undefined ? {} : { model: modelAnalyst(input.model, analyses) };
  const installation = await journal.installationId();
  const opened = new Map<string, OpenAccount>();

  return {
    trades,
    risk,
    marketOf: (account: string) => marketOf(account, false),
    halts,
    /**
     * Names of the accounts whose orders this process can send: those on paper, and those at exchanges whose keys it
     * has. What keeps one out stands in the account's quarantine.
     */
    openAccounts: async (): Promise<readonly string[]> => {
      if (input.exchange !== undefined) {
        for (const open of await openExchangeAccounts(database, input.exchange, calendarOf))
          opened.set(open.account, open);
        await directory.refresh();
      }
      return [...directory.names('paper'), ...opened.keys()];
    },
    /** Ends what the brokers of opened accounts keep open. */
    closeBrokers: (): void => {
      for (const { broker } of opened.values()) broker.close?.();
    },
    /** Activities a second that the server hands out for an account's queues; undefined for as many as there are. */
    queueRates: (account: string): QueueRates | undefined => {
      const open = opened.get(account);
      return open === undefined ? undefined : QUEUE_RATES[open.venue];
    },
    tradeActivities: () => ({
      ...createLedgerActivities({ trades, facts }),
      ...createReconciliationActivities({ reconciliations, calendarOf }),
      ...createRiskActivities({
        trades,
        risk,
        journal,
        facts,
        marketOf: (account) => marketOf(account, false),
        calendarOf,
        venueOf: (account) => directory.of(account).venue,
        installation,
        metrics,
        failpoint,
        ...(input.logRefusal === undefined ? {} : { log: input.logRefusal }),
      }),
    }),
    analysisActivities: () =>
      createAnalysisActivities({
        trades,
        analyses,
        facts,
        marketOf: (account) => marketOf(account, false),
        calendarOf,
        strategies: input.strategies ?? strategies,
        ...model,
        ...(input.news === undefined ? {} : { news: input.news }),
        failpoint,
      }),
    /** What the automatic trips look at. */
    tripDeps: (rules: TripRules): TripDeps => ({
      trades,
      risk,
      trips: new TripStore(database),
      marketOf: (account) => marketOf(account, false),
      calendarOf,
      rules,
      engage: (wish) => engageHalt(database, wish),
      now: () => Date.now(),
      ...(input.model === undefined ? {} : { modelBudget: modelBudgetOf(database, input.model.terms) }),
    }),
    marketActivities: () => ({
      ...createIngestActivities({
        database,
        feeds: input.feeds ?? openFeeds({ aliases: [], gateOf: () => undefined }),
        calendarOf,
        now: () => Date.now(),
      }),
      ...createNewsActivities({
        ...(input.newsSources ?? newsOf({ feeds: { aliases: [] } })),
        database,
        now: () => Date.now(),
      }),
    }),
    haltActivities: (): HaltActivities =>
      createHaltActivities({
        database,
        halts,
        tellTrade: (trade, request) => tellTradeOfHalt(input.client, trade, request),
        tellWorkflow: (workflowId, request) => tellWorkflow(input.client, workflowId, request),
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        openWorkflows: () => listOpenWorkflows(input.client),
        schedules: () => listSchedules(input.client),
        pauseSchedule: (scheduleId, note) => pauseSchedule(input.client, scheduleId, note),
      }),
    operationsActivities: (): OperationsActivities =>
      createOperationsActivities({
        database,
        trades,
        risk,
        marketOf: (account) => marketOf(account, false),
        calendarOf,
        cycles: input.cycles ?? [],
        secrets: input.secrets ?? [],
        reportPost: input.reportPost ?? {},
        now: () => Date.now(),
      }),
    savingActivities: (): Partial<SavingActivities> =>
      input.upkeep === undefined ? {} : createSavingActivities({ ...input.upkeep, database }),
    orderActivities: (
      account: string,
      stopping: AbortSignal,
      broker: Broker = opened.get(account)?.broker ??
        new PaperBroker({ account, database, market, costs: input.paperCosts }),
    ): ExecutionActivities & SecureActivities & LookActivities => {
      const safeKey = opened.get(account)?.mode === 'live';
      const exchange = {
        ...{ accounts: new ExchangeAccounts(database), safeKey, memory: { listedAt: undefined } },
        notice: (notices: readonly string[]) => tellNotices(database, account, notices),
      };
      const deps: WatchDeps & SecureDeps & LookDeps = {
        account,
        broker,
        market: marketOf(account, true),
        calendarOf,
        claims: new OrderClaims(database, account),
        quotes: new VenueQuotes(database, account),
        snapshots: new VenueSnapshots(database, account),
        restores: new AccountRestores(database),
        ...(directory.of(account).venue === 'paper' ? {} : { exchange }),
        stopping,
        journal,
        trades,
        facts,
        installation,
        metrics,
        failpoint,
        monotonic: () => performance.now(),
        token: () => randomBytes(16).toString('hex'),
        signalTrade: (tradeId) => signalTrade(input.client, tradeId),
        halts,
        reconciliations,
        now: () => Date.now(),
      };
      return { ...createExecutionActivities(deps), ...createSecureActivities(deps), ...createLookActivities(deps) };
    },
  };
}

/** The share of the day's budget of the models that is spent, whoever spent it. */
function modelBudgetOf(database: Database, { caps }: ModelTerms): () => Promise<DecimalString> {
  return async () => shareSpent(await spendingToday(database), caps.day);
}

function modelAnalyst({ endpoint, ...deps }: ModelWiring, store: AnalysisStore): ModelAnalyst {
  return new ModelAnalyst({ ...deps, store, model: endpoint, monotonic: () => performance.now() });
}

/** One alert an account, as long as there is anything to say. */
async function tellNotices(database: Database, account: string, notices: readonly string[]): Promise<void> {
  const cause = `venue-setup:${account}`;
  const [first] = notices;
  if (first === undefined) await clearAlert(database, cause);
  else await raiseAlert(database, { cause, severity: 'warning', title: `${account}: ${first}`, detail: { notices } });
}

/** One that has ended meanwhile needs to hear of nothing. */
async function tellWorkflow(client: Client, workflowId: string, request: HaltRequest): Promise<void> {
  await tellOfHalt(client, workflowId, request).catch((error: unknown) => {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  });
}

/** A trade without a run is started by the dispatcher and then reads its journal: no signal is owed to it. */
async function signalTrade(client: Client, tradeId: string): Promise<void> {
  const handle = client.workflow.getHandle(tradeWorkflowId(tradeId));
  await client
    .withDeadline(Date.now() + RPC_DEADLINE_MS, () => handle.signal(orderEventSignal))
    .catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
}

export type Wiring = Awaited<ReturnType<typeof wire>>;
