import { Context } from '@temporalio/activity';
import type { CalendarId, MarketCalendar } from '../../domain/calendar/calendar';
import type { Fill } from '../../domain/order/order';
import { whyDue } from '../../domain/reconciliation/due';
import type { Findings, ReconciliationEnd, ReconciliationStore } from '../../database/reconciliations';
import type { DueAccount, ReconcileAccountInput } from '../../temporal/messages/reconcile-account';
import { bookForeign, lookAtBooks } from './look-at-books';
import type { Look, LookDeps } from './look-at-books';

/** A look tells that it is alive this often. */
const HEARTBEAT_MS = 1_000;

export interface ReconciliationDeps {
  readonly reconciliations: ReconciliationStore;
  readonly calendarOf: (id: CalendarId) => MarketCalendar;
}

/** What a comparison keeps in Postgres. All of it is short and may be repeated. */
export function createReconciliationActivities({ calendarOf, reconciliations }: ReconciliationDeps) {
  return {
    /** The accounts to compare now, by the calendars of their markets. */
    async dueReconciliations(): Promise<readonly DueAccount[]> {
      const places = await reconciliations.places();
      return places.flatMap((place) => {
        const why = whyDue(place, calendarOf);
        return why === undefined ? [] : [{ account: place.account, why }];
      });
    },

    beginReconciliation({ account, by, why }: ReconcileAccountInput): Promise<number> {
      return reconciliations.begin(account, why, by);
    },

    finishReconciliation(account: string, findings: Findings): Promise<ReconciliationEnd> {
      return reconciliations.finish(account, findings);
    },

    failReconciliation(account: string, id: number, failure: string): Promise<void> {
      return reconciliations.fail(account, id, failure);
    },
  };
}

export type ReconciliationActivities = ReturnType<typeof createReconciliationActivities>;

/** What a comparison asks of an account's venue, in the process that alone has its keys. */
export function createLookActivities(deps: LookDeps) {
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    const context = Context.current();
    const beats = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
    try {
      return await work();
    } finally {
      clearInterval(beats);
    }
  };
  return {
    lookAtBooks: (): Promise<Look> => alive(() => lookAtBooks(deps)),
    bookForeign: (fills: readonly Fill[]): Promise<void> => alive(() => bookForeign(deps, fills)),
  };
}

export type LookActivities = ReturnType<typeof createLookActivities>;
