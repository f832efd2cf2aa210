import type { NextFunction, Request, Response } from 'express';
import { recordAudit } from '../database/audit';
import type { AuditEvent } from '../database/audit';
import type { Queryable } from '../database/pool';
import type { Logger } from '../telemetry/logger';
import type { Caller } from './authenticate';

/** Status of a request whose client left before its answer (nginx's number for it). */
const CLIENT_LEFT = 499;

/** What a request's handling notes for its line in the audit log. */
export interface AuditNote {
  caller?: Caller;
  /** True: a line is written whatever the method. */
  failedAuthentication?: boolean;
  /** True: no line, since a flood of the same must not fill the log. */
  suppressed?: boolean;
  metadata?: Readonly<Record<string, unknown>>;
}

/** Writes one line for every request of a write route and for every failed authentication, after its answer. */
export class AuditTrail {
  private readonly notes = new WeakMap<Request, AuditNote>();
  private readonly pending = new Set<Promise<void>>();

  constructor(
    private readonly database: Queryable,
    private readonly logger: Logger,
  ) {}

  /** The note of a request, made at its first use. */
  note(request: Request): AuditNote {
    const known = this.notes.get(request);
    if (known !== undefined) return known;
    const made: AuditNote = {};
    this.notes.set(request, made);
    return made;
  }

  /** To be mounted on each route that has a contract. */
  readonly watch = (request: Request, response: Response, next: NextFunction): void => {
    const started = performance.now();
    response.once('close', () => {
      const note = this.note(request);
      const wanted = request.method !== 'GET' || note.failedAuthentication === true;
      if (!wanted || note.suppressed === true) return;
      this.write(auditEvent(request, response, note, performance.now() - started));
    });
    next();
  };

  /** Waits until every line is written. */
  async drain(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  private write(event: AuditEvent): void {
    const written = recordAudit(this.database, event)
      .catch((error: unknown) => {
        const { actor, method, status } = event;
        this.logger.error({ err: error, actor, method, status }, 'an audit line could not be written');
      })
      .finally(() => this.pending.delete(written));
    this.pending.add(written);
  }
}

function auditEvent(request: Request, response: Response, note: AuditNote, durationMs: number): AuditEvent {
  const userAgent = request.get('user-agent');
  return {
    actor: note.caller?.actor ?? 'anonymous',
    ...(request.ip === undefined ? {} : { ip: request.ip }),
    method: request.method,
    // Without the query: somebody may have put a key there.
    path: request.originalUrl.split('?')[0] ?? '',
    status: response.writableEnded ? response.statusCode : CLIENT_LEFT,
    durationMs,
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(note.metadata === undefined ? {} : { metadata: note.metadata }),
  };
}
