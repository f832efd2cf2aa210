import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** What alerts report: their series without their library. */
export interface AlertMetrics {
  /** One attempt to send a message ended. */
  readonly delivered: (channel: string, result: 'delivered' | 'retry' | 'refused') => void;
  /** So many are open. */
  readonly open: (counts: Readonly<Record<'critical' | 'warning', number>>) => void;
}

/** The series of alerts in a registry. */
export function alertMetrics(registry: Registry): AlertMetrics {
  const registers = [registry];
  const deliveries = new Counter({
    name: 'alert_deliveries_total',
    help: 'Attempts to tell of an alert, by channel and result.',
    labelNames: ['channel', 'result'],
    registers,
  });
  const open = new Gauge({
    name: 'alerts_open',
    help: 'Alerts that are open, by severity.',
    labelNames: ['severity'],
    registers,
  });
  return {
    delivered: (channel, result) => deliveries.inc({ channel, result }),
    open: ({ critical, warning }) => {
      open.set({ severity: 'critical' }, critical);
      open.set({ severity: 'warning' }, warning);
    },
  };
}
