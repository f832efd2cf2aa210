import type { Desk } from './desk';
import type { Fault } from './faults';
import type { IbSession } from './session';

/** Does what a message asks for, or what a fault says of the connection instead. */
export function meet(desk: Desk, session: IbSession, fault: Fault | undefined, act: () => void): void {
  const kind = fault?.kind;
  if (kind === 'drop') session.drop();
  else if (kind === 'swallow') session.mute();
  else if (kind === 'slow') desk.later(fault?.ms ?? 0, act);
  else if (kind === 'lose' || kind === 'mute') {
    session.mute();
    act();
    if (kind === 'lose') session.drop();
  } else if (kind === 'drop-before-fill') {
    session.lastWord('openOrder');
    act();
    session.hangUp();
  } else act();
}

/** The handler of a question, which a fault may hit. */
export const asked =
  <V>(answer: (desk: Desk, session: IbSession, values: V) => void) =>
  (desk: Desk, session: IbSession, values: V): void =>
    meet(desk, session, desk.faults.next('query', ''), () => answer(desk, session, values));
