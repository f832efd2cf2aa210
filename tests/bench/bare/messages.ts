import { defineUpdate } from '@temporalio/workflow';

export interface BareInput {
  readonly key: string;
  readonly account: string;
}

export const BARE_QUEUE = 'bare';
export const goUpdate = defineUpdate('go');
