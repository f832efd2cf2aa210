import { FAILPOINTS } from '../activities/execution/ports';
import type { Failpoint } from '../activities/execution/ports';

/** How a failpoint ends the process; the default is the hardest end there is. */
export type Kill = () => void;

const killed: Kill = () => process.kill(process.pid, 'SIGKILL');

/**
 * Failpoints by name, as settings give them: reaching one kills the process at once. With no names every call is free.
 * @throws Error for a name that no activity has.
 */
export function failpoints(names: readonly string[], kill: Kill = killed): (name: Failpoint) => void {
  const known: readonly string[] = FAILPOINTS;
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw new Error(`FAILPOINTS: no failpoint ${stranger}; there are ${FAILPOINTS.join(', ')}`);
  return (name) => {
    if (names.includes(name)) kill();
  };
}
