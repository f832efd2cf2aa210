import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';

/** Silences the SDK but for errors: its lines about starting and stopping would bury what tests print. Once a process. */
export function installQuietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  });
}
