import { join } from 'node:path';
import { Child } from '../child';
import { playControl } from '../control';
import { Worker } from '../crew';
import { faultedOf, judge } from '../judge';
import type { Played } from '../judge';
import type { WorkerSetup } from '../messages';
import { playByProtocol } from '../protocol';
import { remarksOn, TIME_SHARES } from '../result';
import type { ContenderResult, RunOfVenue, RunPlace } from '../result';
import { Gateway } from './gateway';
import type { GatewayAccount, GatewaySetup, RunningGateway } from './messages';
import { byIbLane, planIbIntents, READ_LAG, STATED_LAG, VALIDITY_WINDOW } from './plan';
import type { IbPlan } from './plan';
import { IbStage, Pair } from './stage';

/** Who sends the intents; the control is the library's own convenience class with a retry. */
const CONTENDERS = ['ours', 'blind'] as const;
type IbContender = (typeof CONTENDERS)[number];

const ENTRY = 'tests/chaos/orders/ib/worker';
const OUTSIDE = 'tests/chaos/orders/ib/gateways';
const MOST_LANES = 4;
const INTENTS_A_LANE = 6;
const CLIENT_ID = 11;
const FIRST_CODE = 1_000_000;

/**
 * Intents under faults at gateways of Interactive Brokers. A client id has one writer, so each lane is an account with a
 * gateway of its own and two processes: the writer, and one that takes over, or is kept out.
 */
export class IbRun implements RunOfVenue {
  private readonly plans: readonly IbPlan[];
  private readonly lanes: number;
  private readonly log: string;

  constructor(private readonly place: RunPlace) {
    const { intents, seed } = place.options;
    this.lanes = Math.min(MOST_LANES, Math.ceil(intents / INTENTS_A_LANE));
    this.plans = planIbIntents(intents, seed, this.lanes);
    this.log = join(place.dir, 'log', 'ib.log');
  }

  async play(): ReturnType<RunOfVenue['play']> {
    const outside = new Child(OUTSIDE, this.log);
    const workers: Worker[] = [];
    try {
      const gateways = await this.open(outside);
      await this.place.books.addAccounts([...gateways.values()].map(({ account }) => account));
      const processes = Array.from({ length: this.lanes }, (_, lane) => {
        const accounts = CONTENDERS.map((contender) => this.gatewayOf(gateways, contender, lane).account);
        const both = [this.worker(accounts), this.worker(accounts)] as const;
        workers.push(...both);
        return both;
      });
      await Promise.all(workers.map((worker) => worker.ready()));
      const results: ContenderResult[] = [];
      const remarks: string[] = [];
      for (const contender of CONTENDERS) {
        const { played, result } = await this.contend(gateways, processes, contender);
        results.push(result);
        if (contender === 'ours') remarks.push(...remarksOn('ib', played, result.verdict));
      }
      return { results, remarks };
    } finally {
      await Promise.all(workers.map((worker) => worker.end()));
      await outside.end();
    }
  }

  /** A gateway for each lane of each contender, by account. */
  private async open(outside: Child): Promise<ReadonlyMap<string, Gateway>> {
    const accounts = CONTENDERS.flatMap((contender) =>
      Array.from({ length: this.lanes }, (_, lane) => accountOf(contender, lane)),
    );
    const setups = accounts.map((account, index): GatewaySetup => {
      return { account, accountCode: `DU${FIRST_CODE + index}`, readLag: READ_LAG };
    });
    const running = await outside.ask<readonly RunningGateway[]>({ setups });
    return new Map(
      running.map(({ account, adminUrl, port }, index): [string, Gateway] => {
        const own: GatewayAccount = {
          ...{ account, venue: 'ib', instrument: 'AAPL', port, clientId: CLIENT_ID },
          accountCode: setups[index]?.accountCode ?? '',
          timings: { validityWindow: VALIDITY_WINDOW, readLag: STATED_LAG, pollEvery: 200 },
        };
        return [account, new Gateway(own, adminUrl)];
      }),
    );
  }

  private worker(accounts: readonly GatewayAccount[]): Worker {
    const { books, postgres } = this.place;
    const setup: WorkerSetup<GatewayAccount> = {
      ...{ databaseUrl: postgres.url, installation: books.installation, accounts },
    };
    return new Worker(setup, this.log, ENTRY);
  }

  private async contend(
    gateways: ReadonlyMap<string, Gateway>,
    processes: readonly (readonly [Worker, Worker])[],
    contender: IbContender,
  ): Promise<{ readonly played: readonly Played[]; readonly result: ContenderResult }> {
    const started = performance.now();
    const until = started + this.place.milliseconds * TIME_SHARES[contender];
    const pairs = new Map(processes.map((both, lane) => [accountOf(contender, lane), new Pair(...both)]));
    const stage = new IbStage(pairs, gateways, this.place.postgres, contender === 'ours');
    const played: [IbPlan, Played][] = [];
    const lane = async (own: readonly IbPlan[]): Promise<void> => {
      const [first] = own;
      // The first submission is not the one that opens the line.
      if (contender === 'ours' && first !== undefined) await stage.opened(accountOf(contender, first.lane));
      for (const plan of own) {
        if (performance.now() > until) return;
        played.push([plan, await this.playOne(this.gatewayOf(gateways, contender, plan.lane), stage, contender, plan)]);
      }
    };
    await Promise.all([...byIbLane(this.plans).values()].map(lane));
    const records = await Promise.all(
      Array.from({ length: this.lanes }, (_, index) => this.gatewayOf(gateways, contender, index).ledger()),
    );
    const intents = played.map(([, one]) => one);
    const verdict = judge(
      intents,
      records.flatMap(({ orders }) => orders),
    );
    const seconds = Math.round((performance.now() - started) / 1_000);
    const { out, told } = stage.kept;
    const kept = contender === 'ours' ? `; ${told} of ${out} second processes kept out by 326` : '';
    this.place.options.say?.(
      `  ${contender}: ${intents.length} intents in ${seconds} s, ${verdict.duplicates} duplicates${kept}`,
    );
    const result: ContenderResult = {
      ...{ venue: 'ib', contender, verdict, replaysIds: false, kept: stage.kept },
      faulted: faultedOf(
        played,
        stage.hit,
        records.flatMap(({ matched }) => matched),
      ),
      times: intents.filter(({ end }) => end !== 'parked').map(({ milliseconds }) => milliseconds),
    };
    return { played: intents, result };
  }

  private async playOne(gateway: Gateway, stage: IbStage, contender: IbContender, plan: IbPlan): Promise<Played> {
    const { books } = this.place;
    const { account } = gateway;
    await gateway.arm(plan, books.idOf(account.venue, account.account, `i${plan.index}`));
    return contender === 'ours'
      ? playByProtocol(stage, books, account, plan)
      : playControl(contender, stage, books, account, plan);
  }

  private gatewayOf(gateways: ReadonlyMap<string, Gateway>, contender: IbContender, lane: number): Gateway {
    const gateway = gateways.get(accountOf(contender, lane));
    if (gateway === undefined) throw new Error(`no gateway for lane ${lane} of ${contender}`);
    return gateway;
  }
}

function accountOf(contender: IbContender, lane: number): string {
  return `ib-${contender}-${lane}`;
}
