import { z } from 'zod';
import { pageOf, rule } from './fields';
import type { Route } from './route';
import { appliedScheduleView, scheduleView, triggeredScheduleView } from './schedule-views';

const REASON_RULE = rule('reason', 'must say why, in 1 to 200 letters, digits and signs on one line');
const scheduleParams = z.object({ id: z.string().meta({ description: 'Id of the schedule.', example: 'backup' }) });
const noBody = z.strictObject({}).optional();

/** Looking after the schedules. */
export const scheduleRoutes = {
  listSchedules: {
    method: 'get',
    path: '/v1/schedules',
    operationId: 'listSchedules',
    summary: 'Every schedule of the list in code, with how it stands.',
    role: 'viewer',
    answers: { 200: { description: 'The schedules.', schema: pageOf(scheduleView) } },
    problems: ['temporal_unavailable'],
  },
  applySchedules: {
    method: 'post',
    path: '/v1/schedules/apply',
    operationId: 'applySchedules',
    summary: "Bring Temporal's schedules to the list in code; what is paused stays paused.",
    role: 'operator',
    body: noBody,
    answers: { 200: { description: 'What it changed.', schema: pageOf(appliedScheduleView) } },
    problems: ['temporal_unavailable'],
  },
  triggerSchedule: {
    method: 'post',
    path: '/v1/schedules/{id}/trigger',
    operationId: 'triggerSchedule',
    summary: 'Run it now, besides its times.',
    role: 'operator',
    params: scheduleParams,
    body: noBody,
    answers: { 200: { description: 'It is started.', schema: triggeredScheduleView } },
    problems: ['not_found', 'halted', 'temporal_unavailable'],
  },
  pauseSchedule: {
    method: 'post',
    path: '/v1/schedules/{id}/pause',
    operationId: 'pauseSchedule',
    summary: 'Pause it until a person resumes it.',
    role: 'operator',
    params: scheduleParams,
    body: z
      .strictObject({
        reason: z
          .string({ error: REASON_RULE })
          .regex(/^(?=.*\S)[^\p{Cc}]{1,200}$/u, { error: REASON_RULE })
          .meta({ example: 'maintenance of the venue' }),
      })
      .meta({ id: 'PauseSchedule' }),
    answers: { 200: { description: 'How it stands.', schema: scheduleView } },
    problems: ['not_found', 'invalid_request', 'temporal_unavailable'],
  },
  resumeSchedule: {
    method: 'post',
    path: '/v1/schedules/{id}/resume',
    operationId: 'resumeSchedule',
    summary: 'Let it run again; runs of the time that it was paused are not made up.',
    role: 'operator',
    params: scheduleParams,
    body: noBody,
    answers: { 200: { description: 'How it stands.', schema: scheduleView } },
    problems: ['not_found', 'halted', 'temporal_unavailable'],
  },
} as const satisfies Record<string, Route>;
