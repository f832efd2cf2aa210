/**
 * Puts the Temporal CLI into the user's cache, by download or else by building it, and gives its path. Two projects
 * that need it at the same time fetch it once.
 * @throws Error naming what failed and the other ways to get it.
 */
export function fetchTemporalCli(options: {
  readonly env: NodeJS.ProcessEnv;
  readonly log: (line: string) => void;
  /** Where to download from; the vendor's site unless a test says otherwise. */
  readonly site?: string;
}): Promise<string>;
