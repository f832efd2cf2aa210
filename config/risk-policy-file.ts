import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PROJECT_ROOT } from './project';

/** The policy file that is in force unless RISK_POLICY_FILE names another. */
const BUNDLED_POLICY_FILE = join(PROJECT_ROOT, 'data/risk-policy.json');

/** A policy file that cannot be read; the message names it. */
export class PolicyFileError extends Error {
  override readonly name = 'PolicyFileError';
}

/** Reads a policy file as JSON, not yet checked; a relative path starts at the project's folder. @throws PolicyFileError */
export function readPolicyFile(path: string | undefined): { readonly file: string; readonly document: unknown } {
  const file = path === undefined || path.trim() === '' ? BUNDLED_POLICY_FILE : resolve(PROJECT_ROOT, path);
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch {
    throw new PolicyFileError(`the policy file ${file} cannot be read`);
  }
  try {
    return { file, document: JSON.parse(content) as unknown };
  } catch {
    throw new PolicyFileError(`the policy file ${file} is not JSON`);
  }
}
