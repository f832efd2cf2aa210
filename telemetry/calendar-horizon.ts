import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { Logger } from './logger';

/** How far ahead one calendar sees. */
export interface CalendarHorizon {
  readonly calendar: string;
  readonly daysLeft: number;
  /** True when somebody should bring a longer table. */
  readonly near: boolean;
}

/** Real time between two looks. */
const EVERY_MS = 86_400_000;

/**
 * Serves `calendar_coverage_days`, and logs a warning for each calendar that ends soon: now, and once a day.
 * @returns how to stop looking
 */
export function watchCalendarHorizon(
  registry: Registry,
  logger: Logger,
  look: () => readonly CalendarHorizon[],
): () => void {
  new Gauge({
    name: 'calendar_coverage_days',
    help: 'Days until the table of a market calendar ends; past it the market counts as closed.',
    labelNames: ['calendar'],
    registers: [registry],
    collect() {
      for (const { calendar, daysLeft } of look()) this.set({ calendar }, daysLeft);
    },
  });
  const warn = (): void => {
    for (const { calendar, daysLeft, near } of look()) {
      if (near)
        logger.warn({ calendar, daysLeft }, 'a market calendar ends soon; past its end the market counts as closed');
    }
  };
  warn();
  const timer = setInterval(warn, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
