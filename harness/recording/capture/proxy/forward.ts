/**
 * Sends one request on to its target and the answer back, byte for byte and as it comes: nothing is held, nothing is
 * read whole, and whichever side goes away, the other learns of it as it would have without a proxy in between.
 */
import { Agent as PlainAgent, type IncomingMessage, request as plain, type ServerResponse } from 'node:http';
import { Agent as TlsAgent, request as tls } from 'node:https';
import { endToEnd, without } from './headers.ts';

/** Milliseconds an idle connection is kept for the next request: less than the 5 seconds servers commonly wait. */
const IDLE_MS = 2_000;

/** A service to forward to. */
export interface Target {
  readonly url: URL;
  readonly agent: PlainAgent | TlsAgent;
}

export function openTarget(url: URL): Target {
  const options = { keepAlive: true, timeout: IDLE_MS };
  return { url, agent: url.protocol === 'https:' ? new TlsAgent(options) : new PlainAgent(options) };
}

/** How an exchange ended: whole, before a byte reached the target, or broken by either side on the way. */
export type ForwardEnd = 'answered' | 'unreachable' | 'broken';

/** What a forwarded exchange tells while it passes. */
export interface ForwardWatch {
  onRequestData(chunk: Buffer): void;
  onAnswerStart(status: number, headers: IncomingMessage['headers']): void;
  onAnswerData(chunk: Buffer): void;
  /** Called once. */
  onEnd(how: ForwardEnd): void;
}

const REPLACED = new Set(['host', 'expect']);

/** Forwards one exchange. `added` are headers to add (name, value, …). */
export function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  target: Target,
  added: readonly string[],
  watch: ForwardWatch,
): void {
  let ended = false;
  const end = (how: ForwardEnd): void => {
    if (ended) return;
    ended = true;
    watch.onEnd(how);
  };
  const { url, agent } = target;
  const outbound = (url.protocol === 'https:' ? tls : plain)({
    agent,
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    method: incoming.method,
    path: `${url.pathname.replace(/\/+$/, '')}${incoming.url ?? '/'}`,
    headers: [
      'Host',
      url.host,
      ...without(endToEnd(incoming.rawHeaders), REPLACED),
      ...framing(incoming),
      ...added,
    ],
  });
  let connected = false;
  outbound.on('socket', (socket) => {
    connected = !socket.connecting;
    // A connection kept alive never connects again: a listener would stay on it for ever.
    if (connected) return;
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      connected = true;
    });
  });
  outbound.on('response', (answer) => {
    outgoing.sendDate = false;
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, endToEnd(answer.rawHeaders));
    watch.onAnswerStart(answer.statusCode ?? 502, answer.headers);
    answer.on('data', (chunk: Buffer) => watch.onAnswerData(chunk));
    answer.on('end', () => {
      const trailers = trailersOf(answer);
      if (trailers.length > 0) outgoing.addTrailers(trailers);
      end('answered');
      outgoing.end();
    });
    answer.on('close', () => {
      if (answer.complete) return;
      end('broken');
      outgoing.destroy();
    });
    answer.on('error', () => undefined);
    answer.pipe(outgoing, { end: false });
  });
  outbound.on('error', () => {
    if (outgoing.headersSent) {
      end('broken');
      outgoing.destroy();
      return;
    }
    end(connected ? 'broken' : 'unreachable');
    incoming.resume();
    outgoing.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' });
    outgoing.end('golem record: the target did not answer\n');
  });
  outgoing.on('close', () => {
    if (outgoing.writableFinished) return;
    end('broken');
    outbound.destroy();
  });
  outgoing.on('error', () => undefined);
  incoming.on('error', () => outbound.destroy());
  incoming.on('data', (chunk: Buffer) => watch.onRequestData(chunk));
  incoming.pipe(outbound);
}

/** The headers that announce the body to the target as it was announced to the proxy. */
function framing(incoming: IncomingMessage): readonly string[] {
  if (incoming.headers['transfer-encoding'] !== undefined) return ['Transfer-Encoding', 'chunked'];
  if (incoming.headers['content-length'] !== undefined) return [];
  return /^(?:POST|PUT|PATCH)$/.test(incoming.method ?? '') ? ['Content-Length', '0'] : [];
}

function trailersOf(answer: IncomingMessage): [string, string][] {
  const pairs: [string, string][] = [];
  const raw = answer.rawTrailers;
  for (let index = 0; index + 1 < raw.length; index += 2) pairs.push([raw[index]!, raw[index + 1]!]);
  return pairs;
}
