/**
 * The recording reverse proxy: a listener before the service and one before each of its upstreams, all feeding one
 * session. It is for services that cannot take the middleware; what it cannot know for sure it does not record.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import { pathOf } from '../capture.ts';
import type { CaptureSession } from '../session.ts';
import { forward, openTarget, type Target } from './forward.ts';
import { endToEnd, without } from './headers.ts';
import { idsOf, Joiner, type UnderWay } from './join.ts';

export interface Listening {
  readonly host: string;
  /** 0 asks the system for a free port. */
  readonly port: number;
}

export interface ProxyOptions {
  readonly session: CaptureSession;
  readonly listen: Listening;
  readonly target: URL;
  readonly upstreams: readonly { readonly listen: Listening; readonly target: URL }[];
}

/** What joins could not be made. */
export interface JoinCounts {
  /** Upstream calls that could have belonged to more than one request. */
  readonly ambiguousCalls: number;
  /** Upstream calls while no request was under way. */
  readonly strayCalls: number;
}

export interface RunningProxy {
  readonly url: string;
  readonly upstreamUrls: readonly string[];
  joins(): JoinCounts;
  /** Takes no new requests and waits for those under way, 10 seconds at most. */
  close(): Promise<void>;
}

/** Bytes of headers taken: what the target takes is the target's business, so more than servers commonly do. */
const HEADER_BYTES = 64 * 1024;
const CLOSE_MS = 10_000;

/** Starts the proxy. Rejects with the system's error when it cannot listen. */
export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { session } = options;
  const joiner = new Joiner();
  const counts = { ambiguousCalls: 0, strayCalls: 0 };
  const service = openTarget(options.target);
  const targets: Target[] = [service];
  const servers: Server[] = [];

  async function open(at: Listening, server: Server, target: Target): Promise<string> {
    server.on('upgrade', (incoming, socket, head) => tunnel(incoming, socket, head, target));
    servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at.port, at.host, resolve);
    });
    const { port } = server.address() as AddressInfo;
    return `http://${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`;
  }

  /** An upstream call whose owner is known is watched; one that may be several requests' makes all of them unusable. */
  function onCall(target: Target): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
    return (incoming, outgoing) => {
      const joined = joiner.ownerOf(incoming.headers);
      if (joined.state === 'nobody') counts.strayCalls += 1;
      if (joined.state === 'ambiguous') {
        counts.ambiguousCalls += 1;
        for (const { intake } of joined.candidates)
          if (intake !== null) session.recorder.lose(intake, 'ambiguous_upstream');
      }
      const intake = joined.state === 'one' ? joined.request.intake : null;
      const call =
        intake?.beginCall(incoming.method ?? 'GET', `${addressOf(target)}${incoming.url ?? '/'}`) ?? null;
      forward(incoming, outgoing, target, [], {
        onRequestData: (chunk) => call?.sent.add(chunk),
        onAnswerStart: (status, headers) => {
          if (call === null) return;
          call.status = status;
          call.contentEncoding = headers['content-encoding'] ?? '';
        },
        onAnswerData: (chunk) => call?.received.add(chunk),
        onEnd: (how) => call?.end(how === 'answered'),
      });
    };
  }

  try {
    const url = await open(options.listen, proxyServer(onRequest(session, joiner, service)), service);
    const upstreamUrls: string[] = [];
    for (const upstream of options.upstreams) {
      const target = openTarget(upstream.target);
      targets.push(target);
      upstreamUrls.push(await open(upstream.listen, proxyServer(onCall(target)), target));
    }
    return { url, upstreamUrls, joins: () => ({ ...counts }), close };
  } catch (error) {
    await close();
    throw error;
  }

  async function close(): Promise<void> {
    const listening = servers.filter((server) => server.listening);
    // The service's listener first: a request under way may still need its upstream.
    for (const server of listening) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const deadline = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(deadline);
    }
    for (const target of targets) target.agent.destroy();
  }
}

/** Forwards a request to the service and, if it is a write, records it. */
function onRequest(
  { recorder, settings }: CaptureSession,
  joiner: Joiner,
  target: Target,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    const intake = recorder.open({
      method: incoming.method ?? 'GET',
      path: pathOf(incoming.url ?? '/', settings.pathPrefix),
      headers: incoming.headers,
      user: () => settings.userOf(incoming, incoming),
    });
    // With an id on every request, a service that passes ids on needs nothing else for its calls to be joined.
    const added =
      incoming.headers['x-request-id'] === undefined ? (['X-Request-Id', randomUUID()] as const) : [];
    const ids = new Set(idsOf(incoming.headers));
    if (added[1] !== undefined) ids.add(`x-request-id ${added[1]}`);
    const underWay: UnderWay = { ids, intake };
    joiner.enter(underWay);
    const head = { status: 502, contentType: '', contentEncoding: '' };
    forward(incoming, outgoing, target, added, {
      onRequestData: (chunk) => intake?.body.add(chunk),
      onAnswerStart: (status, headers) => {
        head.status = status;
        head.contentType = headers['content-type'] ?? '';
        head.contentEncoding = headers['content-encoding'] ?? '';
      },
      onAnswerData: (chunk) => intake?.answer.add(chunk),
      onEnd: (how) => {
        joiner.leave(underWay);
        if (intake === null) return;
        // Whether a write whose answer never came whole was made is known to nobody here.
        if (how === 'broken') recorder.lose(intake, 'aborted');
        if (how === 'unreachable') recorder.passOver(intake, 'refused');
        intake.end(head);
      },
    });
  };
}

function proxyServer(listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Server {
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      requestTimeout: 0,
      // Clients that offer HTTP/2 by an upgrade header send plain requests, which are to be recorded.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    listener,
  );
  server.maxHeadersCount = 0;
  return server;
}

function addressOf({ url }: Target): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

const REPLACED = new Set(['host']);

/** Joins two sockets for a protocol that is not HTTP, such as WebSocket; nothing of it is recorded. */
function tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer, { url }: Target): void {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const onConnect = (): void => {
    const headers = ['Host', url.host, ...without(endToEnd(incoming.rawHeaders), REPLACED)];
    headers.push('Connection', 'Upgrade', 'Upgrade', incoming.headers.upgrade ?? '');
    let text = `${incoming.method} ${url.pathname.replace(/\/+$/, '')}${incoming.url} HTTP/1.1\r\n`;
    for (let index = 0; index < headers.length; index += 2)
      text += `${headers[index]}: ${headers[index + 1]}\r\n`;
    outbound.write(`${text}\r\n`);
    outbound.write(head);
    socket.pipe(outbound);
    outbound.pipe(socket);
  };
  const outbound: Socket =
    url.protocol === 'https:'
      ? connectTls({ host, port, servername: host }, onConnect)
      : connect({ host, port }, onConnect);
  outbound.on('error', () => socket.destroy());
  socket.on('error', () => outbound.destroy());
  socket.on('close', () => outbound.destroy());
}
