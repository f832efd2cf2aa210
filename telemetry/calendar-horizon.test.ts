import { Writable } from 'node:stream';
import { watchCalendarHorizon } from './calendar-horizon';
import { createLogger } from './logger';
import { createMetrics } from './metrics';

describe('the horizon of the calendars', () => {
  it('is served as days, and warned of when it is near: at the start and every day', async () => {
    jest.useFakeTimers();
    let logged = '';
    const destination = new Writable({
      write(chunk: Buffer, _, done) {
        logged += chunk.toString();
        done();
      },
    });
    const logger = createLogger({ service: 'test', destination });
    const { registry } = createMetrics({ service: 'test', version: '1', processSeries: false });
    let daysLeft = 181;
    const look = () => [
      { calendar: 'NYSE', daysLeft, near: daysLeft < 180 },
      { calendar: 'ALWAYS', daysLeft: 99_999, near: false },
    ];
    const stop = watchCalendarHorizon(registry, logger, look);
    expect(await registry.metrics()).toContain('calendar_coverage_days{calendar="NYSE",service="test"} 181');
    expect(logged).toBe('');
    daysLeft = 179;
    jest.advanceTimersByTime(86_400_000);
    expect(JSON.parse(logged)).toMatchObject({ level: 'warn', calendar: 'NYSE', daysLeft: 179 });
    stop();
    jest.advanceTimersByTime(86_400_000);
    expect(logged.trim().split('\n')).toHaveLength(1);
    jest.useRealTimers();
  });
});
