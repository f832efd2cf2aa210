import type { BackupCommands } from '../../api/backup-commands';
import type { IngestCommands, IngestState } from '../../api/ingest-commands';
import { ingestWorkflowId } from '../../temporal/messages/ingest-candles';
import type { IngestCandlesInput } from '../../temporal/messages/ingest-candles';
import type { NewsCommands, NewsFetchState } from '../../api/news-commands';
import { newsWorkflowId } from '../../temporal/messages/ingest-news';
import type { IngestNewsInput } from '../../temporal/messages/ingest-news';
import { Writable } from 'node:stream';
import type { Response as SuperResponse } from 'supertest';
import supertest from 'supertest';
import type TestAgent from 'supertest/lib/agent';
import { createApi, type Api, type ApiDeps, type ApiSettings } from '../../api/app';
import type { Route } from '../../api/contract/route';
import { ROUTES } from '../../api/contract/routes';
import { problemView } from '../../api/contract/views';
import type { CheckAnswer, MeasureAnswer, RiskCommands } from '../../api/risk-commands';
import type { RiskIntent } from '../../domain/risk/intent';
import type { ActionAnswer, StartAnswer, TradeCommands } from '../../api/trade-commands';
import type { VenueAnswer, VenueCommands } from '../../api/venue-commands';
import type {
  BrokerFinding,
  FindContractsInput,
  FindContractsResult,
  LookUpOrderInput,
  LookUpOrderResult,
} from '../../temporal/messages/venue-tasks';
import { generateKey, storeKey } from '../../database/keys';
import { observeQueries } from '../../database/observe';
import { instant } from '../../domain/clock/instant';
import type { ScheduleCommands } from '../../api/schedule-commands';
import type { AppliedSchedule } from '../../temporal/schedules/apply';
import type { ScheduleDefinition } from '../../temporal/schedules/definition';
import type { ScheduleState } from '../../temporal/schedules/read';
import { openDatabase, type Database } from '../../database/pool';
import type { Role } from '../../domain/access/role';
import { bundledCalendars } from '../../domain/calendar/calendars';
import type { DecimalString } from '../../domain/money/decimal';
import type { TradingCycle } from '../../domain/cycle/cycle';
import type { NewsSource } from '../../domain/news/source';
import { secretsInUse } from '../../domain/secret/registry';
import { createLogger } from '../../telemetry/logger';
import { createMetrics, type Metrics } from '../../telemetry/metrics';
import { REPLAY_START } from './seeded-database';

/** What a fake of Temporal answers, and what it was asked; tests of the API set the one and read the other. */
export class FakeTrades implements TradeCommands {
  readonly repeated: string[] = [];
  readonly started: string[] = [];
  readonly acted: { tradeId: string; action: string; request: object; requestId: string }[] = [];
  startAnswer: StartAnswer = { kind: 'started', runId: 'run-1' };
  actAnswers: ActionAnswer[] = [];
  reachable = true;

  start({ tradeId }: { readonly tradeId: string }): Promise<StartAnswer> {
    this.started.push(tradeId);
    return Promise.resolve(this.startAnswer);
  }

  startHalt({ workflowId }: { readonly workflowId: string }): Promise<StartAnswer> {
    this.started.push(workflowId);
    return Promise.resolve(this.startAnswer);
  }

  act(tradeId: string, action: string, request: object, requestId: string): Promise<ActionAnswer> {
    this.acted.push({ tradeId, action, request, requestId });
    const state = { phase: 'exiting', halted: false, attention: null, position: '2' as DecimalString } as const;
    return Promise.resolve(this.actAnswers.shift() ?? { kind: 'done', state });
  }

  startRepeat({ repeatId }: { readonly repeatId: string }): Promise<boolean> {
    this.repeated.push(repeatId);
    return Promise.resolve(this.reachable);
  }

  startCycle(cycle: string): Promise<string | undefined> {
    this.started.push(`cycle:${cycle}`);
    return Promise.resolve(this.reachable ? `cycle:${cycle}` : undefined);
  }

  isReachable(): Promise<boolean> {
    return Promise.resolve(this.reachable);
  }
}

/** A model as the API of a test tells of it. */
export const TEST_MODEL: ApiSettings['model'] = {
  name: 'test-model',
  configured: true,
  price: { input: '1', output: '4' },
  caps: {
    trade: { tokens: 1_000, cost: '0.1' },
    strategy: { tokens: 10_000, cost: '1' },
    day: { tokens: 20_000, cost: '2' },
  },
};
/** The trading cycles of a test. */
const TEST_CYCLES: readonly TradingCycle[] = [
  {
    name: 'morning',
    account: 'paper',
    strategy: 'technical',
    calendar: 'NYSE',
    instruments: ['US500', 'USCOMP'],
    at: { afterOpenMinutes: 15 },
    latenessSeconds: 600,
    trade: { timeExitSeconds: 3_600 },
  },
];

/** What a fake of the order workers answers, and what it was asked. */
export class FakeVenues implements VenueCommands {
  reachable = true;
  readonly asked: string[] = [];
  checkAnswer: VenueAnswer<readonly BrokerFinding[]> = {
    kind: 'answered',
    result: [{ check: 'server time', result: 'ok', detail: '3 ms', milliseconds: 12 }],
  };
  contractsAnswer: VenueAnswer<FindContractsResult> = { kind: 'answered', result: null };
  lookUpAnswer: VenueAnswer<LookUpOrderResult> = { kind: 'answered', result: { verdict: 'again', waitMs: 50 } };

  check(account: string): Promise<VenueAnswer<readonly BrokerFinding[]>> {
    this.asked.push(`check ${account}`);
    return Promise.resolve(this.checkAnswer);
  }

  findContracts({ account, kind, text }: FindContractsInput): Promise<VenueAnswer<FindContractsResult>> {
    this.asked.push(`contracts ${account} ${text}${kind === undefined ? '' : ` ${kind}`}`);
    return Promise.resolve(this.contractsAnswer);
  }

  lookUp({ order }: LookUpOrderInput): Promise<VenueAnswer<LookUpOrderResult>> {
    this.asked.push(`look up ${order.clientOrderId}`);
    return Promise.resolve(this.lookUpAnswer);
  }

  reconcile(account: string, by: string): Promise<boolean> {
    this.asked.push(`reconcile ${account} for ${by}`);
    return Promise.resolve(this.reachable);
  }

  wake(tradeId: string): Promise<void> {
    this.asked.push(`wake ${tradeId}`);
    return Promise.resolve();
  }
}

/** The same for checks of risk. */
export class FakeRisk implements RiskCommands {
  readonly asked: RiskIntent[] = [];
  answer: CheckAnswer = { kind: 'unreachable' };
  measureAnswer: MeasureAnswer = { kind: 'unreachable' };

  check(intent: RiskIntent): Promise<CheckAnswer> {
    this.asked.push(intent);
    return Promise.resolve(this.answer);
  }

  measure(): Promise<MeasureAnswer> {
    return Promise.resolve(this.measureAnswer);
  }
}

/** The same for ingestions of candles. */
export class FakeIngests implements IngestCommands {
  readonly asked: IngestCandlesInput[] = [];
  reachable = true;
  state: IngestState | undefined;
  /** What is shown before that, one a look. */
  readonly before: IngestState[] = [];

  start(input: IngestCandlesInput): Promise<string | undefined> {
    this.asked.push(input);
    return Promise.resolve(this.reachable ? ingestWorkflowId(input) : undefined);
  }

  show(): Promise<IngestState | 'unreachable' | undefined> {
    return Promise.resolve(this.reachable ? (this.before.shift() ?? this.state) : 'unreachable');
  }
}

/** The same for backups. */
export class FakeBackups implements BackupCommands {
  readonly asked: string[] = [];

  run(): Promise<string> {
    this.asked.push('run');
    return Promise.resolve('backup-by-hand');
  }

  verify(id: string): Promise<string> {
    this.asked.push(`verify ${id}`);
    return Promise.resolve(`verify-backup:${id}`);
  }
}

/** The same for the news. */
export class FakeNews implements NewsCommands {
  readonly asked: IngestNewsInput[] = [];
  reachable = true;
  /** What is shown, one a look; the last one for ever. */
  states: NewsFetchState[] = [];

  start(input: IngestNewsInput): Promise<string | undefined> {
    this.asked.push(input);
    return Promise.resolve(this.reachable ? newsWorkflowId(input) : undefined);
  }

  show(): Promise<NewsFetchState | 'unreachable' | undefined> {
    const [first, ...rest] = this.states;
    if (rest.length > 0) this.states = rest;
    return Promise.resolve(this.reachable ? first : 'unreachable');
  }
}

/** The news sources of a test. */
const TEST_SOURCES: readonly NewsSource[] = [
  {
    name: 'wire',
    place: { kind: 'feed', url: 'https://news.example/rss?key=secret-in-a-query', allowPrivate: false },
    ...{ instruments: ['US500'], everyMinutes: 10, staleAfterMinutes: 60 },
  },
  {
    name: 'desk',
    place: { kind: 'finnhub', category: 'general' },
    ...{ instruments: [], everyMinutes: 10, staleAfterMinutes: 60 },
  },
  {
    name: 'apple',
    place: { kind: 'finnhub', symbol: 'AAPL' },
    ...{ instruments: ['AAPL'], everyMinutes: 10, staleAfterMinutes: 60 },
  },
];

/** The same for schedules: one of each tag. */
export class FakeSchedules implements ScheduleCommands {
  readonly asked: string[] = [];
  readonly definitions = [testSchedule('cycle', 'trading'), testSchedule('upkeep', 'operations')];
  readonly states = new Map<string, ScheduleState>([
    ['cycle', RUNNING_SCHEDULE],
    ['upkeep', RUNNING_SCHEDULE],
  ]);

  read(id: string): Promise<ScheduleState | undefined> {
    return Promise.resolve(this.states.get(id));
  }

  apply(): Promise<readonly AppliedSchedule[]> {
    this.asked.push('apply');
    return Promise.resolve([{ scheduleId: 'cycle', action: 'made' }]);
  }

  trigger({ id }: { readonly id: string }): Promise<void> {
    this.asked.push(`trigger ${id}`);
    return Promise.resolve();
  }

  pause(id: string, note: string): Promise<void> {
    this.states.set(id, { ...RUNNING_SCHEDULE, paused: true, note, nextRunAt: null });
    return Promise.resolve();
  }

  resume(id: string, note: string): Promise<void> {
    this.states.set(id, { ...RUNNING_SCHEDULE, note });
    return Promise.resolve();
  }
}

const RUNNING_SCHEDULE: ScheduleState = {
  paused: false,
  note: '',
  nextRunAt: instant(Date.UTC(2026, 0, 6, 2)),
  running: [],
  taken: 1,
  skipped: 0,
  missed: 0,
  waitsFor: null,
  lastEnded: { workflowId: 'w', outcome: 'completed', startedAt: instant(Date.UTC(2026, 0, 5, 2)) },
};

function testSchedule(id: string, tag: ScheduleDefinition['tag']): ScheduleDefinition {
  return {
    id,
    tag,
    times: { cronExpressions: ['0 2 * * *'] },
    timeZone: 'UTC',
    workflow: { type: 'nothing', taskQueue: 'nobody', timeout: '1h' },
    overlap: 'skip',
    catchupWindow: '10m',
    purpose: 'Does nothing.',
    failureMeans: 'Nothing was done.',
  };
}

/** An API on a database, with one key a role. */
export interface TestApi {
  readonly api: Api;
  readonly trades: FakeTrades;
  readonly venues: FakeVenues;
  readonly risk: FakeRisk;
  readonly ingests: FakeIngests;
  readonly backups: FakeBackups;
  readonly news: FakeNews;
  readonly schedules: FakeSchedules;
  readonly metrics: Metrics;
  readonly keys: Readonly<Record<Role, string>>;
  /** What it logged, as text. */
  readonly log: () => string;
  /** Moves the API's clock that never goes back. */
  readonly pass: (ms: number) => void;
  readonly request: TestAgent;
  /** A request with the key of a role. */
  readonly as: (role: Role) => {
    get(path: string): supertest.Test;
    post(path: string): supertest.Test;
    delete(path: string): supertest.Test;
  };
  readonly close: () => Promise<void>;
}

/** Makes an API over its own pool, so that statements of the API alone are observed; its trades are a fake unless given. */
export async function openTestApi(
  databaseUrl: string,
  changes: Partial<ApiSettings> = {},
  temporal?: TradeCommands,
  startRepeat?: ApiDeps['startRepeat'],
): Promise<TestApi> {
  const database = openDatabase(databaseUrl, { max: 4 });
  const metrics = createMetrics({ service: 'api', version: '9.9.9', processSeries: false });
  observeQueries(database, (type, seconds) => metrics.dbQueryDuration.observe({ query_type: type }, seconds));
  const trades = new FakeTrades();
  const venues = new FakeVenues();
  const risk = new FakeRisk();
  const ingests = new FakeIngests();
  const backups = new FakeBackups();
  const news = new FakeNews();
  const schedules = new FakeSchedules();
  let now = 0;
  let logged = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged += chunk.toString();
      done();
    },
  });
  const api = createApi({
    database,
    temporal: temporal ?? trades,
    cycles: TEST_CYCLES,
    startCycle: (cycle) => trades.startCycle(cycle),
    startRepeat: startRepeat ?? ((repeat) => trades.startRepeat(repeat)),
    venues,
    risk,
    ingests,
    backups,
    newsSources: TEST_SOURCES,
    news,
    schedules,
    settings: {
      version: '9.9.9',
      strategies: ['technical'],
      approveOwnTrades: false,
      releaseOwnHalts: true,
      replayStart: REPLAY_START,
      model: TEST_MODEL,
      secrets: secretsInUse((setting) => setting === 'OPENAI_API_KEY'),
      ...changes,
    },
    logger: createLogger({ service: 'api', destination }),
    metrics,
    calendars: bundledCalendars,
    now: () => Date.parse('2024-11-25T15:00:00Z'),
    monotonic: () => now,
  });
  const keys = await makeKeys(database);
  const request = supertest(api.app);
  const as: TestApi['as'] = (role) => ({
    get: (path) => request.get(path).set('Authorization', `Bearer ${keys[role]}`),
    post: (path) => request.post(path).set('X-API-Key', keys[role]),
    delete: (path) => request.delete(path).set('X-API-Key', keys[role]),
  });
  const close = async (): Promise<void> => {
    await api.drain();
    await database.end();
  };
  return {
    api,
    trades,
    venues,
    risk,
    ingests,
    backups,
    news,
    schedules,
    metrics,
    keys,
    log: () => logged,
    pass: (ms) => (now += ms),
    request,
    as,
    close,
  };
}

async function makeKeys(database: Database): Promise<Record<Role, string>> {
  const keys = { viewer: generateKey(), trader: generateKey(), operator: generateKey(), admin: generateKey() };
  for (const role of ['viewer', 'trader', 'operator', 'admin'] as const)
    await storeKey(database, keys[role], role, role);
  return keys;
}

/** Fails unless an answer is one that the contract of its route names, with a body of that schema. */
export function expectContract(name: keyof typeof ROUTES, response: SuperResponse): void {
  const route: Route = ROUTES[name];
  const answer = route.answers[response.status];
  const schema = answer?.schema ?? problemView;
  if (answer === undefined) expect(response.headers['content-type']).toContain('application/problem+json');
  expect(schema.safeParse(response.body)).toMatchObject({ success: true });
}
