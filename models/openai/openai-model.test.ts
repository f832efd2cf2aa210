import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelOutcome, ModelRequest } from '../../domain/analysis/language-model';
import { OpenAiModel } from './openai-model';

const request: ModelRequest = {
  model: 'm-1',
  messages: [{ role: 'user', content: 'What now?' }],
  schema: { name: 'analysis', schema: { type: 'object' } },
  temperature: 0,
  maxOutputTokens: 100,
};

describe('an endpoint that speaks the protocol of OpenAI', () => {
  let server: Server;
  let serve: (response: ServerResponse) => void;
  let asked: { headers: NodeJS.Dict<string | string[]>; body: Record<string, unknown> }[];
  beforeEach(async () => {
    asked = [];
    server = createServer((incoming, response) => {
      let body = '';
      incoming.on('data', (piece: Buffer) => (body += piece.toString()));
      incoming.on('end', () => {
        asked.push({ headers: incoming.headers, body: JSON.parse(body) as Record<string, unknown> });
        serve(response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const baseUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  function complete(
    change: Partial<ModelRequest> = {},
    deadlineMs = 5_000,
    abort = new AbortController().signal,
  ): Promise<ModelOutcome> {
    const model = new OpenAiModel({ baseUrl: baseUrl(), apiKey: 'k-123' });
    return model.complete({ ...request, ...change }, { deadlineMs, abort });
  }
  const events =
    (...all: unknown[]) =>
    (response: ServerResponse): void => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      for (const data of all) response.write(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
      response.end();
    };
  const said = (content: string | null, finish: string | null = null) => ({
    model: 'm-1-2026',
    choices: [{ delta: { content }, finish_reason: finish }],
  });
  const status =
    (code: number, body: object, headers: Record<string, string> = {}) =>
    (response: ServerResponse): void => {
      response.writeHead(code, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
  const fails = (reason: string, more: object = {}): object => ({ kind: 'failed', reason, ...more });

  it('is asked for a streamed answer by the schema, once, with the key and no other header of ours', async () => {
    serve = events(
      said('{"a":'),
      said('1}', 'stop'),
      { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } },
      '[DONE]',
    );
    expect(await complete()).toEqual({
      kind: 'answered',
      text: '{"a":1}',
      refusal: null,
      finish: 'stop',
      model: 'm-1-2026',
      use: { input: 7, output: 3 },
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer k-123' });
    expect(asked[0]?.headers['openai-organization']).toBeUndefined();
    expect(asked[0]?.body).toEqual({
      model: 'm-1',
      messages: [{ role: 'user', content: 'What now?' }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'analysis', strict: true, schema: { type: 'object' } },
      },
      temperature: 0,
      max_completion_tokens: 100,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it('is not told a temperature that is left to it', async () => {
    serve = events(said('x', 'stop'));
    expect(await complete({ temperature: null })).toMatchObject({ kind: 'answered', use: null });
    expect(asked[0]?.body).not.toHaveProperty('temperature');
  });

  it.each([
    ['length', 'length'],
    ['content_filter', 'filtered'],
    ['stop', 'stop'],
    ['eos', 'stop'],
  ])('that ends for the reason %s is read as %s', async (reason, finish) => {
    serve = events(said('x', reason));
    expect(await complete()).toMatchObject({ kind: 'answered', finish });
  });

  it('may decline in its own field', async () => {
    serve = events({ choices: [{ delta: { refusal: 'No.' }, finish_reason: 'stop' }] });
    expect(await complete()).toMatchObject({ kind: 'answered', text: '', refusal: 'No.', model: 'm-1' });
  });

  it.each([
    ['negative', { prompt_tokens: -1, completion_tokens: 3 }],
    ['broken', { prompt_tokens: 1.5, completion_tokens: 3 }],
    ['text', { prompt_tokens: '7', completion_tokens: 3 }],
  ])('that counts %s tokens has not counted', async (_, usage) => {
    serve = events(said('x', 'stop'), { choices: [], usage });
    expect(await complete()).toMatchObject({ kind: 'answered', use: null });
  });

  it.each([
    ['stops without a reason', events(said('x'))],
    ['sends something else than chunks', events(said('x'), { choices: 'none' })],
    ['sends no JSON', events(said('x'), 'garbage')],
    ['sends an error in the middle', events(said('x'), { error: { message: 'overloaded' } })],
    ['answers whole, though asked to stream', status(200, { choices: [{ message: { content: 'x' } }] })],
    [
      'cuts the line',
      (response: ServerResponse): void => {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        response.write('data: {"choices":[]}\n\n', () => setTimeout(() => response.destroy(), 10));
      },
    ],
  ])('that %s has given no complete answer, and may charge for it', async (_, how) => {
    serve = how;
    expect(await complete()).toMatchObject(fails('answer_truncated', { billed: 'unknown' }));
  });

  it('that never stops talking is cut off', async () => {
    let written = 0;
    serve = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      const line = `data: ${JSON.stringify(said('x'.repeat(10_000)))}\n\n`;
      const more = (): void => {
        while (!response.destroyed && response.write(line)) written += line.length;
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect(await complete({}, 30_000)).toMatchObject(fails('answer_truncated'));
    expect(written).toBeLessThan(32 * 1024 * 1024);
  });

  it.each([
    [429, { error: { code: 'rate_limit_exceeded' } }, 'rate_limited'],
    [429, { error: { code: 'insufficient_quota' } }, 'quota_exhausted'],
    [402, {}, 'quota_exhausted'],
    [401, { error: { code: 'invalid_api_key' } }, 'endpoint_rejected'],
    [404, { error: { code: 'model_not_found' } }, 'endpoint_rejected'],
    [400, {}, 'endpoint_rejected'],
    [408, {}, 'model_unavailable'],
    [500, {}, 'model_unavailable'],
    [503, {}, 'model_unavailable'],
  ])('that answers %i %j is read as %s, and charges nothing', async (code, body, reason) => {
    serve = status(code, body);
    expect(await complete()).toMatchObject(fails(reason, { billed: 'no', status: code, retryAfterMs: null }));
    expect(asked).toHaveLength(1);
  });

  it.each([
    [{ 'Retry-After': '3' }, 3_000],
    [{ 'Retry-After': '9', 'Retry-After-Ms': '120' }, 120],
    [{ 'Retry-After': 'soon' }, null],
    [{ 'Retry-After': '99999999' }, 86_400_000],
    [{ 'Retry-After': 'Wed, 01 Jan 2020 00:00:00 GMT' }, 0],
  ])('that asks to wait with %j is heard', async (headers, wait) => {
    serve = status(429, {}, headers);
    expect(await complete()).toMatchObject(fails('rate_limited', { retryAfterMs: wait }));
  });

  it('that quotes the key in an error is not quoted', async () => {
    serve = status(401, { error: { message: 'Incorrect key k-123', code: 'Incorrect key k-123' } });
    const outcome = await complete();
    expect(JSON.stringify(outcome)).not.toContain('k-123');
    expect(outcome).toMatchObject({ code: null });
  });

  it('that sends us elsewhere is not followed', async () => {
    let elsewhere = 0;
    serve = (response) => {
      elsewhere += 1;
      response.writeHead(307, { Location: `${baseUrl()}/other` }).end();
    };
    expect(await complete()).toMatchObject(fails('model_unavailable'));
    expect(elsewhere).toBe(1);
  });

  it('that says nothing in time is left, and may charge for it', async () => {
    serve = () => undefined;
    expect(await complete({}, 100)).toMatchObject(fails('model_timeout', { billed: 'unknown' }));
    serve = (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: {"choices":[]}\n\n');
    };
    expect(await complete({}, 200)).toMatchObject(fails('model_timeout', { billed: 'unknown' }));
  });

  it('is left when nobody wants the answer any more', async () => {
    const abort = new AbortController();
    serve = () => abort.abort();
    expect(await complete({}, 5_000, abort.signal)).toMatchObject(fails('aborted', { billed: 'unknown' }));
  });

  it('that is not there cannot charge', async () => {
    const model = new OpenAiModel({ baseUrl: baseUrl(), apiKey: 'k' });
    await new Promise((resolve) => server.close(resolve));
    const patience = { deadlineMs: 5_000, abort: new AbortController().signal };
    expect(await model.complete(request, patience)).toMatchObject(
      fails('model_unavailable', { billed: 'no', status: null }),
    );
  });
});
