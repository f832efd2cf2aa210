import type { ScheduleDefinition } from './definition';

/**
 * Every schedule of an installation. To add one: an entry here, its workflow, and its lines in docs/operations.md. An
 * entry that is taken out is deleted at the next start, with a warning, unless it is paused.
 */
export const SCHEDULES: readonly ScheduleDefinition[] = [];
