import data from '../../data/calendar-exceptions.json';
import type { CalendarException } from './exceptions';

/**
 * Every known closing, early or late hour and halt outside the rules since 1998, oldest first, each with its source. A test
 * holds the file against the schema of calendar files, and every entry against its calendar.
 */
export const KNOWN_EXCEPTIONS: readonly CalendarException[] = data.exceptions as readonly CalendarException[];
