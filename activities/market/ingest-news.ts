import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { clearAlert, openAlerts, raiseAlert } from '../../database/alerts';
import { knownInstruments, storeNews } from '../../database/news';
import type { NewNews } from '../../database/news';
import { ensureNewsSources, noteNewsFailure, readNewsSources } from '../../database/news-sources';
import type { NewsSourceRow } from '../../database/news-sources';
import type { Database } from '../../database/pool';
import { instant } from '../../domain/clock/instant';
import type { EpochMillis } from '../../domain/clock/instant';
import type { InstrumentId } from '../../domain/instrument/instrument';
import { identityOf, sameTitle } from '../../domain/news/identity';
import { mentionFinder, ownSymbols } from '../../domain/news/mentions';
import type { InstrumentNames } from '../../domain/news/mentions';
import { NewsError } from '../../domain/news/reader';
import type { NewsReader, ReadItem } from '../../domain/news/reader';
import { dueAt, isStale, newsStaleCause, retryAt } from '../../domain/news/source';
import type { NewsSource } from '../../domain/news/source';
import type { IngestedNews, IngestNewsInput, PlannedNews } from '../../temporal/messages/ingest-news';

export interface NewsDeps {
  readonly database: Database;
  readonly sources: readonly NewsSource[];
  /** What texts call instruments, besides their own symbols. */
  readonly names: readonly InstrumentNames[];
  readonly reader: NewsReader;
  /** Real time. */
  readonly now: () => EpochMillis;
}

export type NewsActivities = ReturnType<typeof createNewsActivities>;

const NOTHING = { found: 0, stored: 0, duplicates: 0, code: null, problem: null, retryAt: null } as const;

/** The activities of `ingestNews`. */
export function createNewsActivities(deps: NewsDeps) {
  const { database, sources, reader, now } = deps;

  /** Every source of the settings with how it is doing. */
  const standing = async (): Promise<readonly (readonly [NewsSource, NewsSourceRow])[]> => {
    await ensureNewsSources(
      database,
      sources.map(({ name, place }) => ({ name, placeHash: sha256(JSON.stringify(place)) })),
    );
    const rows = new Map((await readNewsSources(database)).map((row) => [row.name, row]));
    return sources.flatMap((source) => {
      const row = rows.get(source.name);
      return row === undefined ? [] : [[source, row] as const];
    });
  };

  return {
    /** Which sources are to be asked now, and which of the wanted ones wait after a failure. */
    async planNews({ source: wanted, byHand = false }: IngestNewsInput): Promise<PlannedNews> {
      if (wanted !== undefined && !sources.some(({ name }) => name === wanted))
        throw ApplicationFailure.nonRetryable(`there is no news source ${wanted}`, 'unknown_source');
      const due: string[] = [];
      const waiting: IngestedNews[] = [];
      for (const [source, row] of await standing()) {
        if (wanted !== undefined && source.name !== wanted) continue;
        if (dueAt(row, source, byHand) <= now()) due.push(source.name);
        else if (row.retryAt !== null && row.retryAt > now()) waiting.push(waitingFor(row, row.retryAt));
      }
      return { due, waiting };
    },

    /** Asks one source and stores what is new, or that it failed and for how long it is left alone. */
    async fetchNews(name: string): Promise<IngestedNews> {
      const found = (await standing()).find(([source]) => source.name === name);
      if (found === undefined)
        throw ApplicationFailure.nonRetryable(`there is no news source ${name}`, 'unknown_source');
      const [source, row] = found;
      const place = { source: name, placeHash: row.placeHash };
      try {
        const answer = await reader.read(source, row, Context.current().cancellationSignal);
        if (answer.kind === 'unchanged') {
          await storeNews(database, place);
          return { source: name, result: 'unchanged', ...NOTHING };
        }
        const items = await toStore(deps, source, answer.items);
        const stored = await storeNews(database, { ...place, answer: { ...answer.validators, items } });
        return { source: name, result: 'stored', ...NOTHING, found: answer.items.length, ...stored };
      } catch (error) {
        if (!(error instanceof NewsError)) throw error;
        const { code, message } = error;
        const failures = row.failures + 1;
        const retry = retryAt(now(), failures, error.retryAfter);
        await noteNewsFailure(database, row, { code, message, failures, retryAt: retry });
        return { source: name, result: 'failed', ...NOTHING, code, problem: message, retryAt: instant(retry) };
      }
    },

    /** Raises or clears the alert of each source, also of those that are no sources any more. Answers the silent ones. */
    async judgeNews(): Promise<readonly string[]> {
      const rows = await standing();
      const stale = rows.filter(([source, row]) => isStale(row, source, now()));
      for (const [source, row] of stale) await raiseAlert(database, staleAlert(source, row));
      const causes = new Set(stale.map(([{ name }]) => newsStaleCause(name)));
      for (const { cause } of await openAlerts(database))
        if (cause.startsWith(newsStaleCause('')) && !causes.has(cause)) await clearAlert(database, cause);
      return stale.map(([{ name }]) => name);
    },
  };
}

function waitingFor({ name, problem }: NewsSourceRow, until: EpochMillis): IngestedNews {
  const { code = null, message = null } = problem ?? {};
  return { source: name, result: 'waiting', ...NOTHING, code, problem: message, retryAt: instant(until) };
}

function staleAlert({ name, staleAfterMinutes }: NewsSource, { answeredAt, problem, retryAt: wait }: NewsSourceRow) {
  return {
    cause: newsStaleCause(name),
    severity: 'warning' as const,
    title: `The news source ${name} has not answered for more than ${staleAfterMinutes} minutes.`,
    detail: {
      source: name,
      answeredAt: answeredAt === null ? null : instant(answeredAt),
      problem: problem?.message ?? null,
      retryAt: wait === null ? null : instant(wait),
    },
  };
}

/** Items of a source as they are stored: each once, with the instruments that they are about. */
async function toStore(
  { database, names }: Pick<NewsDeps, 'database' | 'names'>,
  source: NewsSource,
  items: readonly ReadItem[],
): Promise<readonly NewNews[]> {
  const find = mentionFinder(namesOf(await knownInstruments(database), names));
  const byKey = new Map<string, NewNews>();
  for (const item of items) {
    const key = sha256(identityOf(item));
    if (byKey.has(key)) continue;
    const { link, publishedAt, summary, symbols, title } = item;
    const same = sameTitle(title);
    const told = find(symbols.map((symbol) => `$${symbol}`).join(' '));
    // One after another: a title in capitals says nothing of how the text is written.
    const about = new Set([...source.instruments, ...told, ...find(title), ...find(summary)]);
    byKey.set(key, {
      ...{ key, title, summary, link, publishedAt },
      titleHash: same === undefined ? null : sha256(same),
      instruments: [...about].sort(),
    });
  }
  return [...byKey.values()];
}

/** Every instrument with its own symbols and those of the settings. */
function namesOf(known: readonly InstrumentId[], told: readonly InstrumentNames[]): readonly InstrumentNames[] {
  const ids = new Set([...known, ...told.map(({ id }) => id)]);
  return [...ids].map((id) => {
    const { symbols = [], names = [] } = told.find((one) => one.id === id) ?? {};
    return { id, symbols: [...new Set([...ownSymbols(id), ...symbols])], names };
  });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
