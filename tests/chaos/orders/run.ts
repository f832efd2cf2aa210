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
import { ExchangeStage } from './disturb';
import { IbRun } from './ib/run';
import { faultedOf, judge } from './judge';
import type { Played } from './judge';
import { OwnPostgres } from './own-postgres';
import { byLane, planHiddenForLonger, planIntents, windowOf } from './plan';
import type { IntentPlan } from './plan';
import { playByProtocol } from './protocol';
import { remarksOn, TIME_SHARES } from './result';
import type { ContenderResult, OrderChaosOptions, OrderChaosResult, RunOfVenue, RunPlace } from './result';
import { ChaosVenue, CONTENDERS } from './venue';
import type { Contender } from './venue';

const HIDDEN_FOR_LONGER = 5;
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
        const place = { dir, books, postgres, options, milliseconds: share };
        const run: RunOfVenue = venue === 'ib' ? new IbRun(place) : new VenueRun(place, venue);
        const one = await run.play();
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
class VenueRun implements RunOfVenue {
  private readonly remarks: string[] = [];

  constructor(
    private readonly place: RunPlace,
    private readonly venue: SimulatedVenue,
  ) {}

  async play(): ReturnType<RunOfVenue['play']> {
    const { books, dir, options, postgres } = this.place;
    const { intents, seed, hiddenForLonger = HIDDEN_FOR_LONGER } = options;
    const log = join(dir, 'log', `${this.venue}.log`);
    const outside = new Child('tests/chaos/orders/venue-process', log);
    const plans = planIntents(intents, seed, windowOf(this.venue));
    const hidden = planHiddenForLonger(hiddenForLonger, seed, windowOf(this.venue));
    const plansOf = new Map(CONTENDERS.map((one) => [one, one === 'limit' ? hidden : plans]));
    try {
      const venue = await ChaosVenue.start(outside, this.venue, plansOf);
      const accounts = [...venue.accounts.values()];
      await books.addAccounts(accounts);
      const { installation } = books;
      const crew = new Crew({ databaseUrl: postgres.url, installation, accounts }, log, crewFor(intents));
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
    const until = started + this.place.milliseconds * TIME_SHARES[contender];
    const stage = new ExchangeStage(crew, this.place.postgres);
    const before = (await venue.ledger()).matched.length;
    const played: [IntentPlan, Played][] = [];
    const lane = async (own: readonly IntentPlan[]): Promise<void> => {
      for (const plan of own) {
        if (performance.now() > until) return;
        played.push([plan, await this.playOne(venue, crew, stage, contender, plan)]);
      }
    };
    await Promise.all([...byLane(plans).values()].map(lane));
    const intents = played.map(([, one]) => one);
    const { orders, matched } = await venue.ledger();
    const verdict = judge(intents, orders);
    const seconds = Math.round((performance.now() - started) / 1_000);
    this.place.options.say?.(
      `  ${contender}: ${intents.length} intents in ${seconds} s, ${verdict.duplicates} duplicates`,
    );
    if (contender === 'ours') this.remarks.push(...remarksOn(this.venue, intents, verdict));
    return {
      ...{ venue: this.venue, contender, verdict, replaysIds: venue.replaysIds },
      faulted: faultedOf(played, stage.hit, matched.slice(before)),
      times: intents.filter(({ end }) => end !== 'parked').map(({ milliseconds }) => milliseconds),
    };
  }

  private async playOne(
    venue: ChaosVenue,
    crew: Crew,
    stage: ExchangeStage,
    contender: Contender,
    plan: IntentPlan,
  ): Promise<Played> {
    const { books } = this.place;
    const account = venue.accountOf(contender, plan);
    await venue.arm(plan, books.idOf(account.venue, account.account, `i${plan.index}`));
    switch (contender) {
      case 'ours':
        return playByProtocol(stage, books, account, plan);
      case 'blind':
      case 'look-up':
        return playControl(contender, stage, books, account, plan);
      case 'limit': {
        const played = await playByProtocol(stage, books, account, plan);
        // It shows itself after the journal has concluded that it is not there: a poll must find both.
        return { ...played, flagged: await this.noticed(crew, account.account, plan) };
      }
    }
  }

  /** Looks on as the account's watcher does; true as soon as a person is told of a second order. */
  private async noticed(crew: Crew, account: string, plan: IntentPlan): Promise<boolean> {
    const until = performance.now() + plan.hiddenMs + NOTICED_WITHIN_MS;
    while (performance.now() < until) {
      await crew.steady.ask({ kind: 'watch', account });
      if (await this.place.books.flagged(`${account}:i${plan.index}`)) return true;
      await sleep(500);
    }
    return false;
  }
}

/** Processes to be killed and to be stopped: a successor takes its time to start, on a busy machine above all. */
function crewFor(intents: number): { readonly victims: number; readonly sleepers: number } {
  return { victims: Math.min(5, Math.ceil(intents / 30)), sleepers: Math.min(2, Math.ceil(intents / 80)) };
}
