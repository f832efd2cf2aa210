import type { Death } from './stack';

/** When a trade moved and when it had nothing to do; real times in epoch milliseconds. */
export interface Progress {
  readonly acceptedAt: number;
  readonly endedAt: number;
  /** Each time at which the journal or the venue shows that the trade got on. */
  readonly marks: readonly number[];
  /** Times at which the trade came to rest: its order works at the venue and nothing is due. */
  readonly restsAt: readonly number[];
  /** Times at which something became due: a fill, an exit that was asked for, a time exit. */
  readonly dueAt: readonly number[];
}

/**
 * How long a death held a trade up, in milliseconds: the longest time without progress that began after the death and
 * before the process was back, rests left out. Undefined for a trade that was not open then or had nothing to do.
 */
export function heldUp(death: Death, trade: Progress): number | undefined {
  if (death.arming || death.at <= trade.acceptedAt || death.at >= trade.endedAt) return undefined;
  const back = death.backAt ?? trade.endedAt;
  const moments = [death.at, ...trade.marks.filter((at) => at > death.at && at <= trade.endedAt)].sort((a, b) => a - b);
  const pauses = moments.flatMap((from, index) => {
    const to = moments[index + 1];
    if (to === undefined) return [];
    const begin = index === 0 ? workBegins(trade, from, to, death.at) : workBegins(trade, from, to, from);
    return begin !== undefined && begin <= back ? [to - begin] : [];
  });
  return pauses.length === 0 ? undefined : Math.max(...pauses);
}

/** From when on the trade had something to do between two marks; undefined when it rested all the time. */
function workBegins(trade: Progress, from: number, to: number, at: number): number | undefined {
  const lastRest = Math.max(...trade.restsAt.filter((rest) => rest <= at), -Infinity);
  const movedSince = trade.marks.some((mark) => mark > lastRest + SAME_MS && mark <= at);
  const dueSince = trade.dueAt.some((due) => due > lastRest && due <= at);
  if (lastRest === -Infinity || movedSince || dueSince) return from;
  const due = trade.dueAt.filter((moment) => moment > at && moment < to);
  return due.length === 0 ? undefined : Math.min(...due);
}

/** Marks of one transaction and of its echo at the venue. */
const SAME_MS = 60;

/** The value below which a share of the sorted values lies (nearest rank); undefined without values. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
