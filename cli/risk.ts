import { Option } from 'commander';
import type { Command } from 'commander';
import type { RiskMeasureView } from '../api/contract/risk-measure';
import type { LockView, PolicyAppliedView, PolicyView, VerdictView } from '../api/contract/views';
import { PolicyFileError, readPolicyFile } from '../config/risk-policy-file';
import { ENTRY_TYPES } from '../domain/trade/spec';
import { ApiClient } from './api-client';
import { amount, whole } from './arguments';
import { CliError, EXIT } from './context';
import type { CliContext, ExitCode } from './context';
import { leaf } from './leaf';
import { fields, show } from './output';
import type { OutputOptions } from './output';
import { stressText, valueAtRiskText } from './risk-measure-views';
import { policyText, verdictText } from './risk-views';
import { entryOf } from './trade-start';

interface CheckOptions extends OutputOptions {
  readonly account: string;
  readonly instrument: string;
  readonly strategy?: string;
  readonly direction: string;
  readonly stop?: string;
  readonly stopDistance?: string;
  readonly entry?: string;
  readonly price?: string;
  readonly stopPrice?: string;
  readonly trailBps?: number;
  readonly trailAmount?: string;
  readonly limitOffset?: string;
  readonly takeProfit?: string;
  readonly maxQuantity?: string;
  readonly maxNotional?: string;
  readonly extendedHours?: boolean;
}

interface ApplyOptions extends OutputOptions {
  readonly file?: string;
}

/** Adds `risk` with its verbs. */
export function addRisk(program: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  const risk = program.command('risk').description('Look at limits, ask what they would say, change them.');
  leaf(risk, 'show', 'Show the policy in force, the limits of each account, and locks.').action(
    async (options: OutputOptions) => {
      show(context, options, await new ApiClient(context).get<PolicyView>('/v1/risk/policy'), policyText);
    },
  );
  addCheck(risk, context, exit);
  const measured = (account: string): Promise<RiskMeasureView> =>
    new ApiClient(context).get<RiskMeasureView>(`/v1/accounts/${encodeURIComponent(account)}/risk`);
  leaf(
    risk,
    'var <account>',
    'Show value at risk and expected shortfall by every method, and each position’s part.',
  ).action(async (account: string, options: OutputOptions) => {
    show(context, options, await measured(account), valueAtRiskText);
  });
  leaf(risk, 'stress <account>', 'Show what the positions would lose on bad days.').action(
    async (account: string, options: OutputOptions) => {
      show(context, options, await measured(account), stressText);
    },
  );
  leaf(risk, 'apply', 'Put a policy file into force.')
    .option('--file <path>', 'RISK_POLICY_FILE, or data/risk-policy.json, unless told')
    .action(async (options: ApplyOptions) => {
      const { file, document } = read(options.file ?? context.env['RISK_POLICY_FILE']);
      if (typeof document !== 'object' || document === null) {
        throw new CliError(EXIT.usage, `the policy file ${file} must hold an object.`);
      }
      const { body } = await new ApiClient(context).post<PolicyAppliedView>('/v1/risk/policy', { body: document });
      show(context, options, body, ({ hash, stored, changed }) =>
        fields([
          ['policy', `${hash.slice(0, 12)}${stored ? '' : ' was in force already'}`],
          ['changed accounts', changed.join(', ') || 'none'],
        ]),
      );
    });
  leaf(risk, 'unlock <id>', 'Release a lock before its time.').action(async (id: string, options: OutputOptions) => {
    const path = `/v1/risk/locks/${String(whole(id))}/release`;
    const { body } = await new ApiClient(context).post<LockView>(path);
    show(context, options, body, ({ account, scope, code }) => `Released: ${code} of ${scope} on ${account}.`);
  });
}

function addCheck(risk: Command, context: CliContext, exit: (code: ExitCode) => void): void {
  leaf(risk, 'check', 'Ask what a trade would be told now; exit code 3 when it would be refused.')
    .requiredOption('--account <name>', 'account that would trade')
    .requiredOption('--instrument <id>', 'what would be traded')
    .addOption(new Option('--direction <side>').choices(['long', 'short']).makeOptionMandatory())
    .option('--stop <price>', 'protective stop', amount)
    .option(
      '--stop-distance <amount>',
      'of a trailing entry, in place of --stop: from its first fill to the stop',
      amount,
    )
    .option('--strategy <name>', 'whose limits apply besides the account’s; manual unless told')
    .addOption(new Option('--entry <type>', 'market unless told').choices(ENTRY_TYPES))
    .option('--price <price>', 'limit price of the entry', amount)
    .option('--stop-price <price>', 'trigger price of the entry', amount)
    .option('--trail-bps <bps>', 'of a trailing entry: basis points from the best price', whole)
    .option('--trail-amount <amount>', 'of a trailing entry: how far from the best price', amount)
    .option('--limit-offset <amount>', 'of a trailing-stop-limit entry: from its stop to its limit', amount)
    .option('--take-profit <price>', 'price at which to close with a gain', amount)
    .option('--max-quantity <units>', 'upper bound of the size', amount)
    .option('--max-notional <amount>', 'upper bound of price times units', amount)
    .option('--extended-hours', 'also in pre- and post-market')
    .action(async (options: CheckOptions) => {
      const { body } = await new ApiClient(context).post<VerdictView>('/v1/risk/checks', { body: bodyOf(options) });
      show(context, options, body, verdictText);
      if (!body.approved) exit(EXIT.refused);
    });
}

function bodyOf(options: CheckOptions): object {
  const { account, instrument, strategy, direction, stop, stopDistance } = options;
  return {
    account,
    instrument,
    strategy,
    direction,
    stopPrice: stop,
    stopDistance,
    entry: entryOf(options),
    takeProfitPrice: options.takeProfit,
    maxQuantity: options.maxQuantity,
    maxNotional: options.maxNotional,
    extendedHours: options.extendedHours,
  };
}

function read(path: string | undefined): { readonly file: string; readonly document: unknown } {
  try {
    return readPolicyFile(path);
  } catch (error) {
    if (error instanceof PolicyFileError) throw new CliError(EXIT.usage, `${error.message}.`);
    throw error;
  }
}
