import { instant } from '../domain/clock/instant';
import type { AlertMessage } from '../domain/alert/channel';
import { startMailServer, startReceiver } from '../tests/support/receiver';
import type { MailServer, Receiver } from '../tests/support/receiver';
import { openChannels } from './open-channels';
import { networkReason } from './post-json';

let http: Receiver;
let smtp: MailServer;
beforeAll(async () => {
  http = await startReceiver();
  smtp = await startMailServer();
});
afterEach(() => {
  for (const list of [http.received, http.replies, smtp.letters, smtp.codes]) list.length = 0;
});
afterAll(async () => {
  await http.close();
  await smtp.close();
});

const message: AlertMessage = {
  key: 'installation.7.raised.0',
  alertId: 7,
  cause: 'halt:3',
  severity: 'critical',
  kind: 'raised',
  n: 0,
  title: 'Halted: <!channel> & <http://x|y>',
  detail: { account: 'paper' },
  raisedAt: instant(0),
  clearedAt: null,
};

function channel(name: string) {
  const mail = { smtpUrl: smtp.url, from: 'tradewind@example.org', to: ['ops@example.org', 'night@example.org'] };
  const all = openChannels({
    webhookUrl: `${http.url}/hook/secret-path`,
    slackUrl: `${http.url}/slack/secret-path`,
    slackCriticalUrl: `${http.url}/slack-critical`,
    pagerDuty: { routingKey: 'R0', baseUrl: http.url },
    mail,
  });
  const found = all.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no channel ${name}`);
  return found;
}

it('only what is set is a channel', () => {
  expect(openChannels({})).toEqual([]);
  expect(openChannels({ slackUrl: 'https://x' }).map(({ name }) => name)).toEqual(['slack']);
});

it('the webhook gets every fact, and the same key at each attempt', async () => {
  expect(await channel('webhook').send(message)).toEqual({ kind: 'delivered' });
  await channel('webhook').send(message);
  const [first, second] = http.received;
  expect(first).toMatchObject({
    path: '/hook/secret-path',
    body: {
      version: 1,
      id: message.key,
      alertId: 7,
      cause: 'halt:3',
      severity: 'critical',
      detail: { account: 'paper' },
    },
  });
  expect([first, second].map((one) => one?.headers['idempotency-key'])).toEqual([message.key, message.key]);
});

it('Slack shows text of strangers as text', async () => {
  expect(await channel('slack-critical').send(message)).toEqual({ kind: 'delivered' });
  const { text } = http.received[0]?.body as { text: string };
  expect(text).toContain('[critical] Halted: &lt;!channel&gt; &amp; &lt;http://x|y&gt;\nsince 1970');
  expect(text).not.toMatch(/[<>]/);
});

describe('PagerDuty', () => {
  const actions = () => http.received.map(({ body }) => body['event_action']);

  it('opens an incident by the cause, joins it when told again, and resolves it', async () => {
    await channel('pagerduty').send(message);
    await channel('pagerduty').send({ ...message, kind: 'repeated', n: 1 });
    await channel('pagerduty').send({ ...message, kind: 'cleared', clearedAt: instant(5) });
    expect(actions()).toEqual(['trigger', 'trigger', 'resolve']);
    expect(http.received.every(({ path, body }) => path === '/v2/enqueue' && body['dedup_key'] === 'halt:3')).toBe(
      true,
    );
    expect(http.received[0]?.body).toMatchObject({ routing_key: 'R0', payload: { severity: 'critical' } });
  });

  it('a test leaves no incident behind', async () => {
    await channel('pagerduty').send({ ...message, kind: 'test' });
    expect(actions()).toEqual(['trigger', 'resolve']);
  });
});

describe('mail', () => {
  it('is one thread an alert, in plain text, with one id at every attempt', async () => {
    expect(await channel('email').send(message)).toEqual({ kind: 'delivered' });
    await channel('email').send({
      ...message,
      kind: 'cleared',
      key: 'installation.7.cleared.0',
      clearedAt: instant(5),
    });
    const [first = '', second = ''] = smtp.letters;
    expect(first).toContain('Message-ID: <installation.7.raised.0@tradewind>');
    expect(first).toContain('To: ops@example.org, night@example.org');
    expect(first).toContain('Subject: [critical] Halted:');
    expect(second).toContain('In-Reply-To: <installation.7.raised.0@tradewind>');
  });

  it.each([
    [451, { kind: 'retry', reason: 'smtp 451' }],
    [554, { kind: 'refused', reason: 'smtp 554' }],
  ])('a refusal with %d', async (code, outcome) => {
    smtp.codes.push(code);
    expect(await channel('email').send(message)).toEqual(outcome);
  });

  it('a wrong log-in and a server that is away are told apart, without their address', async () => {
    const mail = { from: 'a@example.org', to: ['b@example.org'] };
    const wrong = openChannels({ mail: { ...mail, smtpUrl: smtp.url.replace('letter-box', 'wrong') } })[0];
    expect(await wrong?.send(message)).toEqual({ kind: 'refused', reason: 'smtp 535' });
    const away = openChannels({ mail: { ...mail, smtpUrl: 'smtp://127.0.0.1:1' } })[0];
    expect(await away?.send(message)).toMatchObject({
      kind: 'retry',
      reason: expect.stringContaining('no connection') as string,
    });
  });
});

describe('an answer that is none', () => {
  it.each([
    [{ status: 500 }, { kind: 'retry', reason: 'http 500' }],
    [
      { status: 429, headers: { 'Retry-After': '30' } },
      { kind: 'retry', reason: 'http 429', afterMs: 30_000 },
    ],
    [
      { status: 503, headers: { 'Retry-After': 'soon' } },
      { kind: 'retry', reason: 'http 503' },
    ],
    [{ status: 404 }, { kind: 'refused', reason: 'http 404' }],
    [
      { status: 302, headers: { Location: '/elsewhere' } },
      { kind: 'refused', reason: 'http 302' },
    ],
  ] as const)('%j', async (reply, outcome) => {
    http.replies.push(reply);
    expect(await channel('webhook').send(message)).toEqual(outcome);
    expect(http.received).toHaveLength(1);
  });

  it('a line that breaks says so without the address', async () => {
    http.replies.push('drop');
    const outcome = await channel('webhook').send(message);
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringMatching(/^no connection/) as string });
    expect(JSON.stringify(outcome)).not.toContain('secret-path');
  });

  it('time that is over has its own word', () => {
    expect(networkReason(Object.assign(new Error('x'), { name: 'TimeoutError' }))).toBe('timeout');
    expect(networkReason('x')).toBe('no connection');
  });
});
