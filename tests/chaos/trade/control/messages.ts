/** What the control's parts agree on. */
export const CONTROL_QUEUE = 'chaos-control';
export const CONTROL_ACCOUNT = 'chaos-control';
export const BLIND_WORKFLOW = 'blindTrade';

/** A fresh id for each try, which still names its run to the judge. */
export function blindId(run: string, fresh: string): string {
  return `${run}-${fresh}`;
}

/** The run of a blind id. */
export function runOfBlindId(id: string): string {
  return id.slice(0, id.lastIndexOf('-'));
}

/** Whether the worker dies behind the first send of a run; otherwise that answer gets lost. */
export function diesBehind(run: string): boolean {
  return Number(run.slice(-1)) % 4 === 1;
}
