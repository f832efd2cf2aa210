import { Choices } from '../choices';
import { forgetAccounts } from './controlled-database';
import { Player } from './play';
import { proposeStep, scenarioOf, temperOf } from './propose';
import type { Broken } from './rules';
import { settle } from './settle';
import type { Scenario, Step } from './step';
import { World } from './world';
import type { Lab } from './world';

/** A sequence of steps that was played, and can be played again. */
export interface Interleaving {
  readonly scenario: Scenario;
  readonly steps: readonly Step[];
  /** The rule that its last step broke. */
  readonly breach: Broken | undefined;
}

/** An interleaving that broke a rule. */
export interface Finding extends Interleaving {
  readonly breach: Broken;
  /** With the seed it names the interleaving. */
  readonly number: number;
}

/** What an exploration came to. */
export interface Exploration {
  readonly interleavings: number;
  readonly steps: number;
  readonly milliseconds: number;
  readonly finding: Finding | undefined;
}

/** When to end: whichever comes first. The first breach ends it, too. */
export interface Bounds {
  readonly milliseconds: number;
  readonly interleavings?: number;
  /** Several explorers share a seed's interleavings: each takes every `share.of`th one, from number `share.first` on. */
  readonly share?: { readonly first: number; readonly of: number };
}

/** Accounts after which a database is emptied. */
const ACCOUNTS_KEPT = 1_000;

/** Plays interleavings that a seed decides against the database's own functions until one breaks a rule. */
export class Explorer {
  private accounts = 0;

  constructor(private readonly lab: Lab) {}

  async explore(seed: number, bounds: Bounds): Promise<Exploration> {
    const began = performance.now();
    const { first, of } = bounds.share ?? { first: 0, of: 1 };
    let [steps, interleavings] = [0, 0];
    let finding: Finding | undefined;
    while (finding === undefined && interleavings < (bounds.interleavings ?? Infinity)) {
      if (performance.now() - began > bounds.milliseconds) break;
      const number = first + interleavings * of;
      const played = await this.invent(new Choices(`${seed}/${number}`));
      if (played.breach) finding = { ...played, breach: played.breach, number };
      interleavings += 1;
      steps += played.steps.length;
    }
    return { interleavings, steps, milliseconds: performance.now() - began, finding };
  }

  /** Chooses and plays one interleaving: every step from what is possible then. */
  private async invent(choices: Choices): Promise<Interleaving> {
    const temper = temperOf(choices);
    let left = choices.whole(20, 70);
    return this.play(scenarioOf(choices), (world) => {
      left -= 1;
      return left < 0 ? undefined : proposeStep(world, temper, choices);
    });
  }

  /** Plays given steps again. */
  async replay({ scenario, steps }: Pick<Interleaving, 'scenario' | 'steps'>): Promise<Interleaving> {
    const left = steps.values();
    return this.play(scenario, () => left.next().value);
  }

  /**
   * The shortest sequence found that still breaks the same rule: parts are left out, ever smaller ones, as long as that
   * holds (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002, without the complements).
   */
  async shorten(finding: Finding, milliseconds: number): Promise<Finding> {
    const until = performance.now() + milliseconds;
    let shortest = finding;
    for (let part = Math.ceil(finding.steps.length / 2); ; part = Math.ceil(part / 2)) {
      const before = shortest.steps.length;
      for (let at = 0; at < shortest.steps.length && performance.now() < until;) {
        const shorter = await this.without(shortest, at, part);
        if (shorter) shortest = shorter;
        else at += part;
      }
      if (performance.now() >= until || (part === 1 && shortest.steps.length === before)) return shortest;
    }
  }

  /** The finding without some of its steps, if it is shorter then and still breaks the same rule. */
  private async without(finding: Finding, at: number, count: number): Promise<Finding | undefined> {
    const { steps, breach } = await this.replay({ ...finding, steps: finding.steps.toSpliced(at, count) });
    if (breach?.rule !== finding.breach.rule || steps.length >= finding.steps.length) return undefined;
    return { ...finding, steps, breach };
  }

  private async playAll(player: Player, next: () => Step | undefined): Promise<Broken | undefined> {
    for (let step = next(); step !== undefined; step = next()) {
      const breach = await player.play(step);
      if (breach) return breach;
    }
    return undefined;
  }

  private async play(scenario: Scenario, next: (world: World) => Step | undefined): Promise<Interleaving> {
    this.accounts += 1;
    if (this.accounts % ACCOUNTS_KEPT === 0) await forgetAccounts(this.lab.control);
    const world = await World.open(this.lab, scenario, `x${this.accounts}`);
    const player = new Player(world);
    const breach = (await this.playAll(player, () => next(world))) ?? (await settle(world, player));
    player.abandon();
    return { scenario, steps: player.steps, breach };
  }
}
