import { thisMachine, versionsWith } from '../../support/report';
import type { Suite } from '../../support/suites';
import { runHaltChaos } from './run';

/** Real seconds that a trade of a round costs on average, that a round costs besides, and that all costs besides. */
const SECONDS_A_TRADE = 0.15;
const SECONDS_A_ROUND = 40;
const SECONDS_AROUND = 90;

/** Halts of trades in every phase while the machinery breaks; see `runHaltChaos`. */
export const haltChaosSuite: Suite = {
  summary: 'the kill switch over trades in every phase while workers, Postgres and Temporal break, judged by the venue',
  numbers: { trades: 1_000, rounds: 5 },
  run: async ({ numbers, seed, minutes }, say) => {
    const trades = Math.max(11, Math.round(numbers['trades'] ?? 0));
    const rounds = Math.max(1, Math.round(numbers['rounds'] ?? 0));
    const estimate = Math.ceil((SECONDS_AROUND + rounds * (SECONDS_A_ROUND + trades * SECONDS_A_TRADE)) / 60);
    say(
      `${rounds} rounds of ${trades} trades: about ${Math.min(estimate, minutes ?? estimate)} minutes on two idle cores`,
    );
    const bounded = minutes === undefined ? {} : { minutes };
    const { rows, goals, remarks, versions } = await runHaltChaos({ trades, rounds, seed, ...bounded, log: say });
    for (const remark of remarks) say(remark);
    return { suite: 'halt', seed, machine: thisMachine(), versions: versionsWith(versions), rows, goals };
  },
};
