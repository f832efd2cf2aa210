import { isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { startRepeat } from '../temporal/start-workflows';
import type { AnalysisRoutes } from './analyses';

/** Starts repeats over a Temporal client; waits three seconds at most. */
export function createStartRepeat(client: Client): AnalysisRoutes['startRepeat'] {
  return async (repeat) => {
    try {
      await startRepeat(client, repeat);
      return true;
    } catch (error) {
      const cause = error instanceof Error && error.name === 'ServiceError' ? error.cause : error;
      if (isGrpcServiceError(cause)) return false;
      throw error;
    }
  };
}
