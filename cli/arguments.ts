import { InvalidArgumentError } from 'commander';
import { isDecimalString } from '../domain/money/decimal';

/** Reads an amount. @throws InvalidArgumentError */
export function amount(text: string): string {
  if (isDecimalString(text)) return text;
  throw new InvalidArgumentError('an amount is a plain decimal such as 12.50.');
}

/** Reads a whole number of at least 1. @throws InvalidArgumentError */
export function whole(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('give a whole number of at least 1.');
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400 };

/** Reads a time span as seconds: `90`, `90s`, `15m`, `2h`, `3d`. @throws InvalidArgumentError */
export function seconds(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,9})([smhd]?)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  if (count !== undefined && factor !== undefined) return Number(count) * factor;
  throw new InvalidArgumentError('give seconds, or a span such as 15m, 2h or 3d.');
}
