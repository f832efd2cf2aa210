import { clearAlert, openAlerts, raiseAlert } from '../../database/alerts';
import type { AlertWish } from '../../database/alerts';
import type { Queryable } from '../../database/pool';

/** How far ahead one calendar sees. */
interface Horizon {
  readonly calendar: string;
  readonly daysLeft: number;
  readonly near: boolean;
}

/** What looking for problems needs. */
export interface ProblemDeps {
  readonly database: Queryable;
  readonly horizons: () => readonly Horizon[];
}

/** Causes that this look alone raises and clears. */
const FAMILIES = ['halt:', 'trade-attention:', 'order-unknown:', 'calendar-coverage:'];
/** An order in doubt for so long is worth a look even where no trip halts for it. */
const UNKNOWN_AFTER = '10 minutes';

/** Raises an alert for every problem that stands, and clears those whose problem is over. */
export async function lookForProblems({ database, horizons }: ProblemDeps): Promise<void> {
  const { rows } = await database.query<AlertWish>('SELECT * FROM standing_problems($1::interval)', [UNKNOWN_AFTER]);
  const standing = [...rows, ...horizons().flatMap(coverageProblem)];
  for (const wish of standing) await raiseAlert(database, wish);
  const causes = new Set(standing.map(({ cause }) => cause));
  for (const { cause } of await openAlerts(database)) {
    if (FAMILIES.some((family) => cause.startsWith(family)) && !causes.has(cause)) await clearAlert(database, cause);
  }
}

function coverageProblem({ calendar, daysLeft, near }: Horizon): readonly AlertWish[] {
  if (!near) return [];
  const title = `The table of the market calendar ${calendar} ends in ${daysLeft} days; past it the market counts as closed`;
  return [{ cause: `calendar-coverage:${calendar}`, severity: 'warning', title, detail: { calendar, daysLeft } }];
}
