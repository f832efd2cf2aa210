import { z } from 'zod';
import { dateIn, momentOut, pageOf, rule } from './fields';
import type { Route } from './route';

const NAME_RULE = rule('name', 'must be the name of a secret, such as "model-key"');

/** A secret by its name; its value is nowhere in this system but where it is used. */
const secretView = z
  .object({
    name: z.string(),
    owner: z.string(),
    periodDays: z.number().int(),
    lastRotation: momentOut,
    dueAt: momentOut,
    daysLeft: z.number().int().meta({ description: 'Negative when it is overdue.' }),
    procedure: z.string().meta({ description: 'Where it says how.', example: 'docs/secrets-rotation.md#model-keys' }),
    ageFrom: z.enum(['own', 'venue', 'venue-silent', 'noted']).meta({
      description:
        'Who tells its age: `own` the key itself, `venue` the exchange; then a new one begins anew, and nothing is noted. `venue-silent`: the exchange does not tell, and it is noted by hand, as `noted` ones are.',
    }),
  })
  .meta({ id: 'Secret' });

export type SecretView = z.output<typeof secretView>;

/** When secrets were changed, and when they are to be. */
export const SECRET_ROUTES = {
  listSecrets: {
    method: 'get',
    path: '/v1/secrets',
    operationId: 'listSecrets',
    summary: 'The secrets in use by their names, those that are due first; never a value.',
    role: 'operator',
    answers: { 200: { description: 'The secrets.', schema: pageOf(secretView) } },
    problems: [],
  },
  noteRotation: {
    method: 'post',
    path: '/v1/secrets/{name}/rotations',
    operationId: 'noteRotation',
    summary: 'Note that a secret was changed.',
    role: 'admin',
    params: z.object({ name: z.string().regex(/^[a-z0-9-]{1,64}$/, { error: NAME_RULE }) }),
    body: z
      .strictObject({ at: dateIn.optional().meta({ description: 'The day in UTC; now unless told.' }) })
      .meta({ id: 'NoteRotation' })
      .optional(),
    answers: { 200: { description: 'The secret as it stands now.', schema: secretView } },
    problems: ['invalid_request', 'not_found', 'reports_own_age'],
  },
} as const satisfies Record<string, Route>;
