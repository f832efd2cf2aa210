import fc from 'fast-check';
import { CHANNELS, channelCause } from './alert';
import type { AlertState, ChannelName } from './alert';
import { dueMessages, pauseAfter, REPEAT_AFTER_MS } from './plan';
import type { Told } from './plan';

const HOUR = 3_600_000;
const warning: AlertState = { cause: 'backup-late', severity: 'warning', clearedAt: null, quiet: false };
const critical: AlertState = { ...warning, severity: 'critical' };

const planned = (alert: AlertState, told: readonly Told[] = [], now = 0, channels: readonly ChannelName[] = CHANNELS) =>
  dueMessages(alert, told, channels, now).map(({ channel, kind, n }) => `${channel} ${kind}${n === 0 ? '' : ` ${n}`}`);
const arrived = (channel: ChannelName, more: Partial<Told> = {}): Told => ({
  channel,
  kind: 'raised',
  n: 0,
  severity: 'critical',
  at: 0,
  underWay: false,
  attempted: true,
  ...more,
});

describe('what is told of an alert', () => {
  it('is by its severity', () => {
    expect(planned(warning)).toEqual(['webhook raised', 'slack raised', 'email raised']);
    expect(planned(critical)).toEqual(['webhook raised', 'slack-critical raised', 'pagerduty raised', 'email raised']);
    expect(planned(critical, [], 0, ['slack', 'webhook'])).toEqual(['slack raised', 'webhook raised']);
  });

  it('a critical one says so again every four hours, and a warning never', () => {
    const told = [arrived('pagerduty')];
    expect(planned(critical, told, 4 * HOUR - 1, ['pagerduty'])).toEqual([]);
    expect(planned(critical, told, 4 * HOUR, ['pagerduty'])).toEqual(['pagerduty repeated 1']);
    const again = [...told, arrived('pagerduty', { kind: 'repeated', n: 1, at: 4 * HOUR })];
    expect(planned(critical, again, 8 * HOUR, ['pagerduty'])).toEqual(['pagerduty repeated 2']);
    expect(planned(warning, [arrived('slack', { severity: 'warning' })], 100 * HOUR, ['slack'])).toEqual([]);
  });

  it('nothing piles up for a channel that is away', () => {
    expect(planned(critical, [arrived('email', { underWay: true })], 9 * HOUR, ['email'])).toEqual([]);
  });

  it('a warning that became critical says so where it was told, and is new elsewhere', () => {
    const told = (['webhook', 'slack', 'email'] as const).map((c) => arrived(c, { severity: 'warning' }));
    expect(planned(critical, told)).toEqual([
      'webhook worsened',
      'slack-critical raised',
      'pagerduty raised',
      'email worsened',
    ]);
  });

  it('its end is told to whoever may have heard of it, and to nobody else', () => {
    const over = { ...critical, clearedAt: 5 };
    const told = [arrived('pagerduty'), arrived('email', { underWay: true, attempted: false }), arrived('webhook')];
    expect(planned(over, told)).toEqual(['webhook cleared', 'pagerduty cleared']);
    expect(planned(over, [...told, arrived('webhook', { kind: 'cleared' })])).toEqual(['pagerduty cleared']);
  });

  it('an alert whose place another takes ends without a word, but its incident is closed', () => {
    const over = { ...critical, clearedAt: 5, quiet: true };
    expect(planned(over, [arrived('email'), arrived('pagerduty')])).toEqual(['pagerduty cleared']);
  });

  it('that a channel is broken is not told to that channel', () => {
    expect(planned({ ...warning, cause: channelCause('slack') })).toEqual(['webhook raised', 'email raised']);
  });
});

/** What happens to an alert: it gets worse, it ends, time passes, messages on their way arrive or do not. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 1, max: 9 * HOUR }) }),
  fc.record({ kind: fc.constantFrom('worsen', 'clear', 'arrive', 'stop') }),
);
const story = fc.record({
  severity: fc.constantFrom('warning' as const, 'critical' as const),
  channels: fc.subarray([...CHANNELS]),
  steps: fc.array(step, { maxLength: 40 }),
});

interface Played {
  readonly told: Told[];
  readonly wasCritical: boolean;
}

/** Plays a story as the journal would: what is planned is kept, and planning again at the same moment plans nothing. */
function play({ severity, channels, steps }: typeof story extends fc.Arbitrary<infer S> ? S : never): Played {
  let alert: AlertState = { cause: 'x', severity, clearedAt: null, quiet: false };
  let told: Told[] = [];
  let now = 0;
  for (const one of [{ kind: 'pass', ms: 0 }, ...steps]) {
    if ('ms' in one) now += one.ms;
    if (one.kind === 'worsen' && alert.clearedAt === null) alert = { ...alert, severity: 'critical' };
    if (one.kind === 'clear') alert = { ...alert, clearedAt: alert.clearedAt ?? now };
    if (one.kind === 'arrive') told = told.map((t) => ({ ...t, underWay: false, attempted: true }));
    for (const due of dueMessages(alert, told, channels, now))
      told = [...told, { ...due, at: now, underWay: true, attempted: false }];
    expect(dueMessages(alert, told, channels, now)).toEqual([]);
  }
  return { told, wasCritical: alert.severity === 'critical' };
}

describe('however an alert goes on', () => {
  it('each message is planned once, at most one a channel in four hours, and the end comes last', () => {
    fc.assert(
      fc.property(story, (given) => {
        const { told, wasCritical } = play(given);
        expect(new Set(told.map((t) => `${t.channel} ${t.kind} ${t.n}`)).size).toBe(told.length);
        for (const channel of CHANNELS) {
          const own = told.filter((t) => t.channel === channel);
          if (!given.channels.includes(channel)) expect(own).toEqual([]);
          expect(own.filter(({ kind }) => kind === 'cleared').length).toBeLessThanOrEqual(1);
          expect(own.slice(0, -1).every(({ kind }) => kind !== 'cleared')).toBe(true);
          const loud = own.filter(({ kind, severity }) => severity === 'critical' && kind !== 'cleared');
          loud.slice(1).forEach((t, i) => expect(t.at - (loud[i]?.at ?? 0)).toBeGreaterThanOrEqual(REPEAT_AFTER_MS));
          if (!wasCritical && ['pagerduty', 'slack-critical'].includes(channel)) expect(own).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });
});

it('pauses grow from five seconds to a quarter of an hour', () => {
  expect([1, 2, 3, 20, 1_000].map(pauseAfter)).toEqual([5_000, 10_000, 20_000, 900_000, 900_000]);
});
