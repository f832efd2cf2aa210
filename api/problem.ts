import { PROBLEMS } from './contract/problems';
import type { FieldProblem, ProblemCode, ProblemDocument } from './contract/problems';

/** What a problem document may say besides its code and detail. */
export interface ProblemFacts {
  readonly errors?: readonly FieldProblem[];
  readonly phase?: string;
  readonly possibleActions?: readonly string[];
  readonly scope?: string;
  readonly tradeId?: string;
  readonly outcomeCode?: string;
}

/** A request that cannot be served, as the client is told; its text holds nothing that the client sent. */
export class ApiProblem extends Error {
  /** @param retryAfterSeconds when the same request may pass; sent as Retry-After */
  constructor(
    readonly code: ProblemCode,
    detail: string,
    readonly facts: ProblemFacts = {},
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
    this.name = 'ApiProblem';
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The document of RFC 9457. */
  document(): ProblemDocument {
    const { status, title } = PROBLEMS[this.code];
    return {
      type: `urn:tradewind:problem:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      ...this.facts,
    };
  }
}

/** Real seconds after which a client should ask again when a server of ours is away. */
export const RETRY_AFTER_SECONDS = 5;

export function databaseUnavailable(): ApiProblem {
  return new ApiProblem(
    'database_unavailable',
    'The database cannot be reached. Repeat the request; with the same Idempotency-Key it is carried out once at most.',
    {},
    RETRY_AFTER_SECONDS,
  );
}

export function notFound(what: string): ApiProblem {
  return new ApiProblem('not_found', `There is no such ${what}.`);
}
