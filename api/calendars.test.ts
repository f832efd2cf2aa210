import { createSeededDatabase, type SeededDatabase } from '../tests/support/seeded-database';
import { expectContract, openTestApi, type TestApi } from '../tests/support/api';

let db: SeededDatabase;
let test: TestApi;
beforeAll(async () => {
  db = await createSeededDatabase();
  test = await openTestApi(db.url);
});
afterAll(async () => {
  await test.close();
  await db.close();
});

const get = (path: string) => test.as('viewer').get(`/v1/calendars/${path}`);

// The API's clock stands at Monday, 2024-11-25 15:00 UTC, half an hour after the open.
describe('GET /v1/calendars/{id}', () => {
  it('says how the market stands now, and its next trading days', async () => {
    const response = await get('nyse');
    expectContract('showCalendar', response);
    expect(response.body).toMatchObject({
      id: 'NYSE',
      timeZone: 'America/New_York',
      coverage: { from: '1998-01-01T05:00:00.000Z', to: '2036-01-01T05:00:00.000Z', daysLeft: 4053 },
      at: '2024-11-25T15:00:00.000Z',
      open: true,
      session: { date: '2024-11-25', segment: 'regular', early: false },
      nextOpen: '2024-11-26T14:30:00.000Z',
      nextClose: '2024-11-25T21:00:00.000Z',
    });
    const { sessions } = response.body as { sessions: { date: string; early: boolean }[] };
    expect([sessions[0]?.date, sessions.at(-1)?.date]).toEqual(['2024-11-25', '2024-12-24']);
    expect(sessions.filter(({ early }) => early).map(({ date }) => date)).toEqual(['2024-11-29', '2024-12-24']);
  });

  it('answers for another moment, with pre- and post-market when asked to', async () => {
    const moment = '2024-07-03T17:30:00Z';
    const closed = await get(`NYSE?at=${moment}`);
    expect(closed.body).toMatchObject({
      open: false,
      session: { segment: 'post' },
      nextOpen: '2024-07-05T13:30:00.000Z',
    });
    const extended = await get(`NYSE?at=${moment}&extended=true`);
    expect(extended.body).toMatchObject({ open: true, nextClose: '2024-07-03T21:00:00.000Z' });
  });

  it('knows the market that never closes, and foreign exchange by its other name', async () => {
    const always = await get('ALWAYS?at=2024-07-03T17:30:00Z&from=2024-07-03&to=2024-07-03');
    expectContract('showCalendar', always);
    expect(always.body).toMatchObject({ open: true, nextOpen: null, nextClose: null });
    expect((await get('forex')).body).toMatchObject({ id: 'FX' });
  });

  it('counts a moment outside its coverage as closed, and refuses days there', async () => {
    const beyond = await get('NYSE?at=2036-07-03T15:00:00Z');
    expect(beyond.body).toMatchObject({ open: false, session: null, nextOpen: null, nextClose: null, sessions: [] });
    const days = await get('NYSE?from=2035-12-20&to=2036-01-10');
    expectContract('showCalendar', days);
    expect(days.body).toMatchObject({ status: 422, code: 'outside_coverage' });
  });

  it.each([
    ['NYSE?from=2024-02-30', 'from', 'date'],
    ['NYSE?from=2024-02-10&to=2024-02-09', 'to', 'range'],
    ['NYSE?from=2000-01-01&to=2020-01-01', 'to', 'range'],
    ['NYSE?at=yesterday', 'at', 'moment'],
    ['NYSE?extended=maybe', 'extended', 'one_of'],
  ])('refuses %s', async (path, field, rule) => {
    const response = await get(path);
    expect(response.body).toMatchObject({ code: 'invalid_request', errors: [{ field, rule }] });
  });

  it('does not know every name, and needs a key', async () => {
    expect((await get('LSE')).status).toBe(404);
    expect((await test.request.get('/v1/calendars/NYSE')).status).toBe(401);
  });
});
