import { randomUUID } from 'node:crypto';
import { Option } from 'commander';
import type { Command } from 'commander';
import { ruleSentence } from '../api/contract/problems';
import type { FieldProblem } from '../api/contract/problems';
import type { TradeDetailView } from '../api/contract/views';
import { TIMES_IN_FORCE } from '../domain/order/order';
import { ENTRY_TYPES } from '../domain/trade/spec';
import { ApiClient } from './api-client';
import { amount, seconds, whole } from './arguments';
import { CliError } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { show } from './output';
import type { OutputOptions } from './output';
import { tradeText } from './trade-views';
import { exitCodeOf, waitForTrade } from './wait-for-trade';

interface StartOptions extends OutputOptions {
  readonly account: string;
  readonly instrument: string;
  readonly strategy: string;
  readonly direction?: string;
  readonly stop?: string;
  readonly entry?: string;
  readonly price?: string;
  readonly stopPrice?: string;
  readonly trailBps?: number;
  readonly trailAmount?: string;
  readonly limitOffset?: string;
  readonly stopDistance?: string;
  readonly timeInForce?: string;
  readonly goodTill?: string;
  readonly takeProfit?: string;
  readonly trailingBps?: number;
  readonly trailingAmount?: string;
  readonly trailingNative?: boolean;
  readonly trailingLimitOffset?: string;
  readonly timeExit?: number;
  readonly maxQuantity?: string;
  readonly maxNotional?: string;
  readonly whenClosed?: string;
  readonly extendedHours?: boolean;
  readonly approvalDeadline?: number;
  readonly unfilledTimeout?: number;
  readonly validUntil?: string;
  readonly key?: string;
  readonly wait?: boolean;
}

/** Adds `trade start`. */
export function addTradeStart(noun: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  leaf(noun, 'start', 'Start a trade.')
    .option('--account <name>', 'account that trades', 'paper')
    .requiredOption('--instrument <id>', 'what is traded, such as US500')
    .requiredOption('--strategy <name>', 'technical, llm, or manual with --direction and --stop')
    .addOption(new Option('--direction <side>', 'of a manual trade').choices(['long', 'short']))
    .option('--stop <price>', 'protective stop', amount)
    .addOption(new Option('--entry <type>', 'market unless told').choices(ENTRY_TYPES))
    .option('--price <price>', 'limit price of the entry', amount)
    .option('--stop-price <price>', 'trigger price of the entry; of a trailing one, where it stands at first', amount)
    .option('--trail-bps <bps>', 'of a trailing entry: basis points from the best price', whole)
    .option('--trail-amount <amount>', 'of a trailing entry: how far from the best price', amount)
    .option('--limit-offset <amount>', 'of a trailing-stop-limit entry: from its stop to its limit', amount)
    .option(
      '--stop-distance <amount>',
      'of a trailing entry, in place of --stop: from its first fill to the stop',
      amount,
    )
    .addOption(new Option('--time-in-force <how>', 'of the entry').choices(TIMES_IN_FORCE))
    .option('--good-till <moment>', 'when a GTD entry ends (2026-06-16T20:00:00Z)')
    .option('--take-profit <price>', 'price at which to close with a gain', amount)
    .option('--trailing-bps <bps>', 'trailing stop, basis points behind the best price', whole)
    .option('--trailing-amount <amount>', 'trailing stop, behind the best price', amount)
    .option(
      '--trailing-native',
      'the stop itself is a trailing order of the venue: it begins at --stop and only tightens',
    )
    .option('--trailing-limit-offset <amount>', 'with --trailing-native: a limit so far beyond the stop', amount)
    .option('--time-exit <span>', 'close this long after the first fill, in market time (15m, 2d)', seconds)
    .option('--max-quantity <units>', 'upper bound of the size', amount)
    .option('--max-notional <amount>', 'upper bound of price times units', amount)
    .addOption(new Option('--when-closed <how>', 'reject unless told').choices(['reject', 'wait']))
    .option('--extended-hours', 'also in pre- and post-market: limit entries, where the venue takes them')
    .option('--approval-deadline <span>', 'ask a person, for at most this long (10m)', seconds)
    .option('--unfilled-timeout <span>', 'cancel an entry that is not filled by then, in market time', seconds)
    .option('--valid-until <moment>', 'market time past which nothing is entered (2017-06-16T20:00:00Z)')
    .option('--key <key>', 'your own key of this request: a repeat never starts a second trade')
    .option('--wait', 'follow the trade until it has ended')
    .action(async (options: StartOptions) => exit(await start(context, options)));
}

async function start(context: CliContext, options: StartOptions): Promise<ExitCode> {
  const api = new ApiClient(context);
  const key = options.key ?? `cli-${randomUUID()}`;
  const answer = await send(api, options, key);
  if (answer.status === 202) context.stderr('Temporal is away: the trade is stored and starts when it is back.\n');
  if (answer.status === 200) context.stderr('This key was used before; this is its trade.\n');
  if (options.wait !== true) {
    show(context, options, answer.body, tradeText);
    if (options.json !== true)
      context.stderr(`It goes on by itself. Look again: ./tradewind trade show ${answer.body.id}\n`);
    return 0;
  }
  const ended = await waitForTrade(context, api, answer.body.id);
  show(context, options, ended, tradeText);
  return exitCodeOf(ended);
}

async function send(api: ApiClient, options: StartOptions, key: string) {
  try {
    return await api.post<TradeDetailView>('/v1/trades', { body: bodyOf(options), idempotencyKey: key });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const flags = flagProblems(error.facts['problem']);
    const repeat = error.facts['unreachable'] === true ? ` If it was sent, repeat with --key ${key}.` : '';
    throw new CliError(error.exitCode, `${flags ?? error.message}${repeat}`, { ...error.facts, key });
  }
}

function bodyOf(options: StartOptions): object {
  return {
    account: options.account,
    instrument: options.instrument,
    strategy: options.strategy,
    direction: options.direction,
    stopPrice: options.stop,
    stopDistance: options.stopDistance,
    entry: entryOf(options),
    timeInForce: options.timeInForce,
    goodTill: options.goodTill,
    takeProfitPrice: options.takeProfit,
    trailing: trailingOf(options),
    timeExitSeconds: options.timeExit,
    maxQuantity: options.maxQuantity,
    maxNotional: options.maxNotional,
    whenClosed: options.whenClosed,
    extendedHours: options.extendedHours,
    approvalDeadlineSeconds: options.approvalDeadline,
    unfilledTimeoutSeconds: options.unfilledTimeout,
    validUntil: options.validUntil,
  };
}

/** The entry that is asked for, of which `trade start` and `risk check` have the same options; undefined for none. */
export function entryOf(
  options: Pick<StartOptions, 'entry' | 'price' | 'stopPrice' | 'trailBps' | 'trailAmount' | 'limitOffset'>,
): object | undefined {
  const { entry, limitOffset, price, stopPrice, trailAmount, trailBps } = options;
  const terms = { price, stopPrice, trailBps, trailAmount, limitOffset };
  const asked = entry !== undefined || Object.values(terms).some((value) => value !== undefined);
  return asked ? { type: entry ?? 'market', ...terms } : undefined;
}

function trailingOf(options: StartOptions): object | undefined {
  const {
    trailingAmount: amount,
    trailingBps: bps,
    trailingLimitOffset: limitOffset,
    trailingNative: native,
  } = options;
  const asked = [amount, bps, limitOffset, native].some((option) => option !== undefined);
  return asked ? { bps, amount, native, limitOffset } : undefined;
}

/** The option that a field of the request comes from. */
const FLAGS: Readonly<Record<string, string>> = {
  stopPrice: '--stop',
  'entry.type': '--entry',
  'entry.price': '--price',
  'entry.stopPrice': '--stop-price',
  'entry.trailBps': '--trail-bps',
  'entry.trailAmount': '--trail-amount or --trail-bps',
  'entry.limitOffset': '--limit-offset',
  stopDistance: '--stop-distance',
  timeInForce: '--time-in-force',
  goodTill: '--good-till',
  takeProfitPrice: '--take-profit',
  trailing: '--trailing-bps or --trailing-amount',
  'trailing.bps': '--trailing-bps',
  'trailing.amount': '--trailing-amount',
  'trailing.native': '--trailing-native',
  'trailing.limitOffset': '--trailing-limit-offset',
  timeExitSeconds: '--time-exit',
  maxQuantity: '--max-quantity',
  maxNotional: '--max-notional',
  whenClosed: '--when-closed',
  extendedHours: '--extended-hours',
  approvalDeadlineSeconds: '--approval-deadline',
  unfilledTimeoutSeconds: '--unfilled-timeout',
  validUntil: '--valid-until',
  'Idempotency-Key': '--key',
};

/** The broken rules in terms of the options that were typed. */
function flagProblems(problem: unknown): string | undefined {
  if (typeof problem !== 'object' || problem === null || !('errors' in problem) || !Array.isArray(problem.errors))
    return undefined;
  const errors = problem.errors as readonly FieldProblem[];
  return errors.map(({ field, message }) => ruleSentence(FLAGS[field] ?? `--${field}`, message)).join('; ') + '.';
}
