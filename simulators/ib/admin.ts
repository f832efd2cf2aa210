import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { decimalString, isDecimalString } from '../../domain/money/decimal';
import { faultSchema, profileSchema } from './faults';
import type { IbSimulator } from './simulator';

const amount = z.string().refine(isDecimalString, 'must be a plain decimal');
const ms = z.int().min(0).max(3_600_000);

/** What the admin can do, by name: the simulator's own methods, with validated input. What they answer is sent back. */
const ACTIONS: Readonly<Record<string, (simulator: IbSimulator, body: unknown) => object | undefined>> = {
  faults: ({ faults }, body) => {
    faults.script(faultSchema.parse(body));
    return undefined;
  },
  profile: ({ faults }, body) => {
    faults.follow(profileSchema.parse(body));
    return undefined;
  },
  trade: ({ ledger, tapes }, body) => {
    const { conId, price, volume } = z.strictObject({ conId: z.int(), price: amount, volume: amount }).parse(body);
    const tape = tapes.get(conId);
    if (tape === undefined) throw new Error(`the prices of ${conId} are made up: nobody writes them`);
    tape.print(ledger.options.now(), price, volume);
    ledger.advance();
    return undefined;
  },
  hide: ({ ledger }, body) => {
    const { clientOrderId, ms: length } = z.strictObject({ clientOrderId: z.string(), ms }).parse(body);
    return { hidden: ledger.hide(clientOrderId, length) };
  },
  settings: ({ ledger }, body) => {
    ledger.options.readLag = z.strictObject({ readLagMs: ms }).parse(body).readLagMs;
    return undefined;
  },
  correct: ({ ledger }, body) => {
    const { execId, price, quantity } = z
      .strictObject({ execId: z.string(), price: amount.optional(), quantity: amount.optional() })
      .parse(body);
    const fill = ledger.correct(execId, {
      ...(price === undefined ? {} : { price: decimalString(price) }),
      ...(quantity === undefined ? {} : { quantity: decimalString(quantity) }),
    });
    if (fill === undefined) throw new Error(`there is no execution ${execId}`);
    return { execId: fill.id };
  },
  connectivity: (simulator, body) => {
    simulator.connectivity(z.strictObject({ code: z.literal([1100, 1101, 1102]) }).parse(body).code);
    return undefined;
  },
  restart: (simulator, body) => {
    simulator.restart(z.strictObject({ downMs: ms, rollBack: z.int().min(0).default(0) }).parse(body));
    return undefined;
  },
  'roll-back': (simulator, body) => {
    const { clientId, count } = z.strictObject({ clientId: z.int(), count: z.int().min(1) }).parse(body);
    simulator.rollBackIds(clientId, count);
    return undefined;
  },
  break: (simulator, body) => {
    simulator.breakConnections(z.strictObject({ refuse: z.boolean().default(false) }).parse(body).refuse);
    return undefined;
  },
  mute: (simulator, body) => {
    simulator.mute(z.strictObject({ clientId: z.int().optional() }).parse(body).clientId);
    return undefined;
  },
};

/** What the ledger of a simulator holds, as JSON. */
function ledgerOf({ faults, ledger }: IbSimulator): object {
  ledger.advance();
  const { fills, orders } = ledger;
  return { orders, fills, injected: Object.fromEntries(faults.injected), matched: faults.matched };
}

/**
 * The admin's door of a simulator, for those in another process: HTTP on loopback. `POST /sim/NAME` with a JSON body does
 * what `ACTIONS` names, `GET /sim/ledger` shows orders and executions, `DELETE /sim/faults` forgets what was to go wrong.
 */
export async function openAdmin(
  simulator: IbSimulator,
  port: number,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { body, status } = answer(
        simulator,
        `${request.method ?? ''} ${request.url ?? ''}`,
        Buffer.concat(chunks).toString(),
      );
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  simulator: IbSimulator,
  what: string,
  body: string,
): { readonly status: number; readonly body: object } {
  try {
    if (what === 'GET /sim/ledger') return { status: 200, body: ledgerOf(simulator) };
    if (what === 'DELETE /sim/faults') {
      simulator.faults.clear();
      return { status: 200, body: {} };
    }
    const [, name = ''] = /^POST \/sim\/([a-z-]+)$/.exec(what) ?? [];
    const act = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (act === undefined) return { status: 404, body: { error: `no ${what.slice(0, 80)}` } };
    return { status: 200, body: act(simulator, JSON.parse(body)) ?? {} };
  } catch (error) {
    return { status: 422, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}
