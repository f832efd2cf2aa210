import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf } from '../../domain/analysis/prompt';
import type { AnalysisData } from '../../domain/analysis/analysis-data';
import type { Message } from '../../domain/analysis/prompt';
import type { Reply, Scripted } from './replies';

/** The body of a chat completion, as far as the simulator reads it. */
export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly Message[];
  readonly stream?: boolean;
  readonly max_completion_tokens?: number;
  readonly response_format?: unknown;
}

/** One request that the endpoint took, and how it was answered. */
export interface Exchange {
  readonly request: ChatRequest;
  readonly reply: Reply;
  /** True once the other side hung up before the answer was complete. */
  hungUp: boolean;
}

export interface LlmSimulatorOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Replies in turn; the last one stands for ever. */
  readonly script: readonly Scripted[];
  /** Told about each request, in one line. */
  readonly report?: (line: string) => void;
}

const LARGEST_REQUEST = 4 * 1024 * 1024;
const HOST = '127.0.0.1';
/** Characters that count as one token here; close to what real tokenisers make of prose and figures. */
const CHARACTERS_A_TOKEN = 4;
/** Characters of one streamed piece. */
const PIECE = 24;

/**
 * A language model of no intelligence behind OpenAI's chat completions protocol, streamed or whole, with scripted views
 * and faults. It listens on this machine only, wants any bearer key, and bills by length.
 */
export class LlmSimulator {
  readonly exchanges: Exchange[] = [];
  private readonly server: Server;
  private script: readonly Scripted[];
  private turn = 0;

  private constructor(private readonly options: LlmSimulatorOptions) {
    this.script = options.script;
    this.server = createServer((request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        sendError(response, 400, 'invalid_request', error instanceof Error ? error.message : 'unreadable');
      });
    });
  }

  /** Starts listening. @throws Error when the port is taken. */
  static async start(options: LlmSimulatorOptions): Promise<LlmSimulator> {
    const simulator = new LlmSimulator(options);
    await new Promise<void>((resolve, reject) => {
      simulator.server.once('error', reject);
      simulator.server.listen(options.port, HOST, resolve);
    });
    return simulator;
  }

  /** What belongs into OPENAI_BASE_URL. */
  get baseUrl(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** Begins another script, with a clean record. */
  play(...script: readonly Scripted[]): void {
    this.script = script;
    this.turn = 0;
    this.exchanges.length = 0;
  }

  /** Hangs up on everybody. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url } = request;
    if (method === 'GET' && url === '/v1/models') {
      send(response, 200, {
        object: 'list',
        data: [{ id: 'simulated', object: 'model', created: 0, owned_by: 'tradewind' }],
      });
      return;
    }
    if (method !== 'POST' || url !== '/v1/chat/completions') {
      sendError(response, 404, 'not_found', 'this simulator has /v1/chat/completions and /v1/models');
      return;
    }
    if (!/^Bearer \S+$/.test(request.headers.authorization ?? '')) {
      sendError(response, 401, 'invalid_api_key', 'a bearer key is missing; any will do');
      return;
    }
    const chat = JSON.parse(await bodyOf(request)) as ChatRequest;
    const reply = this.next(dataOf(chat.messages));
    const exchange: Exchange = { request: chat, reply, hungUp: false };
    this.exchanges.push(exchange);
    this.options.report?.(`request ${this.exchanges.length} for ${chat.model}: ${reply.kind}`);
    const gone = new AbortController();
    response.once('close', () => {
      exchange.hungUp = !response.writableFinished;
      gone.abort();
    });
    await this.answer(chat, reply, response, gone.signal);
  }

  private next(data: AnalysisData): Reply {
    const scripted = this.script[Math.min(this.turn, this.script.length - 1)];
    this.turn += 1;
    if (scripted === undefined) throw new Error('the script is empty');
    return scripted(data);
  }

  private async answer(chat: ChatRequest, reply: Reply, response: ServerResponse, gone: AbortSignal): Promise<void> {
    switch (reply.kind) {
      case 'status':
        if (reply.retryAfter !== undefined) response.setHeader('Retry-After', reply.retryAfter);
        sendError(response, reply.status, reply.code, 'as the script says');
        return;
      case 'slow':
        await sleep(reply.ms, undefined, { signal: gone }).catch(() => undefined);
        if (!gone.aborted) await this.answer(chat, reply.then, response, gone);
        return;
      case 'text':
      case 'refusal':
      case 'length':
        if (chat.stream === true) stream(response, chat, reply);
        else send(response, 200, whole(chat, reply));
        return;
      case 'hang':
      case 'cut': {
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (const delta of pieces({ kind: 'text', text: reply.text })) event(response, chunk(chat, delta, null));
        // What was written leaves before the line is cut.
        if (reply.kind === 'cut') setTimeout(() => response.destroy(), 20);
      }
    }
  }
}

type Spoken = Extract<Reply, { kind: 'text' | 'refusal' | 'length' }>;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) {
    body += (piece as Buffer).toString('utf8');
    if (body.length > LARGEST_REQUEST) throw new Error('the request is too large');
  }
  return body;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  if (response.headersSent) response.destroy();
  else send(response, status, { error: { message, type: code, param: null, code } });
}

function tokens(characters: number): number {
  return Math.ceil(characters / CHARACTERS_A_TOKEN);
}

function usage(chat: ChatRequest, reply: Spoken): object {
  const prompt = tokens(chat.messages.reduce((sum, { content }) => sum + content.length, 0));
  const completion = tokens(reply.text.length);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

function finishReason(reply: Spoken): string {
  return reply.kind === 'length' ? 'length' : 'stop';
}

function whole(chat: ChatRequest, reply: Spoken): object {
  const said =
    reply.kind === 'refusal' ? { content: null, refusal: reply.text } : { content: reply.text, refusal: null };
  return {
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    created: 0,
    model: chat.model,
    choices: [
      { index: 0, message: { role: 'assistant', ...said }, finish_reason: finishReason(reply), logprobs: null },
    ],
    usage: usage(chat, reply),
  };
}

/** An answer in the pieces in which it is streamed. */
function pieces(reply: Spoken): readonly object[] {
  const field = reply.kind === 'refusal' ? 'refusal' : 'content';
  const parts = reply.text.match(new RegExp(`[^]{1,${PIECE}}`, 'gu')) ?? [];
  return [{ role: 'assistant' }, ...parts.map((part) => ({ [field]: part }))];
}

function chunk(chat: ChatRequest, delta: object, finish: string | null): object {
  return {
    id: 'chatcmpl-simulated',
    object: 'chat.completion.chunk',
    created: 0,
    model: chat.model,
    choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
  };
}

function event(response: ServerResponse, data: object): void {
  response.write(`data: ${JSON.stringify(data)}\n\n`);
}

function stream(response: ServerResponse, chat: ChatRequest, reply: Spoken): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (const delta of pieces(reply)) event(response, chunk(chat, delta, null));
  event(response, chunk(chat, {}, finishReason(reply)));
  event(response, { ...chunk(chat, {}, null), choices: [], usage: usage(chat, reply) });
  response.end('data: [DONE]\n\n');
}
