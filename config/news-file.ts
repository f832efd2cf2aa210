import { z } from 'zod';
import { readSettingsFile } from './settings-file';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'must be 1 to 32 small letters, digits or hyphens')
  .refine((value) => value !== 'all', 'must not be all: that is every source');
const instrument = z.string().regex(/^[A-Z0-9][A-Z0-9._/-]{0,31}$/, 'must be the id of an instrument, such as US500');
const whole = (least: number, most: number) => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.number(error).int(error).min(least, error).max(most, error);
};
const URL_RULE = 'must be an http or https address without a log-in or a fragment';
const url = z.string(URL_RULE).refine((value) => {
  if (value.length > 2_000 || !/^https?:\/\//i.test(value) || !URL.canParse(value)) return false;
  const { username, password, hash } = new URL(value);
  return [username, password, hash].every((part) => part === '');
}, URL_RULE);
const words = z
  .string()
  .regex(/^\S(.{0,58}\S)?$/u, 'must be 1 to 60 characters, without a space at either end')
  .regex(/[\p{L}\p{N}]/u, 'must hold a letter or a digit');
const symbol = z.string().regex(/^[A-Z0-9^][A-Z0-9._^-]{0,15}$/, 'must be a symbol, such as AAPL');

const common = {
  name,
  instruments: z.array(instrument).max(100, 'must name at most 100').default([]),
  everyMinutes: whole(1, 1_440).default(10),
  staleAfterMinutes: whole(5, 43_200).default(180),
};

const feed = z.strictObject({ ...common, kind: z.literal('feed'), url, allowPrivate: z.boolean().default(false) });
const finnhub = z
  .strictObject({
    ...common,
    kind: z.literal('finnhub'),
    category: z.enum(['general', 'forex', 'crypto', 'merger'], 'must be general, forex, crypto or merger').optional(),
    symbol: symbol.optional(),
  })
  .refine(({ category, symbol: company }) => (category === undefined) !== (company === undefined), {
    message: 'must have either category or symbol',
  });

const newsFile = z
  .strictObject({
    sources: z
      .array(z.discriminatedUnion('kind', [feed, finnhub], 'must be feed or finnhub'))
      .max(50, 'must name at most 50'),
    instruments: z
      .record(
        instrument,
        z.strictObject({ symbols: z.array(symbol).max(20).default([]), names: z.array(words).max(20).default([]) }),
      )
      .default({}),
  })
  .superRefine(({ sources }, context) => {
    for (const [index, source] of sources.entries()) {
      const rules: readonly (readonly [string, boolean, string])[] = [
        ['name', sources.findIndex((one) => one.name === source.name) === index, 'must be there once'],
        [
          'staleAfterMinutes',
          source.staleAfterMinutes > source.everyMinutes,
          'must be longer than everyMinutes: a source that is not asked cannot answer',
        ],
      ];
      for (const [field, holds, message] of rules)
        if (!holds) context.addIssue({ code: 'custom', path: ['sources', index, field], message });
    }
  });

/** Sources of news and the names of instruments, in their form. */
export type NewsFile = z.output<typeof newsFile>;

/** Reads a file of news sources (JSON); without a path there are none. @throws SettingsFileError */
export function readNewsFile(path: string | undefined): NewsFile {
  return readSettingsFile('NEWS_SOURCES_FILE', path, newsFile) ?? { sources: [], instruments: {} };
}
