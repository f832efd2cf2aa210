import { atLeast, atMost, thisMachine, versionsWith } from '../../support/report';
import type { Goal, ReportRow } from '../../support/report';
import { withOwnDatabases } from '../../support/own-databases';
import type { Suite } from '../../support/suites';
import { Explorer } from './explorer';
import type { Exploration, Finding } from './explorer';
import { inLab, serverVersion } from './lab';
import { describeStep } from './step';
import { WEAKENINGS } from './weakening';
import type { Weakening } from './weakening';

const MINUTES = 3;
/** Share of the time for the protocol as it is; most of the weakened ones are found out in seconds. */
const WHOLE_SHARE = 0.4;
/** A weakened protocol gets at least this long, even where the whole suite has less. */
const LEAST_MS = 10_000;
/** Explorers side by side: one computes while the other waits for its database. */
const LANES = 2;
const SHORTEN_MS = 30_000;
/** Safeguards whose loss must be noticed; that of the others is shown as far as the time goes. */
const REQUIRED: readonly string[] = ['no_wait', 'no_fence', 'no_capacity', 'no_owner'];

type Say = (line: string) => void;

/** Explores the order protocol as it is, then with one safeguard after the other taken out. */
export const exploreSuite: Suite = {
  summary: 'random interleavings of the order protocol on its own database functions, whole and weakened',
  numbers: { runs: 0 },
  run: async ({ seed, minutes = MINUTES, numbers }, say) => {
    say(`about ${minutes} minutes at most: the protocol as it is, then without ${WEAKENINGS.length} of its safeguards`);
    const until = performance.now() + minutes * 60_000;
    return withOwnDatabases(async () => {
      const plan = { seed, milliseconds: minutes * 60_000 * WHOLE_SHARE, runs: numbers['runs'] ?? 0 };
      const whole = await exploreWhole(plan, say);
      const rows = [rowOf('as it is', whole)];
      const goals: Goal[] = [atMost('breaches', 0, whole.finding ? 1 : 0)];
      for (const [index, weakening] of WEAKENINGS.entries()) {
        const share = (until - performance.now()) / (WEAKENINGS.length - index);
        const found = await exploreWeakened(weakening, { seed, milliseconds: Math.max(LEAST_MS, share) }, say);
        rows.push(rowOf(weakening.what, found));
        const caught = found.finding ? 1 : 0;
        if (REQUIRED.includes(weakening.name)) goals.push(atLeast(`caught_${weakening.name}`, 1, caught));
      }
      const versions = versionsWith({ postgres: await serverVersion() });
      return { suite: 'explore', seed, machine: thisMachine(), versions, rows, goals };
    });
  },
};

interface Plan {
  readonly seed: number;
  readonly milliseconds: number;
}

/** @param runs interleavings at most, 0 for as many as the time allows */
async function exploreWhole({ seed, milliseconds, runs }: Plan & { runs: number }, say: Say): Promise<Exploration> {
  const lanes = Array.from({ length: LANES }, (_, first) =>
    inLab(undefined, async (lab) => {
      const explorer = new Explorer(lab);
      const found = await explorer.explore(seed, {
        milliseconds,
        share: { first, of: LANES },
        ...(runs > 0 ? { interleavings: Math.ceil(runs / LANES) } : {}),
      });
      if (!found.finding) return found;
      const finding = await explorer.shorten(found.finding, SHORTEN_MS);
      tell('The protocol as it is', seed, finding, say);
      return { ...found, finding };
    }),
  );
  const all = await Promise.all(lanes);
  return {
    interleavings: all.reduce((sum, { interleavings }) => sum + interleavings, 0),
    steps: all.reduce((sum, { steps }) => sum + steps, 0),
    milliseconds: Math.max(...all.map((lane) => lane.milliseconds)),
    finding: all.find(({ finding }) => finding !== undefined)?.finding,
  };
}

function exploreWeakened(weakening: Weakening, { seed, milliseconds }: Plan, say: Say): Promise<Exploration> {
  return inLab(weakening, async (lab) => {
    const explorer = new Explorer(lab);
    const found = await explorer.explore(seed, { milliseconds });
    if (!found.finding) return found;
    const finding = await explorer.shorten(found.finding, milliseconds / 4);
    tell(`Weakened so that ${weakening.what}`, seed, finding, say);
    return { ...found, finding };
  });
}

function rowOf(protocol: string, { interleavings, steps, milliseconds, finding }: Exploration): ReportRow {
  return {
    protocol,
    interleavings,
    'per minute': Math.round((interleavings / milliseconds) * 60_000),
    steps,
    'broken rule': finding?.breach.rule ?? null,
    'shortest sequence': finding?.steps.length ?? null,
  };
}

function tell(what: string, seed: number, { breach, scenario, steps, number }: Finding, say: Say): void {
  say(`\n${what}, interleaving ${number} of seed ${seed} breaks a rule: ${breach.rule}`);
  say(`  ${JSON.stringify(scenario)}`);
  for (const [index, step] of steps.entries()) say(`  ${String(index + 1).padStart(3)}. ${describeStep(step)}`);
  say(`       ${breach.detail}`);
}
