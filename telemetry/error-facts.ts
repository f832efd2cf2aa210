import { types } from 'node:util';

/** What a log line may say of an error. */
export interface ErrorFacts {
  readonly name: string;
  /** Code of the system or the database, such as `ECONNREFUSED` or `23505`. */
  readonly code?: string;
  /** The message with every quoted or bracketed part replaced: there stand the values that somebody sent. */
  readonly message: string;
  /** Places in the code, without the message. */
  readonly stack?: readonly string[];
  readonly cause?: ErrorFacts;
}

const MAX_MESSAGE = 300;
const MAX_FRAMES = 12;
const MAX_CAUSES = 4;

/**
 * Reduces an error to what may be logged: messages of databases and parsers quote the value that they refuse, and such
 * a value may be a key. Anything that is no error is named by its type only.
 */
export function errorFacts(error: unknown): ErrorFacts {
  return facts(error, MAX_CAUSES);
}

function facts(error: unknown, causes: number): ErrorFacts {
  if (!types.isNativeError(error)) return { name: typeof error, message: 'not an error object' };
  const code =
    'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined;
  return {
    name: error.name,
    ...(code === undefined ? {} : { code: String(code) }),
    message: withoutValues(error.message),
    ...(error.stack === undefined ? {} : { stack: frames(error.stack) }),
    ...(error.cause === undefined || causes === 0 ? {} : { cause: facts(error.cause, causes - 1) }),
  };
}

function withoutValues(message: string): string {
  return message
    .replace(/"[^"]*"?|'[^']*'?|`[^`]*`?|\([^)]*\)?/g, '…')
    .replace(/[a-z][a-z0-9+.-]*:\/\/\S+/gi, '…')
    .slice(0, MAX_MESSAGE);
}

function frames(stack: string): string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());
}
