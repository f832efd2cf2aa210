import { z } from 'zod';
import { readSettingsFile } from './settings-file';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,19}$/, 'must be 1 to 20 small letters, digits or hyphens');
const account = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be the name of an account');
const instrument = z.string().regex(/^[A-Z0-9][A-Z0-9._/-]{0,31}$/, 'must be the id of an instrument, such as US500');
const amount = z
  .string()
  .regex(/^(?!0+(\.0+)?$)\d{1,20}(\.\d{1,18})?$/, 'must be a decimal above 0, as a string such as "12.50"');
const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.number(error).int(error).min(least, error).max(most, error);
};
const minutes = whole(0, 1_440);

const cycle = z.strictObject({
  name,
  account,
  strategy: z.string().min(1).max(32),
  calendar: z.string().min(1).max(16),
  instruments: z.array(instrument).min(1, 'must name at least one').max(100, 'must name at most 100'),
  at: z.union(
    [z.strictObject({ afterOpenMinutes: minutes }), z.strictObject({ beforeCloseMinutes: whole(1, 1_440) })],
    'must be {"afterOpenMinutes": N} or {"beforeCloseMinutes": N}, in whole minutes up to 1440',
  ),
  latenessSeconds: whole(1, 86_400).default(600),
  trade: z
    .strictObject({
      maxQuantity: amount.optional(),
      maxNotional: amount.optional(),
      timeExitSeconds: whole(1, 31_536_000).optional(),
      approvalDeadlineSeconds: whole(1, 604_800).optional(),
    })
    .default({}),
});

const cycleFile = z.strictObject({ cycles: z.array(cycle) });

/** A cycle of the file, in its form; calendars and strategies are checked where they are known. */
export type CycleSetting = z.output<typeof cycle>;

/** Reads a cycle file (JSON); without a path there are none. @throws SettingsFileError */
export function readCycleFile(path: string | undefined): readonly CycleSetting[] {
  return readSettingsFile('CYCLES_FILE', path, cycleFile)?.cycles ?? [];
}
