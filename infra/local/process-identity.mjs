// Telling one process from a later one with the same number. Node built-ins only: setup uses it before the packages
// are installed.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export function identify(pid) {
  const started = process.platform === 'linux' ? startMarkFromProc(pid) : startMarkFromPs(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isRunning(identity) {
  return identify(identity.pid)?.started === identity.started;
}

/** Field 22 of /proc/PID/stat, counted after the name, which may itself hold spaces and brackets (proc(5)). */
function startMarkFromProc(pid) {
  let stat;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

function startMarkFromPs(pid) {
  try {
    const answer = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
    return answer === '' || answer.startsWith('Z') ? undefined : answer.slice(answer.indexOf(' ')).trim();
  } catch {
    return undefined;
  }
}
