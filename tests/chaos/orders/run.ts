import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE_DIR } from '../../../config/project';
import type { SimulatedVenue } from '../../../simulators/exchange/start';
import { claimFolder, releaseFolder } from '../trade/run-folder';
import { Books } from './books';
import { Child } from './child';
import { playControl } from './control';
import { Crew } from './crew';
import { Stage } from './disturb';
import { judge } from './judge';
import type { Played, Verdict } from './judge';
import { OwnPostgres } from './own-postgres';
import { byLane, planHiddenForLonger, planIntents, windowOf } from './plan';
import type { IntentPlan } from './plan';
import { playByProtocol } from './protocol';
import { ChaosVenue, CONTENDERS } from './venue';
import type { Contender } from './venue';

/** What the suite is to do. */
export interface OrderChaosOptions {
  readonly venues: readonly SimulatedVenue[];
  /** Per venue and contender. */
  readonly intents: number;
  readonly seed: number;
  /** About how long it may take in all; the intents that do not fit are left out. */
  readonly minutes?: number;
  /** Intents that stay hidden for longer than the account says, per venue. */
  readonly hiddenForLonger?: number;
  readonly say?: (line: string) => void;
}

/** What one contender made of one venue. */
export interface ContenderResult {
  readonly venue: SimulatedVenue;
  readonly contender: Contender;
  readonly verdict: Verdict;
  /** Submissions that a fault hit, at the venue or in a process; each counts once. */
  readonly faulted: number;
  /** Milliseconds from the first submission to the known end, of those that came to one. */
  readonly times: readonly number[];
  readonly replaysIds: boolean;
}

export interface OrderChaosResult {
  readonly results: readonly ContenderResult[];
  /** One line for each intent that is not as it should be. */
  readonly remarks: readonly string[];
  readonly postgres: string;
}

const HIDDEN_FOR_LONGER = 5;
/** Of the time of one venue, if it is limited: the protocol waits out windows, the controls do not. */
const TIME_SHARES: Readonly<Record<Contender, number>> = { ours: 0.5, blind: 0.2, 'look-up': 0.2, limit: 0.1 };
/** Where nothing of ours works a venue is asked for executions every half minute. */
const NOTICED_WITHIN_MS = 45_000;

/** Intents under faults at every venue: by the protocol, by the controls, and beyond the stated limit. */
export async function runOrderChaos(options: OrderChaosOptions): Promise<OrderChaosResult> {
  const dir = await claimFolder(join(STATE_DIR, 'chaos-orders'));
  mkdirSync(join(dir, 'log'), { recursive: true });
  // Processes are awaited that are not tied to our event loop.
  const awake = setInterval(() => undefined, 1_000);
  const postgres = await OwnPostgres.start(dir);
  try {
    const books = await Books.open(postgres.url);
    const version = await books.serverVersion();
    try {
      const results: ContenderResult[] = [];
      const remarks: string[] = [];
      for (const [index, venue] of options.venues.entries()) {
        const share = ((options.minutes ?? Infinity) * 60_000) / options.venues.length;
        options.say?.(`${venue}: ${index + 1} of ${options.venues.length}`);
        const one = await new VenueRun(dir, books, postgres, venue, options, share).play();
        results.push(...one.results);
        remarks.push(...one.remarks);
      }
      return { results, remarks, postgres: version };
    } finally {
      await books.close();
    }
  } finally {
    await postgres.stop();
    clearInterval(awake);
    await releaseFolder(dir);
  }
}

/** Everything that happens at one venue. */
class VenueRun {
  private readonly remarks: string[] = [];

  constructor(
    private readonly dir: string,
    private readonly books: Books,
    private readonly postgres: OwnPostgres,
    private readonly venue: SimulatedVenue,
    private readonly options: OrderChaosOptions,
    private readonly milliseconds: number,
  ) {}

  async play(): Promise<{ readonly results: readonly ContenderResult[]; readonly remarks: readonly string[] }> {
    const { intents, seed, hiddenForLonger = HIDDEN_FOR_LONGER } = this.options;
    const log = join(this.dir, 'log', `${this.venue}.log`);
    const outside = new Child('tests/chaos/orders/venue-process', log);
    const plans = planIntents(intents, seed, windowOf(this.venue));
    const hidden = planHiddenForLonger(hiddenForLonger, seed, windowOf(this.venue));
    const plansOf = new Map(CONTENDERS.map((one) => [one, one === 'limit' ? hidden : plans]));
    try {
      const venue = await ChaosVenue.start(outside, this.venue, plansOf);
      const accounts = [...venue.accounts.values()];
      await this.books.addAccounts(accounts);
      const { installation } = this.books;
      const crew = new Crew({ databaseUrl: this.postgres.url, installation, accounts }, log, crewFor(intents));
      try {
        await crew.ready();
        const results: ContenderResult[] = [];
        for (const [contender, own] of plansOf) results.push(await this.contend(venue, crew, contender, own));
        return { results, remarks: this.remarks };
      } finally {
        await crew.end();
      }
    } finally {
      await outside.end();
    }
  }

  private async contend(
    venue: ChaosVenue,
    crew: Crew,
    contender: Contender,
    plans: readonly IntentPlan[],
  ): Promise<ContenderResult> {
    const started = performance.now();
    const until = started + this.milliseconds * TIME_SHARES[contender];
    const stage = new Stage(crew, this.postgres);
    const before = (await venue.ledger()).matched.length;
    const played: [IntentPlan, Played][] = [];
    const lane = async (own: readonly IntentPlan[]): Promise<void> => {
      for (const plan of own) {
        if (performance.now() > until) return;
        played.push([plan, await this.playOne(venue, stage, contender, plan)]);
      }
    };
    await Promise.all([...byLane(plans).values()].map(lane));
    const intents = played.map(([, one]) => one);
    const { orders, matched } = await venue.ledger();
    const verdict = judge(intents, orders);
    const seconds = Math.round((performance.now() - started) / 1_000);
    this.options.say?.(`  ${contender}: ${intents.length} intents in ${seconds} s, ${verdict.duplicates} duplicates`);
    if (contender === 'ours') this.remark(intents, verdict);
    return {
      ...{ venue: this.venue, contender, verdict, replaysIds: venue.replaysIds },
      faulted: faultedOf(played, stage, matched.slice(before)),
      times: intents.filter(({ end }) => end !== 'parked').map(({ milliseconds }) => milliseconds),
    };
  }

  private async playOne(venue: ChaosVenue, stage: Stage, contender: Contender, plan: IntentPlan): Promise<Played> {
    const account = venue.accountOf(contender, plan);
    await venue.arm(plan, this.books.idOf(account.venue, account.account, `i${plan.index}`));
    switch (contender) {
      case 'ours':
        return playByProtocol(stage, this.books, account, plan);
      case 'blind':
      case 'look-up':
        return playControl(contender, stage, this.books, account, plan);
      case 'limit': {
        const played = await playByProtocol(stage, this.books, account, plan);
        // It shows itself after the journal has concluded that it is not there: a poll must find both.
        return { ...played, flagged: await this.noticed(stage, account.account, plan) };
      }
    }
  }

  /** Looks on as the account's watcher does; true as soon as a person is told of a second order. */
  private async noticed(stage: Stage, account: string, plan: IntentPlan): Promise<boolean> {
    const until = performance.now() + plan.hiddenMs + NOTICED_WITHIN_MS;
    while (performance.now() < until) {
      await stage.crew.steady.ask({ kind: 'watch', account });
      if (await this.books.flagged(`${account}:i${plan.index}`)) return true;
      await sleep(500);
    }
    return false;
  }

  private remark(intents: readonly Played[], { wrong }: Verdict): void {
    for (const { clientOrderId, scenario, end, booked } of intents)
      if (wrong.includes(clientOrderId) || end === 'parked')
        this.remarks.push(`${this.venue} ${clientOrderId}: ${scenario}, ended ${end}, booked ${booked ?? '-'}`);
  }
}

/** Processes to be killed and to be stopped: a successor takes its time to start, on a busy machine above all. */
function crewFor(intents: number): { readonly victims: number; readonly sleepers: number } {
  return { victims: Math.min(5, Math.ceil(intents / 30)), sleepers: Math.min(2, Math.ceil(intents / 80)) };
}

/** Requests that were hit at the venue, and the first submissions that were hit in a process without one of those. */
function faultedOf(
  played: readonly (readonly [IntentPlan, Played])[],
  stage: Stage,
  matched: readonly string[],
): number {
  const atVenue = new Set(matched);
  const inProcess = played.filter(([plan, { clientOrderId }]) => stage.hit.has(plan) && !atVenue.has(clientOrderId));
  return matched.length + inProcess.length;
}
