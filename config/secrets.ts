import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExchangeAccount, SecretRef } from './accounts';
import { placeholderProblem } from './placeholders';
import { PROJECT_ROOT } from './project';
import { environment } from './settings';
import type { Environment } from './settings';

/** The keys of an account, in the memory of the one process that may have them. */
export interface Credentials {
  readonly apiKey: string;
  readonly secret: string;
  readonly password?: string;
}

/** Thrown when a secret cannot be had; its message names the reference and never a value. */
export class SecretError extends Error {
  constructor(field: string, ref: SecretRef, rule: string) {
    super(`keys.${field}: ${ref} ${rule}`);
    this.name = 'SecretError';
  }
}

/**
 * Reads the keys of an account. Only the process that sends orders calls this.
 * @throws SecretError
 */
export function readCredentials(
  { keys, mode }: Pick<ExchangeAccount, 'keys' | 'mode'>,
  from: Environment = environment(),
): Credentials {
  const read = (field: 'apiKey' | 'secret' | 'password', ref: SecretRef): string => {
    const value = valueOf(field, ref, from);
    if (mode === 'live' && placeholderProblem(value) !== undefined)
      throw new SecretError(field, ref, 'holds a placeholder');
    return value;
  };
  return {
    apiKey: read('apiKey', keys.apiKey),
    secret: read('secret', keys.secret),
    ...(keys.password === undefined ? {} : { password: read('password', keys.password) }),
  };
}

function valueOf(field: string, ref: SecretRef, from: Environment): string {
  const place = ref.slice(ref.indexOf(':') + 1);
  if (ref.startsWith('env:')) {
    const value = from[place]?.trim() ?? '';
    if (value === '') throw new SecretError(field, ref, 'is not set');
    return value;
  }
  let text: string;
  try {
    text = readFileSync(resolve(PROJECT_ROOT, place), 'utf8').trim();
  } catch {
    throw new SecretError(field, ref, 'cannot be read');
  }
  if (text === '') throw new SecretError(field, ref, 'is empty');
  return text;
}
