import { z } from 'zod';
import { isDecimalString } from '../../domain/money/decimal';
import { faultSchema, profileSchema } from './faults';
import type { SimAnswer, SimRequest } from './front';
import type { NewSimOrder } from './ledger';
import type { ServerParts } from './server';

const amount = z.string().refine(isDecimalString, 'must be a plain decimal');
const trade = z.strictObject({ instrument: z.string(), price: amount, volume: amount });
const foreign = z.strictObject({
  apiKey: z.string(),
  instrument: z.string(),
  side: z.enum(['buy', 'sell']),
  quantity: amount,
  price: amount.optional(),
});
const hide = z.strictObject({ clientOrderId: z.string(), ms: z.int().min(0) });
const settings = z.strictObject({ readLagMs: z.int().min(0).max(600_000) });

/**
 * The admin's door of a simulator: what no customer of a venue can do.
 * `POST faults | profile | trade | order | hide | settings`, `DELETE faults`, `GET ledger`.
 */
export function adminAnswer(parts: ServerParts, request: SimRequest, what: string): SimAnswer {
  const { ledger, faults } = parts;
  try {
    switch (`${request.method} ${what}`) {
      case 'GET ledger':
        ledger.advance();
        return ok({
          orders: ledger.orders,
          fills: ledger.fills,
          injected: Object.fromEntries(faults.injected),
          matched: faults.matched,
        });
      case 'POST faults':
        faults.script(faultSchema.parse(JSON.parse(request.body)));
        return ok({});
      case 'DELETE faults':
        faults.clear();
        return ok({});
      case 'POST profile':
        faults.follow(profileSchema.parse(JSON.parse(request.body)));
        return ok({});
      case 'POST settings':
        ledger.options.readLag = settings.parse(JSON.parse(request.body)).readLagMs;
        return ok({});
      case 'POST trade':
        return ok(writeTrade(parts, trade.parse(JSON.parse(request.body))));
      case 'POST order':
        return ok(ledger.place(...foreignOrder(foreign.parse(JSON.parse(request.body)))));
      case 'POST hide':
        return ok(hideOrder(parts, hide.parse(JSON.parse(request.body))));
      default:
        return { status: 404, body: { error: `no ${request.method} ${what}` } };
    }
  } catch (error) {
    return { status: 422, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function ok(body: object): SimAnswer {
  return { status: 200, body };
}

function writeTrade({ ledger, tapes }: ServerParts, { instrument, price, volume }: z.output<typeof trade>): object {
  const tape = tapes.get(instrument);
  if (tape === undefined) throw new Error(`the prices of ${instrument} are made up: nobody writes them`);
  tape.print(ledger.options.now(), price, volume);
  ledger.advance();
  return {};
}

/** An order that somebody else placed with the account's key, by hand. */
function foreignOrder({ apiKey, price, ...order }: z.output<typeof foreign>): [apiKey: string, order: NewSimOrder] {
  const terms =
    price !== undefined && isDecimalString(price) ? ({ type: 'limit', price } as const) : ({ type: 'market' } as const);
  return [apiKey, { ...order, clientOrderId: null, terms, timeInForce: 'GTC' }];
}

/** Keeps an order out of every answer for a while: from now on, or from its acceptance when it is still to come. */
function hideOrder({ ledger }: ServerParts, { clientOrderId, ms }: z.output<typeof hide>): object {
  return { hidden: ledger.hide(clientOrderId, ms) };
}
