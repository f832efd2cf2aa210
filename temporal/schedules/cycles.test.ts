import { calendarOf } from '../../domain/calendar/calendars';
import type { TradingCycle } from '../../domain/cycle/cycle';
import { cycleSchedules } from './cycles';

const cycle: TradingCycle = {
  name: 'us-open',
  account: 'paper',
  strategy: 'technical',
  calendar: 'NYSE',
  instruments: ['US500'],
  at: { afterOpenMinutes: 15 },
  latenessSeconds: 600,
  trade: {},
};

it('each trading cycle has a schedule in the time of its market, which halts of its account and strategy pause', () => {
  const [schedule] = cycleSchedules([cycle], (id) => calendarOf(id).timeZone);
  expect(schedule).toMatchObject({
    id: 'cycle-us-open',
    tag: 'trading',
    scopes: ['account:paper', 'strategy:technical'],
    timeZone: 'America/New_York',
    workflow: { type: 'tradingCycle', input: { cycle: 'us-open' }, idPrefix: 'cycle:us-open' },
  });
  expect(cycleSchedules([], () => 'UTC')).toEqual([]);
});
