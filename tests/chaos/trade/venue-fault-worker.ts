import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { PaperBroker } from '../../../brokers/paper/paper-broker';
import type { PaperVenueFaults } from '../../../brokers/paper/paper-broker';
import { openPaperMarket } from '../../../brokers/paper/paper-market';
import { VERSION } from '../../../config/project';
import { loadServiceSettings } from '../../../config/settings';
import { openDatabase } from '../../../database/pool';
import { calendarOf } from '../../../domain/calendar/calendars';
import { createMetrics } from '../../../telemetry/metrics';
import { orderMetrics } from '../../../telemetry/order-metrics';
import { serveMetrics } from '../../../telemetry/serve-metrics';
import { connectionOptions } from '../../../temporal/connection';
import { WorkerGroup } from '../../../workers/roles';
import { wire } from '../../../workers/wiring';
import { Choices } from '../choices';
import { VENUE_FAULTS } from './plan';
import type { VenueFault } from './plan';

/** Share of the sends that the fault hits, and the longest delay of a late one: beyond the venue's validity window. */
const SHARE = 0.4;
const LATEST_MS = 3_000;

/**
 * An orders worker as the product wires it, but for the line to its venue. `CHAOS_VENUE_FAULT` names the fault,
 * `CHAOS_SEED` decides whom it hits.
 */
async function main(): Promise<void> {
  const settings = loadServiceSettings();
  Runtime.install({ shutdownSignals: [] });
  const database = openDatabase(settings.databaseUrl, { max: 16 });
  const connection = await NativeConnection.connect(connectionOptions(settings));
  const { namespace } = settings.temporal;
  const client = new Client({ connection, namespace });
  const metrics = createMetrics({ service: 'worker', version: VERSION });
  const { halfSpreadBps, slippageBps, feeBps } = settings.paper;
  const costs = { halfSpreadBps, slippageBps, feeBps };
  const market = await openPaperMarket(database, calendarOf, costs);
  const wiring = await wire({
    database,
    client,
    metrics: orderMetrics(metrics),
    failpoint: () => undefined,
    paperCosts: costs,
    market,
  });
  const fault = VENUE_FAULTS.find((name) => name === process.env['CHAOS_VENUE_FAULT']);
  const faults = faultsOf(fault, new Choices(process.env['CHAOS_SEED'] ?? ''));
  const faulty: typeof wiring = {
    ...wiring,
    orderActivities: (account, stopping) =>
      wiring.orderActivities(account, stopping, new PaperBroker({ account, database, market, costs, faults })),
  };
  const workers = await WorkerGroup.create(['orders'], faulty, { connection, namespace, workflows: {} });
  await serveMetrics(settings.workers.port, settings.api.host, metrics);
  await workers.run();
}

function faultsOf(fault: VenueFault | undefined, choices: Choices): PaperVenueFaults {
  const hit = (): boolean => choices.chance(SHARE);
  switch (fault) {
    case 'answer-lost':
      return {
        answer: () => (hit() ? Promise.reject(new Error('the answer was lost')) : Promise.resolve()),
      };
    case 'request-late':
      return { request: () => (hit() ? sleep(choices.whole(0, LATEST_MS)) : Promise.resolve()) };
    case undefined:
      throw new Error('CHAOS_VENUE_FAULT names no fault');
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
