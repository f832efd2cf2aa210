import { answers, runCli } from '../tests/support/cli';

const measured = {
  ...{ account: 'paper', marketTime: '2017-06-14T15:00:00.000Z', equity: '100014.139', limit: '5000.7', days: 250 },
  tails: [{ method: 'historical', level: '0.95', valueAtRisk: '45.05', expectedShortfall: '48' }],
  positions: [
    { instrument: 'US500', value: '4880', level: '0.95', component: '47.72', marginal: '0.009779', assumed: null },
    { instrument: 'NEW', value: '100', level: '0.99', component: null, marginal: null, assumed: '11.63' },
  ],
  stress: [{ scenario: 'every price falls by 10 %, no stop helps', profit: '-488' }],
};

describe('tradewind risk var and stress', () => {
  it('shows the tails and each position’s part', async () => {
    const { fetch, asked } = answers([200, measured]);
    const { stdout } = await runCli(['risk', 'var', 'paper'], { fetch });
    expect(asked[0]?.url).toBe('http://api.test/v1/accounts/paper/risk');
    expect(stdout).toMatch(/historical +95 % +45\.05 +48/);
    expect(stdout).toMatch(/US500 +95 % +4880 +47\.72 +0\.009779 +-/);
    expect(stdout).toMatch(/NEW +99 % +100 +- +- +11\.63/);
  });

  it('shows what bad days would do, and says what is not known', async () => {
    const { stdout } = await runCli(['risk', 'stress', 'paper'], {
      fetch: answers([200, { ...measured, limit: null, days: 0 }]).fetch,
    });
    expect(stdout).toMatch(/-488 +every price falls by 10 %/);
    expect(stdout).toMatch(/limit: +none/);
    expect(stdout).toMatch(/history: +none/);
  });
});
