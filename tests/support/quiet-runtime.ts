import { DefaultLogger, IllegalStateError, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/**
 * Silences the SDK but for errors: its lines about starting and stopping would bury what tests print. To be called right
 * before a native connection or worker is made: the runtime goes when the last of them closes, and one that never had any
 * keeps the process alive.
 */
export function installQuietRuntime(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      telemetryOptions: {
        logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
      },
    });
  } catch (error) {
    // There is one already: ours.
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
