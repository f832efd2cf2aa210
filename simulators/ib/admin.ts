import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { isDecimalString } from '../../domain/money/decimal';
import { faultSchema, profileSchema } from './faults';
import type { IbSimulator } from './simulator';

const amount = z.string().refine(isDecimalString, 'must be a plain decimal');
const ms = z.int().min(0).max(3_600_000);

/** What the admin can do, by name: the simulator's own methods, with validated input. */
const ACTIONS: Readonly<Record<string, (simulator: IbSimulator, body: unknown) => object>> = {
  faults: (simulator, body) => done(simulator.faults.script(faultSchema.parse(body))),
  profile: (simulator, body) => done(simulator.faults.follow(profileSchema.parse(body))),
  trade: (simulator, body) => {
    const { conId, price, volume } = z.strictObject({ conId: z.int(), price: amount, volume: amount }).parse(body);
    const tape = simulator.tapes.get(conId);
    if (tape === undefined) throw new Error(`the prices of ${conId} are made up: nobody writes them`);
    tape.print(simulator.ledger.options.now(), price, volume);
    simulator.ledger.advance();
    return {};
  },
  hide: (simulator, body) => {
    const { clientOrderId, ms: length } = z.strictObject({ clientOrderId: z.string(), ms }).parse(body);
    return { hidden: simulator.ledger.hide(clientOrderId, length) };
  },
  settings: (simulator, body) => {
    simulator.ledger.options.readLag = z.strictObject({ readLagMs: ms }).parse(body).readLagMs;
    return {};
  },
  correct: (simulator, body) => {
    const { execId, ...to } = z
      .strictObject({ execId: z.string(), price: amount.optional(), quantity: amount.optional() })
      .parse(body);
    const fill = simulator.ledger.correct(execId, to as Parameters<typeof simulator.ledger.correct>[1]);
    if (fill === undefined) throw new Error(`there is no execution ${execId}`);
    return { execId: fill.id };
  },
  connectivity: (simulator, body) => {
    const { code } = z.strictObject({ code: z.union([z.literal(1100), z.literal(1101), z.literal(1102)]) }).parse(body);
    return done(simulator.connectivity(code));
  },
  restart: (simulator, body) =>
    done(simulator.restart(z.strictObject({ downMs: ms, rollBack: z.int().min(0).default(0) }).parse(body))),
  'roll-back': (simulator, body) => {
    const { clientId, count } = z.strictObject({ clientId: z.int(), count: z.int().min(1) }).parse(body);
    return done(simulator.rollBackIds(clientId, count));
  },
  break: (simulator, body) =>
    done(simulator.breakConnections(z.strictObject({ refuse: z.boolean().default(false) }).parse(body).refuse)),
  mute: (simulator, body) =>
    done(simulator.mute(z.strictObject({ clientId: z.int().optional() }).parse(body).clientId)),
};

function done(_: void): object {
  return {};
}

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
    if (what === 'DELETE /sim/faults') return { status: 200, body: done(simulator.faults.clear()) };
    const [, name = ''] = /^POST \/sim\/([a-z-]+)$/.exec(what) ?? [];
    const act = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (act === undefined) return { status: 404, body: { error: `no ${what.slice(0, 80)}` } };
    return { status: 200, body: act(simulator, JSON.parse(body)) };
  } catch (error) {
    return { status: 422, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}
