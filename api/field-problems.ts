import type { z } from 'zod';
import type { FieldProblem } from './contract/problems';

type Issue = z.core.$ZodIssue;

/** More would not help anybody. */
const MAX_PROBLEMS = 20;
const MAX_NAME = 64;

/**
 * The broken rules of a request, one entry a field and rule. The schemas write `rule: words` into their messages (see
 * contract/fields); what zod finds by itself (a missing field, a wrong type, an unknown field) gets its words here.
 * @param value what was validated, to tell a missing field from one of a wrong type
 */
export function fieldProblems(error: z.core.$ZodError, value: unknown): readonly FieldProblem[] {
  return error.issues.flatMap((issue) => problemsOf(issue, value)).slice(0, MAX_PROBLEMS);
}

function problemsOf(issue: Issue, value: unknown): readonly FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: pathText([...issue.path, key]),
      rule: 'unknown_field',
      message: 'is not a field of this request',
    }));
  }
  const field = pathText(issue.path);
  if (issue.code === 'invalid_type' && valueAt(value, issue.path) === undefined) {
    return [{ field, rule: 'required', message: 'is required' }];
  }
  const own = /^([a-z0-9_]+): (.+)$/s.exec(issue.message);
  const [, rule, words] = own ?? [];
  if (rule !== undefined && words !== undefined) return [{ field, rule, message: words }];
  if (issue.code === 'invalid_type') return [{ field, rule: 'type', message: `must be ${article(issue.expected)}` }];
  return [{ field, rule: issue.code, message: 'breaks its rule' }];
}

function article(type: string): string {
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((part) => String(part).slice(0, MAX_NAME)).join('.');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, part) => (typeof inner === 'object' && inner !== null ? (Reflect.get(inner, part) as unknown) : undefined),
    value,
  );
}
