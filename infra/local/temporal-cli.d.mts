/** The version that is downloaded or built. */
export const TEMPORAL_CLI_VERSION: string;

/** Our own copy in the user's cache folder. */
export function cachedTemporalCli(env: NodeJS.ProcessEnv): string;

/** The CLI and where it was found. */
export interface FoundCli {
  readonly path: string;
  readonly source: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache';
}

/**
 * Looks for the CLI without fetching it: TEMPORAL_CLI_PATH, then PATH, then our cache.
 * @throws Error when TEMPORAL_CLI_PATH is set and no program is there.
 */
export function findTemporalCli(env: NodeJS.ProcessEnv): FoundCli | undefined;
