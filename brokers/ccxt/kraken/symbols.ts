import type { InstrumentId } from '../../../domain/instrument/instrument';

/** Assets that Kraken has its own names for. */
const ALIASES: Readonly<Record<string, string>> = { BTC: 'XBT', DOGE: 'XDG' };

/** Assets that its oldest answers name with a letter before them: X for coins, Z for currencies. */
const WITH_X = ['ETC', 'ETH', 'LTC', 'MLN', 'REP', 'XBT', 'XDG', 'XLM', 'XMR', 'XRP', 'ZEC'];
const WITH_Z = ['AUD', 'CAD', 'EUR', 'GBP', 'JPY', 'USD'];

const LONG_NAMES = new Map([
  ...WITH_X.map((name) => [name, `X${name}`] as const),
  ...WITH_Z.map((name) => [name, `Z${name}`] as const),
]);
const ASSETS = new Map([
  ...Object.entries(ALIASES).map(([ours, theirs]) => [theirs, ours] as const),
  ...[...LONG_NAMES].map(([name, long]) => [long, unalias(name)] as const),
]);

function unalias(name: string): string {
  return Object.entries(ALIASES).find(([, theirs]) => theirs === name)?.[0] ?? name;
}

function alias(asset: string): string {
  return ALIASES[asset] ?? asset;
}

/** `BTC/USD` is `XBTUSD`: the name under which orders are sent and shown. */
export function pairOf(id: InstrumentId): string {
  return id.split('/').map(alias).join('');
}

/** Every name of a pair in Kraken's answers: executions and listings say `XXBTZUSD` where orders say `XBTUSD`. */
export function namesOf(id: InstrumentId): readonly string[] {
  const [base = '', quote = ''] = id.split('/').map(alias);
  const [bases, quotes] = [base, quote].map((name) => [name, LONG_NAMES.get(name) ?? name]);
  return [...new Set((bases ?? []).flatMap((first) => (quotes ?? []).map((second) => `${first}${second}`)))];
}

/** Our name of an asset that Kraken names: `XXBT` and `XBT` are `BTC`, `ZUSD` is `USD`, `XBT.F` stays as it is. */
export function assetOf(name: string): string {
  return ASSETS.get(name) ?? name;
}

/** Finds the instrument that a name of Kraken's means, among the given. */
export function instrumentFinder(ids: readonly InstrumentId[]): (name: string) => InstrumentId | undefined {
  const byName = new Map(ids.flatMap((id) => namesOf(id).map((name) => [name, id] as const)));
  return (name) => byName.get(name);
}
