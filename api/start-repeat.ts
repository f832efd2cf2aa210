import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { startCycle, startRepeat } from '../temporal/start-workflows';
import type { AnalysisRoutes } from './analyses';
import type { CycleRoutes } from './cycles';

/** Starts repeats over a Temporal client; waits three seconds at most. */
export function createStartRepeat(client: Client): AnalysisRoutes['startRepeat'] {
  return async (repeat) => {
    const started = await unlessAway(() => startRepeat(client, repeat).then(() => true));
    return started ?? false;
  };
}

/** Starts trading cycles over a Temporal client; waits three seconds at most. */
export function createStartCycle(client: Client): CycleRoutes['startCycle'] {
  return (cycle) => unlessAway(() => startCycle(client, { cycle }));
}

async function unlessAway<T>(start: () => Promise<T>): Promise<T | undefined> {
  try {
    return await start();
  } catch (error) {
    const cause = error instanceof Error && error.name === 'ServiceError' ? error.cause : error;
    if (isGrpcServiceError(cause)) return undefined;
    throw error;
  }
}
