import type { z } from 'zod';
import type { Role } from '../../domain/access/role';
import type { ProblemCode } from './problems';

/** One route: everything that validates it and documents it. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** OpenAPI form, `/v1/trades/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  /** The least role; null needs no key. */
  readonly role: Role | null;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Whether the header Idempotency-Key must, may or cannot be given. */
  readonly idempotencyKey?: 'required' | 'optional';
  readonly answers: Readonly<Record<number, { readonly description: string; readonly schema: z.ZodType }>>;
  /** Problems besides those that every route can have. */
  readonly problems: readonly ProblemCode[];
}
