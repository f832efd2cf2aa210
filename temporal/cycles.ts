import { readCycleFile } from '../config/cycle-file';
import type { CycleSetting } from '../config/cycle-file';
import { SettingsFileError } from '../config/settings-file';
import { cycleProblem } from '../domain/cycle/cycle';
import type { CycleTrade, TradingCycle } from '../domain/cycle/cycle';
import { text, dec } from '../domain/money/decimal';
import { STRATEGY_NAMES } from '../domain/signal/strategies';

/**
 * The trading cycles of the installation: the file's, checked against the calendars and strategies that there are.
 * @throws SettingsFileError naming the field and the rule
 */
export function loadCycles(path: string | undefined, calendars: readonly string[]): readonly TradingCycle[] {
  const cycles = readCycleFile(path).map(cycleOf);
  const problem = cycleProblem(cycles, { calendars, strategies: STRATEGY_NAMES });
  if (problem !== undefined) throw new SettingsFileError(`CYCLES_FILE: ${problem}`);
  return cycles;
}

function cycleOf({ trade, ...cycle }: CycleSetting): TradingCycle {
  const { maxQuantity, maxNotional, timeExitSeconds, approvalDeadlineSeconds } = trade;
  const wanted: CycleTrade = {
    ...(maxQuantity === undefined ? {} : { maxQuantity: text(dec(maxQuantity)) }),
    ...(maxNotional === undefined ? {} : { maxNotional: text(dec(maxNotional)) }),
    ...(timeExitSeconds === undefined ? {} : { timeExitSeconds }),
    ...(approvalDeadlineSeconds === undefined ? {} : { approvalDeadlineSeconds }),
  };
  return { ...cycle, trade: wanted };
}
