import { atLeast, atMost, thisMachine, versionsWith } from '../../support/report';
import { withOwnDatabases } from '../../support/own-databases';
import type { Suite } from '../../support/suites';
import { tradeForDays } from './days';
import type { DaysPlan, DaysResult } from './days';

const ROWS: readonly [string, Pick<DaysPlan, 'faults' | 'lost'>][] = [
  ['1 % of calls break', { faults: 0.01, lost: 0 }],
  ['5 % of calls break', { faults: 0.05, lost: 0 }],
  ['control: 5 % of fills lost', { faults: 0.01, lost: 0.05 }],
];

/** Trades on the paper venue over a bad line, and compares the books with the venue after each day. */
export const booksSuite: Suite = {
  summary: 'days of trading over a line that breaks: do the books agree with the venue to the last digit?',
  numbers: { days: 30 },
  run: async ({ numbers, seed }, say) => {
    const days = numbers['days'] ?? 30;
    say(`about ${Math.ceil(days * 1.5)} seconds: ${days} simulated days, three times`);
    return withOwnDatabases(async () => {
      const results: DaysResult[] = [];
      for (const [, plan] of ROWS) results.push(await tradeForDays({ days, seed, ...plan }));
      const rows = results.map(({ left, ...counts }, n) => ({ run: ROWS[n]?.[0] ?? '', ...counts, left: left.length }));
      const goals = [
        atMost('differences_at_1_percent', 0, results[0]?.opened ?? 1),
        atMost('differences_at_5_percent', 0, results[1]?.opened ?? 1),
        atLeast('differences_of_the_control', 1, results[2]?.left.length ?? 0),
      ];
      return { suite: 'books', seed, machine: thisMachine(), versions: versionsWith({}), rows, goals };
    });
  },
};
