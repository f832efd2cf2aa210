import { z } from 'zod';
import { HALT_MODES } from '../../domain/halt/halt';
import { TRIPS } from '../../domain/halt/trips';
import { momentOut } from './fields';

/** A halt in a list. */
export const haltView = z
  .object({
    epoch: z.number().int(),
    scope: z.string(),
    mode: z.enum(HALT_MODES),
    flatten: z.boolean(),
    everything: z.boolean(),
    source: z.enum(['operator', 'trip', 'startup']),
    trip: z.string().nullable().meta({ description: 'Name of the automatic trip, if one engaged it.' }),
    reason: z.string(),
    actor: z.string(),
    engagedAt: momentOut.meta({ description: 'The moment: nothing that increases was permitted after it.' }),
    supersededBy: z.number().int().nullable().meta({ description: 'A later halt of the scope that asked for more.' }),
    releasedAt: momentOut.nullable(),
    releasedBy: z.string().nullable(),
    releaseReason: z.string().nullable(),
    workflowId: z.string(),
    finishedAt: momentOut.nullable().meta({ description: 'When its report was written.' }),
  })
  .meta({ id: 'Halt' });

export const engagedHaltView = haltView
  .extend({
    result: z.enum(['engaged', 'standing']),
    workflow: z
      .enum(['started', 'pending'])
      .meta({ description: '`pending`: the halt stands; its workflow starts when Temporal is back.' }),
  })
  .meta({ id: 'EngagedHalt' });

/** A halt with how far it has come. */
export const haltDetailView = haltView
  .extend({
    trades: z.number().int().meta({ description: 'Trades that were open at the moment.' }),
    open: z.number().int(),
    untold: z.number().int(),
    acknowledged: z.number().int(),
    unacknowledged: z.number().int(),
    takenOver: z.number().int(),
    sending: z.number().int().meta({ description: 'Attempts of the moment that are still being sent.' }),
    unknown: z.number().int().meta({ description: 'Orders in doubt.' }),
    entries: z.number().int().meta({ description: 'Entries that may still fill.' }),
    holding: z.number().int().meta({ description: 'Trades that hold a position.' }),
    unguarded: z.number().int().meta({ description: 'Positions that no stop covers.' }),
    drainedAt: momentOut.nullable(),
    cleanSweeps: z.number().int(),
    accounts: z.array(z.object({ account: z.string(), open: z.number().int(), proven: z.boolean() })),
    waitsFor: z.array(z.string()).meta({ description: 'Empty when it is done.' }),
  })
  .meta({ id: 'HaltDetail' });

/** An automatic trip of one account. */
export const tripView = z
  .object({
    account: z.string(),
    trip: z.enum(TRIPS),
    state: z
      .enum(['in order', 'too much', 'tripped', 'no source', 'off'])
      .meta({ description: '`no source`: nothing here can measure it yet.' }),
    value: z.string().nullable(),
    limit: z.string().nullable(),
    lookedAt: momentOut,
  })
  .meta({ id: 'Trip' });

export const releasedHaltView = haltView
  .extend({
    others: z.array(z.string()).meta({ description: 'Scopes that are still halted.' }),
    guarding: z.number().int().meta({ description: 'Open trades that stay halted.' }),
  })
  .meta({ id: 'ReleasedHalt' });

/** The report itself is documented in docs/kill-switch.md; its hash is over exactly what is sent. */
export const signedReportView = z
  .object({
    report: z.record(z.string(), z.unknown()),
    hash: z.string().meta({ description: 'SHA-256, hexadecimal, of the report with its members sorted.' }),
    signature: z.string().meta({ description: 'Ed25519 over the hash, base64.' }),
    publicKey: z.string().meta({ description: 'PEM.' }),
  })
  .meta({ id: 'HaltReport' });

export type HaltView = z.output<typeof haltView>;
export type EngagedHaltView = z.output<typeof engagedHaltView>;
export type HaltDetailView = z.output<typeof haltDetailView>;
export type TripView = z.output<typeof tripView>;
export type ReleasedHaltView = z.output<typeof releasedHaltView>;
