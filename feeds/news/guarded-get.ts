import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { createGunzip } from 'node:zlib';
import type { Millis } from '../../domain/clock/instant';
import { TooLarge } from '../http';
import { ForbiddenAddress, guardedLookup, literalAddress } from './public-address';

/** A request to an address that somebody wrote into a file, and to where that one redirects. */
export interface GuardedGet {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Redirections that are followed; 0 follows none. */
  readonly redirects: number;
  /** Over everything, redirections and the body included. */
  readonly deadline: Millis;
  /** Of the body, unpacked; larger ones are refused while they are read. */
  readonly maxBytes: number;
  /** Asked of every address before it is connected to. */
  readonly isAllowed: (address: string) => boolean;
  readonly signal: AbortSignal;
}

/** A whole answer; header names in small letters. */
export interface GuardedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

const REDIRECTIONS = [301, 302, 303, 307, 308];

/**
 * GET, over http or https alone. Each host, those of redirections too, is looked up once, checked, and connected to at the
 * address that was checked.
 * @throws ForbiddenAddress, TooLarge, the reason of an aborted signal, or an Error when there was no whole answer
 */
export async function guardedGet(wish: GuardedGet): Promise<GuardedAnswer> {
  const deadline = AbortSignal.timeout(wish.deadline);
  const signal = AbortSignal.any([wish.signal, deadline]);
  try {
    let url = new URL(wish.url);
    for (let left = wish.redirects; ; left -= 1) {
      const answer = await once(url, wish, signal);
      const location = REDIRECTIONS.includes(answer.status) ? answer.headers.get('location') : null;
      if (location === null || wish.redirects === 0) return answer;
      if (left === 0) throw new Error(`more than ${wish.redirects} redirections`);
      url = redirected(url, location);
    }
  } catch (error) {
    if (wish.signal.aborted) throw wish.signal.reason;
    if (deadline.aborted) throw new Error(`no whole answer within ${wish.deadline} ms`);
    throw error;
  }
}

function redirected(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw new Error('it redirects to something that is no address');
  const to = new URL(location, from);
  if (to.protocol === from.protocol || (from.protocol === 'http:' && to.protocol === 'https:')) return to;
  throw new ForbiddenAddress('it redirects away from https, or to neither http nor https');
}

function once(
  url: URL,
  { headers, isAllowed, maxBytes }: Pick<GuardedGet, 'headers' | 'isAllowed' | 'maxBytes'>,
  signal: AbortSignal,
): Promise<GuardedAnswer> {
  const literal = literalAddress(url);
  if (literal !== undefined && !isAllowed(literal)) throw new ForbiddenAddress('it is at a private address');
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    // No agent: a connection that is kept could have been allowed to another source.
    const options = { agent: false, lookup: guardedLookup(isAllowed), signal };
    const sent = request(url, { ...options, headers: { 'accept-encoding': 'gzip', ...headers } }, (response) => {
      bodyOf(response, maxBytes).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body }),
        (error: unknown) => {
          sent.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}

function headersOf({ headers }: IncomingMessage): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

async function bodyOf(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity')
    throw new Error('its answer is packed in a way that was not asked for');
  const gunzip = encoding === 'gzip' ? createGunzip() : undefined;
  // An answer that breaks off ends the unpacking too.
  if (gunzip !== undefined) response.on('error', (error) => gunzip.destroy(error));
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (gunzip === undefined ? response : response.pipe(gunzip)) as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new TooLarge(`the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
