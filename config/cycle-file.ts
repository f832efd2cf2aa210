import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { PROJECT_ROOT } from './project';

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

/** A cycle file that cannot be used; the message names the file, the field and the rule. */
export class CycleFileError extends Error {
  override readonly name = 'CycleFileError';
}

/** Reads a cycle file (JSON); a relative path starts at the project's folder. Without a path there are none. @throws CycleFileError */
export function readCycleFile(path: string | undefined): readonly CycleSetting[] {
  if (path === undefined || path.trim() === '') return [];
  const file = resolve(PROJECT_ROOT, path);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new CycleFileError(`CYCLES_FILE ${file}: the file ${why}`);
  }
  const parsed = cycleFile.safeParse(document);
  if (parsed.success) return parsed.data.cycles;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new CycleFileError(`CYCLES_FILE ${file}: ${problems.join('; ')}`);
}
