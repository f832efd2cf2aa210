import { Writable } from 'node:stream';
import { errorFacts } from './error-facts';
import { createLogger } from './logger';

function capture(): { lines: () => Record<string, unknown>[]; destination: Writable } {
  let text = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const lines = (): Record<string, unknown>[] =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { lines, destination };
}

describe('the logger', () => {
  it('names its service and writes one JSON object a line', () => {
    const { lines, destination } = capture();
    createLogger({ service: 'api', destination }).info({ route: '/v1/trades' }, 'answered');
    expect(lines()).toEqual([
      expect.objectContaining({ service: 'api', level: 'info', route: '/v1/trades', msg: 'answered' }),
    ]);
  });

  it.each(['authorization', 'x-api-key', 'key', 'token', 'secret', 'password', 'body'])(
    'cuts out %s at any depth',
    (field) => {
      const { lines, destination } = capture();
      const logger = createLogger({ service: 'api', destination });
      logger.info(
        { [field]: 's3cret', headers: { [field]: 's3cret' }, request: { headers: { [field]: 's3cret' } } },
        'x',
      );
      expect(JSON.stringify(lines())).not.toContain('s3cret');
    },
  );

  it('logs an error without the values that its message quotes', () => {
    const { lines, destination } = capture();
    const error = Object.assign(new Error('invalid input syntax for type numeric: "s3cret"'), { code: '22P02' });
    createLogger({ service: 'api', destination }).error({ err: error }, 'a statement failed');
    const line = lines()[0];
    expect(JSON.stringify(line)).not.toContain('s3cret');
    expect(line).toMatchObject({
      err: { name: 'Error', code: '22P02', message: 'invalid input syntax for type numeric: …' },
    });
  });
});

describe('the facts of an error', () => {
  it('hold its causes and no connection string', () => {
    const error = new Error('cannot reach postgres://u:s3cret@host/db', { cause: new TypeError("bad 's3cret' value") });
    const facts = errorFacts(error);
    expect(JSON.stringify({ ...facts, stack: [] })).not.toContain('s3cret');
    expect(facts.cause?.name).toBe('TypeError');
    expect(facts.stack?.every((line) => line.startsWith('at '))).toBe(true);
  });

  it('name the type of something that is no error', () => {
    expect(errorFacts('s3cret')).toEqual({ name: 'string', message: 'not an error object' });
  });
});
