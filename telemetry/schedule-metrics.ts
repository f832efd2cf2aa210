import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** What is told of schedules: their series without their library. */
export interface ScheduleMetrics {
  looked(schedule: string, figures: ScheduleFigures): void;
  /** Runs that were missed since the look before. */
  missed(schedule: string, runs: number): void;
}

/** One schedule at one look. */
export interface ScheduleFigures {
  readonly paused: boolean;
  /** True when its last run ended well and none is missed. */
  readonly healthy: boolean;
  /** Milliseconds since 1970 when the last run that completed was started; null when none is known. */
  readonly lastGoodAt: number | null;
}

/** The series of schedules in a registry; the ids in the list are the labels. */
export function scheduleMetrics(registry: Registry): ScheduleMetrics {
  const registers = [registry];
  const labelNames = ['schedule'] as const;
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
  const healthy = gauge('schedule_healthy', '1 when the last run ended well and no run is missed.');
  const paused = gauge('schedule_paused', '1 while the schedule is paused.');
  const lastGood = gauge('schedule_last_success_timestamp_seconds', 'When the last run that completed was started.');
  const missed = new Counter({
    name: 'schedule_missed_runs_total',
    help: 'Runs that no catch-up window reached any more.',
    labelNames,
    registers,
  });
  return {
    looked: (schedule, figures) => {
      healthy.set({ schedule }, figures.healthy ? 1 : 0);
      paused.set({ schedule }, figures.paused ? 1 : 0);
      if (figures.lastGoodAt !== null) lastGood.set({ schedule }, figures.lastGoodAt / 1_000);
    },
    missed: (schedule, runs) => missed.inc({ schedule }, runs),
  };
}
