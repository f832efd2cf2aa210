import { MODEL_FAILPOINTS } from '../activities/analysis/failpoints';
import type { ModelFailpoint } from '../activities/analysis/failpoints';
import { FAILPOINTS } from '../activities/execution/ports';
import type { Failpoint } from '../activities/execution/ports';

/** Every place at which a process may be told to die. */
const ALL = [...FAILPOINTS, ...MODEL_FAILPOINTS];
type AnyFailpoint = Failpoint | ModelFailpoint;

/** How a failpoint ends the process; the default is the hardest end there is. */
export type Kill = () => void;

const killed: Kill = () => process.kill(process.pid, 'SIGKILL');

/**
 * Failpoints as settings give them, `name` or `name:3`: reaching one, or reaching it for the third time, kills the
 * process at once. Without any every call is free.
 * @throws Error for a name that no activity has.
 */
export function failpoints(points: readonly string[], kill: Kill = killed): (name: AnyFailpoint) => void {
  const left = new Map(points.map(parse));
  return (name) => {
    const passings = left.get(name);
    if (passings === undefined) return;
    if (passings <= 1) kill();
    else left.set(name, passings - 1);
  };
}

function parse(point: string): [name: string, passings: number] {
  const [name = '', count = '1'] = point.split(':');
  const known: readonly string[] = ALL;
  if (!known.includes(name)) throw new Error(`FAILPOINTS: no failpoint ${name}; there are ${ALL.join(', ')}`);
  return [name, Number(count)];
}
