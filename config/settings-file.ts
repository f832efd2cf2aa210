import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { PROJECT_ROOT } from './project';

/** A file of the settings that cannot be used; the message names the setting, the file, the field and the rule. */
export class SettingsFileError extends Error {
  override readonly name = 'SettingsFileError';
}

/**
 * Reads a JSON file that a setting names; a relative path starts at the project's folder. Undefined without a path.
 * @throws SettingsFileError, which repeats nothing of what the file holds: it may be a secret
 */
export function readSettingsFile<T extends z.ZodType>(
  setting: string,
  path: string | undefined,
  schema: T,
): z.output<T> | undefined {
  if (path === undefined || path.trim() === '') return undefined;
  const file = resolve(PROJECT_ROOT, path);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw new SettingsFileError(`${setting} ${file}: the file ${why}`);
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new SettingsFileError(`${setting} ${file}: ${problems.join('; ')}`);
}
