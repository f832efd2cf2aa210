/** What a submission takes before any was measured. */
const FIRST_GUESS_MS = 60;
/** So many submissions are looked at. */
const REMEMBERED = 30;

/** How long undisturbed submissions took lately. */
export class Pace {
  private readonly took: number[] = [];

  /** How long a share of an undisturbed submission takes, in milliseconds: a quarter of them are faster. */
  share(fraction: number): number {
    const sorted = [...this.took].sort((a, b) => a - b);
    return fraction * (sorted[Math.floor(sorted.length / 4)] ?? FIRST_GUESS_MS);
  }

  /** Does something and remembers how long it took. */
  async timed<T>(work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const answer = await work();
    this.took.push(performance.now() - started);
    if (this.took.length > REMEMBERED) this.took.shift();
    return answer;
  }
}
