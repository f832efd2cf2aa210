import { OrderJournal } from '../../database/journal';
import { pricesNow, readBook, readBooksOf } from '../../database/ledger-reader';
import { openDatabase } from '../../database/pool';
import { seed as seedDatabase } from '../../database/seed';
import { instant } from '../../domain/clock/instant';
import { dec, text, ZERO } from '../../domain/money/decimal';
import type { Decimal } from '../../domain/money/decimal';
import type { Fill } from '../../domain/order/order';
import { worthOf } from '../../domain/portfolio/worth';
import { createTestDatabase } from '../support/database';
import { withOwnDatabases } from '../support/own-databases';
import type { ReportRow } from '../support/report';
import { join } from 'node:path';

/** Fills of one report, as a poll after an outage brings them. */
const REPORT = 500;
const BEGIN = Date.UTC(2026, 0, 5);

/** What booking fills costs, and how the memory of this process changes on the way. */
export interface BookedFills {
  readonly rows: readonly ReportRow[];
  /** Resident memory at the end over that after the first tenth. */
  readonly rssRatio: number;
}

const megabytes = (): number => process.memoryUsage().rss / 1_048_576;

/**
 * Books foreign fills in reports of 500, one transaction each, through what every poll goes through; then reads the whole
 * ledger into a book. Its money must be what was drawn, to the last digit. PostgreSQL does not wait for its disk.
 */
export async function measureFills(
  count: number,
  next: () => number,
  say: (line: string) => void,
): Promise<BookedFills> {
  if (count === 0) return { rows: [], rssRatio: 1 };
  return withOwnDatabases(async () => {
    const { url, drop } = await createTestDatabase();
    await seedDatabase(url, { dataDir: join(__dirname, '../../data'), clock: { kind: 'live' } });
    const database = openDatabase(url, { max: 2 });
    try {
      const journal = new OrderJournal(database);
      let [money, early]: [Decimal, number | undefined] = [ZERO, undefined];
      const began = performance.now();
      for (let first = 0; first < count; first += REPORT) {
        const fills = Array.from({ length: Math.min(REPORT, count - first) }, (_, n) => fillOf(first + n, next));
        for (const { side, quantity, price, fee } of fills) {
          money = money
            .plus(
              dec(quantity)
                .mul(price)
                .mul(side === 'buy' ? -1 : 1),
            )
            .minus(fee);
        }
        await journal.applyReport({ venue: 'paper', account: 'paper', skewMs: 0, orders: [], fills });
        if (first >= count / 10) early ??= megabytes();
        if ((first / REPORT) % 100 === 99) say(`${String(first + REPORT)} fills, ${megabytes().toFixed(0)} MB`);
      }
      const bookedMs = performance.now() - began;
      const books = await readBooksOf(database, 'paper');
      if (books === undefined) throw new Error('the account is gone');
      const reading = performance.now();
      const book = await readBook(database, books);
      const readMs = performance.now() - reading;
      const late = megabytes();
      const expected = text(money.plus(100_000));
      if (book.cash['USD'] !== expected) throw new Error(`the ledger has ${String(book.cash['USD'])}, not ${expected}`);
      const { equity, deposited, profit } = worthOf(book, 'USD', await pricesNow(database, books));
      if (!dec(equity).minus(deposited).eq(profit)) throw new Error('the profit is not what the equity gained');
      const base = early ?? late;
      return {
        rows: [
          { what: `${String(count)} fills booked`, 'a second': (count * 1_000) / bookedMs, 'RSS MB': base },
          { what: 'the ledger read into a book', 'a second': (count * 1_000) / readMs, 'RSS MB': late },
        ],
        rssRatio: late / base,
      };
    } finally {
      await database.end();
      await drop();
    }
  });
}

/** Both sides, of three instruments, with fees. */
function fillOf(n: number, next: () => number): Fill {
  return {
    venueFillId: '1',
    venueOrderId: `f${String(n)}`,
    instrument: ['US500', 'USCOMP', 'SIM'][n % 3] ?? 'SIM',
    side: next() < 0.5 ? 'buy' : 'sell',
    quantity: text(dec((0.01 + next() * 5).toFixed(2))),
    price: text(dec((90 + next() * 20).toFixed(2))),
    fee: text(dec((next() * 0.5).toFixed(4))),
    feeAsset: 'USD',
    liquidity: 'taker',
    marketAt: instant(BEGIN + n * 10),
  };
}
