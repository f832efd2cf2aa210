import { SIMULATED_VENUES } from '../../../simulators/exchange/start';
import { atLeast, atMost, thisMachine, versionsWith } from '../../support/report';
import type { Goal, ReportRow } from '../../support/report';
import type { Suite } from '../../support/suites';
import { percentile } from '../trade/resume';
import { runOrderChaos } from './run';
import type { ContenderResult, PlayedVenue } from './result';
import type { Contender } from './venue';

/** What an intent of all contenders takes on average, and a venue around them; seconds. */
const SECONDS_AN_INTENT = 1.2;
const SECONDS_A_VENUE = 45;

/** Orders under every fault that we can make, at every simulated venue; see `runOrderChaos`. */
export const orderChaosSuite: Suite = {
  summary:
    'one order for one intent, whatever is killed, stopped, lost or late; with controls. --venue all: the five simulated ' +
    'exchanges; ib: simulated gateways of Interactive Brokers; or names with commas between them',
  numbers: { intents: 200 },
  texts: { venue: 'all' },
  run: async ({ numbers, texts, seed, minutes }, say) => {
    const intents = Math.max(1, Math.round(numbers['intents'] ?? 0));
    const venues = venuesOf(texts['venue'] ?? '');
    const estimate = Math.ceil((venues.length * (SECONDS_A_VENUE + intents * SECONDS_AN_INTENT)) / 60);
    say(`${intents} intents at ${venues.join(', ')}: about ${Math.min(estimate, minutes ?? estimate)} minutes`);
    const { results, remarks, postgres } = await runOrderChaos({
      ...{ venues, intents, seed, say },
      ...(minutes === undefined ? {} : { minutes }),
    });
    for (const remark of remarks) say(remark);
    return {
      suite: 'orders',
      seed,
      machine: thisMachine(),
      versions: versionsWith({ postgres }),
      rows: results.map(rowOf),
      goals: goalsOf(results, intents * venues.length),
    };
  },
};

/** `all` exchanges, or names separated by commas, `ib` among them. @throws Error naming what is no simulated venue. */
function venuesOf(names: string): readonly PlayedVenue[] {
  if (names === 'all') return SIMULATED_VENUES;
  return names.split(',').map((name) => {
    const all: readonly PlayedVenue[] = [...SIMULATED_VENUES, 'ib'];
    const venue = all.find((one) => one === name.trim());
    if (venue === undefined) throw new Error(`there is no simulated venue ${name}; there are ${all.join(', ')}`);
    return venue;
  });
}

const WHO: Readonly<Record<Contender, string>> = {
  ours: 'the protocol',
  blind: 'control: blind retry',
  'look-up': 'control: look up, then retry',
  limit: 'limit: hidden for longer',
};

function rowOf({ venue, contender, verdict, faulted, times, replaysIds }: ContenderResult): ReportRow {
  const { intents, orders, duplicates, missing, parked, differ, unflagged } = verdict;
  const replayed = replaysIds && contender !== 'ours' ? ' (ids are replayed here)' : '';
  return {
    venue,
    who: WHO[contender] + replayed,
    ...{ intents, faulted, orders, duplicates, missing, parked },
    'books differ': contender === 'ours' || contender === 'limit' ? differ : null,
    unnoticed: contender === 'ours' || contender === 'limit' ? unflagged : null,
    'resolved p50 ms': rounded(percentile(times, 0.5)),
    'p95 ms': rounded(percentile(times, 0.95)),
  };
}

/** At least as many faulted submissions as intents: 1,000 for 200 at each of five venues. */
export function goalsOf(results: readonly ContenderResult[], intents: number): readonly Goal[] {
  const sum = (contenders: readonly Contender[], of: (result: ContenderResult) => number): number =>
    results.filter(({ contender }) => contenders.includes(contender)).reduce((total, one) => total + of(one), 0);
  return [
    atLeast(
      'faulted',
      intents,
      sum(['ours'], ({ faulted }) => faulted),
    ),
    atMost(
      'duplicates',
      0,
      sum(['ours'], ({ verdict }) => verdict.duplicates),
    ),
    atMost(
      'missing',
      0,
      sum(['ours'], ({ verdict }) => verdict.missing),
    ),
    atMost(
      'books_differ',
      0,
      sum(['ours'], ({ verdict }) => verdict.differ),
    ),
    atMost(
      'limit_unnoticed',
      0,
      sum(['limit'], ({ verdict }) => verdict.unflagged),
    ),
    atLeast(
      'control_duplicates',
      1,
      sum(['blind', 'look-up'], ({ verdict }) => verdict.duplicates),
    ),
    ...keptOut(results),
  ];
}

/** Where one process alone may write, every other one that was kept out was told why. */
function keptOut(results: readonly ContenderResult[]): readonly Goal[] {
  const kept = results.flatMap(({ contender, kept }) => (contender === 'ours' && kept !== undefined ? [kept] : []));
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  if (kept.length === 0) return [];
  return [atLeast('second_processes_told', sum(kept.map(({ out }) => out)), sum(kept.map(({ told }) => told)))];
}

function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
