/** The proxy between real sockets: what passes must pass unchanged, and what is recorded must be known for sure. */
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer, request, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedWrite } from '../../format.ts';
import { readRecording } from '../../read.ts';
import type { CaptureOptions } from '../options.ts';
import { sampleMigration } from '../sample-migration.fixture.ts';
import { type CaptureSession, type CaptureStats, openSession } from '../session.ts';
import { endToEnd } from './headers.ts';
import { idsOf, Joiner } from './join.ts';
import { type RunningProxy, startProxy } from './proxy.ts';

let folder = '';
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-proxy-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

interface Proxied extends RunningProxy {
  readonly session: CaptureSession;
  /** Closes both and reads what was recorded. */
  recorded(): Promise<{ readonly records: readonly RecordedWrite[]; readonly stats: CaptureStats }>;
}

async function proxy(
  target: string,
  upstreams: readonly string[] = [],
  options: Partial<CaptureOptions> = {},
): Promise<Proxied> {
  const session = openSession({
    migration: sampleMigration,
    to: join(folder, 'notes.ndjson'),
    user: 'x-user-id',
    env: 'dev',
    tzOffsetMinutes: 0,
    verbatim: true,
    onDrop: () => undefined,
    ...options,
  });
  const listen = { host: '127.0.0.1', port: 0 };
  const running = await startProxy({
    session,
    listen,
    target: new URL(target),
    upstreams: upstreams.map((url) => ({ listen, target: new URL(url) })),
  });
  const close = async (): Promise<CaptureStats> => {
    await running.close();
    return session.close();
  };
  closing.push(close);
  return {
    ...running,
    session,
    async recorded() {
      const stats = await close();
      const records: RecordedWrite[] = [];
      for await (const batch of (await readRecording(join(folder, 'notes.ndjson'))).batches)
        records.push(...batch.records);
      return { records, stats };
    },
  };
}

/** Sends bytes as they are and gives back the bytes that come until the other side ends. */
function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let got = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      got += chunk;
    });
    socket.on('end', () => resolve(got));
    socket.on('error', reject);
  });
}

const post = (url: string, body = '{"n":1}', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${url}/notes`, {
    method: 'POST',
    body,
    headers: { 'x-user-id': 'u1', 'content-type': 'application/json', ...headers },
  });

describe('headers', () => {
  it('of one connection stay behind, all others pass as they were spelled', () => {
    expect(
      endToEnd([
        'Host',
        'h',
        'Connection',
        'close, X-Mine',
        'X-MINE',
        '1',
        'TE',
        'trailers',
        'x-Other',
        '2',
        'x-Other',
        '3',
      ]),
    ).toEqual(['Host', 'h', 'x-Other', '2', 'x-Other', '3']);
  });

  it('tell by which ids a request is known', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect([...idsOf({ 'x-request-id': 'a', 'x-correlation-id': 'b', traceparent })]).toEqual([
      'x-request-id a',
      'x-correlation-id b',
      'trace 4bf92f3577b34da6a3ce929d0e0e4736',
    ]);
    expect(idsOf({ 'x-request-id': '', traceparent: 'nonsense' }).size).toBe(0);
  });
});

describe('a joiner', () => {
  const underWay = (id: string) => ({ ids: new Set([`x-request-id ${id}`]), intake: null });

  it('knows the owner of a call by an id, or as the only one, and else says that it does not', () => {
    const joiner = new Joiner();
    const [a, b] = [underWay('a'), underWay('b')];
    expect(joiner.ownerOf({})).toEqual({ state: 'nobody' });
    joiner.enter(a);
    expect(joiner.ownerOf({})).toEqual({ state: 'one', request: a });
    expect(joiner.ownerOf({ 'x-request-id': 'of its own' })).toEqual({ state: 'one', request: a });
    joiner.enter(b);
    expect(joiner.ownerOf({})).toEqual({ state: 'ambiguous', candidates: [a, b] });
    expect(joiner.ownerOf({ 'x-request-id': 'b' })).toEqual({ state: 'one', request: b });
    joiner.leave(a);
    expect(joiner.ownerOf({ 'x-request-id': 'a' })).toEqual({ state: 'one', request: b });
  });

  it('does not choose between two that carry the same id', () => {
    const joiner = new Joiner();
    const twins = [underWay('a'), underWay('a')];
    for (const twin of [...twins, underWay('b')]) joiner.enter(twin);
    expect(joiner.ownerOf({ 'x-request-id': 'a' })).toEqual({ state: 'ambiguous', candidates: twins });
  });
});

describe('what passes the proxy', () => {
  it('arrives as it was sent: method, path, headers, body', async () => {
    let seen = '';
    const target = await serve((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        seen = JSON.stringify([
          incoming.method,
          incoming.url,
          incoming.rawHeaders,
          String(Buffer.concat(chunks)),
        ]);
        outgoing.end();
      });
    });
    const { url } = await proxy(`${target.url}/base`);
    const host = new URL(target.url).host;
    const head = 'X-Spelled-So: 1\r\nX-Twice: a\r\nX-Twice: b\r\nX-Request-Id: r\r\n';
    await raw(
      url,
      `PUT /a%20b?q=%C3%B8&q HTTP/1.1\r\nHost: here\r\n${head}Content-Length: 3\r\nConnection: close\r\n\r\nabc`,
    );
    const rest = ['X-Spelled-So', '1', 'X-Twice', 'a', 'X-Twice', 'b', 'X-Request-Id', 'r'];
    const connection = ['Connection', 'keep-alive'];
    expect(JSON.parse(seen)).toEqual([
      'PUT',
      '/base/a%20b?q=%C3%B8&q',
      ['Host', host, ...rest, 'Content-Length', '3', ...connection],
      'abc',
    ]);
    await raw(
      url,
      `POST / HTTP/1.1\r\nHost: here\r\n${head}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n`,
    );
    expect(JSON.parse(seen)).toEqual([
      'POST',
      '/base/',
      ['Host', host, ...rest, 'Transfer-Encoding', 'chunked', ...connection],
      'abcd',
    ]);
    await raw(url, `POST / HTTP/1.1\r\nHost: here\r\n${head}Connection: close\r\n\r\n`);
    expect(JSON.parse(seen)[2]).toEqual(['Host', host, ...rest, 'Content-Length', '0', ...connection]);
  });

  it.each([
    [
      'with a length',
      'HTTP/1.1 418 My Own Words\r\nX-A: 1\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\n\r\nabc',
    ],
    [
      'in chunks, with a trailer',
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n',
    ],
    ['without a body', 'HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n'],
  ])('comes back as it was answered: %s', async (_, answer) => {
    const target = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer, 'latin1'));
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    closing.push(() => target.close());
    const { url } = await proxy(`http://127.0.0.1:${(target.address() as AddressInfo).port}`);
    const got = await raw(url, 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
    const end = answer.indexOf('\r\n\r\n');
    const [head, body] = [answer.slice(0, end), answer.slice(end + 4)];
    for (const line of head.split('\r\n')) expect(got).toContain(`${line}\r\n`);
    expect(got).not.toMatch(/^date:/im);
    expect(got.slice(got.indexOf('\r\n\r\n') + 4)).toBe(body);
  });

  it('comes in pieces as they come, however much it is', async () => {
    const gate = Promise.withResolvers<void>();
    const target = await serve((incoming, outgoing) => {
      incoming.once('data', () => outgoing.write('early'));
      incoming.on('end', async () => {
        await gate.promise;
        outgoing.end(Buffer.alloc(8_000_000, 'z'));
      });
      incoming.resume();
    });
    const { url } = await proxy(target.url);
    const sending = request(`${url}/big`, { method: 'POST', agent: new Agent() });
    sending.write('first');
    const answer = await new Promise<NodeJS.ReadableStream>((resolve) => sending.on('response', resolve));
    const first = await new Promise((resolve) => answer.once('data', (chunk) => resolve(String(chunk))));
    expect(first).toBe('early');
    sending.end(Buffer.alloc(8_000_000));
    gate.resolve();
    let bytes = 0;
    for await (const chunk of answer) bytes += chunk.length;
    expect(bytes).toBe(8_000_000);
  });

  it('leaves nothing behind on a connection that serves many', async () => {
    const warnings: string[] = [];
    const warned = (warning: Error) => warnings.push(warning.message);
    process.on('warning', warned);
    closing.push(() => process.off('warning', warned));
    const connections = new Set<number | undefined>();
    const target = await serve((incoming, outgoing) => {
      connections.add(incoming.socket.remotePort);
      incoming.resume().on('end', () => outgoing.end('ok'));
    });
    const { url } = await proxy(target.url);
    for (let sent = 0; sent < 15; sent++) await (await fetch(`${url}/other`)).text();
    expect(connections.size).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('is 502 where nobody answers, and recorded as nothing', async () => {
    const proxied = await proxy('http://127.0.0.1:9');
    const answer = await post(proxied.url);
    expect([answer.status, await answer.text()]).toEqual([502, 'golem record: the target did not answer\n']);
    const { records, stats } = await proxied.recorded();
    expect([records.length, stats.dropped, stats.passed.refused]).toEqual([0, {}, 1]);
  });

  it('breaks where the target breaks off, and is counted as lost', async () => {
    const target = await serve((incoming, outgoing) => {
      incoming.resume().on('end', () => {
        if (incoming.headers['x-half'] === undefined) incoming.socket.destroy();
        else {
          outgoing.writeHead(200, { 'content-length': '10' }).write('12345');
          setTimeout(() => outgoing.destroy(), 20);
        }
      });
    });
    const proxied = await proxy(target.url);
    expect((await post(proxied.url)).status).toBe(502);
    const half = await post(proxied.url, '{}', { 'x-half': '1' });
    await expect(half.text()).rejects.toThrow('terminated');
    const { records, stats } = await proxied.recorded();
    expect([records.length, stats.dropped]).toEqual([0, { aborted: 2 }]);
  });

  it('lets the target know when its sender goes away', async () => {
    const left = Promise.withResolvers<void>();
    const target = await serve((incoming) => {
      incoming.resume();
      incoming.socket.on('close', () => left.resolve());
    });
    const proxied = await proxy(target.url);
    const sending = request(`${proxied.url}/notes`, { method: 'POST', headers: { 'x-user-id': 'u1' } });
    sending.on('error', () => undefined);
    sending.end('{}');
    await expect.poll(() => proxied.session.stats().inFlight).toBe(1);
    await sleep(20);
    sending.destroy();
    await left.promise;
    expect((await proxied.recorded()).stats.dropped).toEqual({ aborted: 1 });
  });

  it('may be another protocol, which is joined through', async () => {
    const target = await serve((_, outgoing) => void outgoing.end('plain'));
    target.server.on('upgrade', (incoming, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${incoming.headers.upgrade}\r\nConnection: Upgrade\r\n\r\n`,
      );
      socket.on('data', (chunk: Buffer) => socket.end(`echo ${chunk}`));
    });
    const { url } = await proxy(target.url);
    const { hostname, port } = new URL(url);
    const got = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), hostname, () =>
        socket.write('GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'),
      );
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        if (text === '') socket.write('hello');
        text += chunk;
      });
      socket.on('end', () => resolve(text));
    });
    expect(got).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\necho hello$/s);
    // An offer of HTTP/2 is no wish for a tunnel: such requests are plain ones.
    const offer = 'GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n';
    expect(await raw(url, offer)).toMatch(/plain$|plain\r\n0\r\n\r\n$/);
  });
});

/** A service that calls its upstream once per request, passing ids on or not, and answers what it got. */
async function callingService(options: {
  readonly passesIds: boolean;
  readonly upstreamMs?: number;
}): Promise<Proxied> {
  const upstream = await serve((incoming, outgoing) => {
    incoming.resume();
    setTimeout(() => outgoing.end(`answer to ${incoming.url}`), options.upstreamMs ?? 0);
  });
  let ask = '';
  const service = await serve((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', async () => {
      const id = incoming.headers['x-request-id'];
      const answer = await fetch(`${ask}/v1/${JSON.parse(String(Buffer.concat(chunks))).n}`, {
        method: 'POST',
        body: 'question',
        headers: options.passesIds && typeof id === 'string' ? { 'x-request-id': id } : {},
      });
      outgoing.setHeader('content-type', 'application/json');
      outgoing.end(JSON.stringify(await answer.text()));
    });
  });
  const proxied = await proxy(service.url, [upstream.url]);
  ask = proxied.upstreamUrls[0] ?? '';
  return proxied;
}

describe('upstream calls through the proxy', () => {
  it('are recorded with the only request under way', async () => {
    const proxied = await callingService({ passesIds: false });
    for (const n of [1, 2])
      expect(await (await post(proxied.url, `{"n":${n}}`)).json()).toBe(`answer to /v1/${n}`);
    const { records, stats } = await proxied.recorded();
    expect(stats.dropped).toEqual({});
    expect(records.map(({ upstream }) => upstream.map(({ response }) => response))).toEqual([
      [{ status: 200, body: 'answer to /v1/1' }],
      [{ status: 200, body: 'answer to /v1/2' }],
    ]);
    expect(records[0]?.upstream[0]?.request).toMatchObject({
      method: 'POST',
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1\/1$/),
      // SHA-256 of "question", worked out with openssl.
      body_sha256: '1f5087db919ced5c123c7f507d3fcce818cb0cf6e77c2f95a8a35e951e03fdb9',
    });
  });

  it('are told apart by the id that the service passes on, which the proxy gives each request', async () => {
    const proxied = await callingService({ passesIds: true, upstreamMs: 30 });
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => post(proxied.url, `{"n":${n}}`, { 'x-user-id': `u${n}` })),
    );
    const { records, stats } = await proxied.recorded();
    expect([records.length, stats.dropped]).toEqual([12, {}]);
    for (const {
      request: { body },
      upstream,
    } of records)
      expect(upstream.map(({ response }) => response?.body)).toEqual([
        `answer to /v1/${(body as { n: number }).n}`,
      ]);
  });

  it('that could be several requests’ are nobody’s: those requests are lost, and counted', async () => {
    const proxied = await callingService({ passesIds: false, upstreamMs: 60 });
    const both = [post(proxied.url, '{"n":1}'), post(proxied.url, '{"n":2}', { 'x-user-id': 'u2' })];
    for (const answer of await Promise.all(both)) expect(answer.status).toBe(200);
    await post(proxied.url, '{"n":3}');
    const { records, stats } = await proxied.recorded();
    expect(records.map(({ request: { body } }) => body)).toEqual([{ n: 3 }]);
    expect(stats.dropped).toEqual({ ambiguous_upstream: 2 });
    expect(proxied.joins().ambiguousCalls).toBeGreaterThan(0);
  });

  it('while no request is under way are passed on and counted', async () => {
    const proxied = await callingService({ passesIds: false });
    expect(await (await fetch(`${proxied.upstreamUrls[0]}/health`)).text()).toBe('answer to /health');
    expect(proxied.joins()).toEqual({ ambiguousCalls: 0, strayCalls: 1 });
  });

  it('without an answer are recorded as such', async () => {
    const upstream = await serve((incoming) => void incoming.socket.destroy());
    let ask = '';
    const service = await serve((incoming, outgoing) => {
      incoming.resume().on('end', async () => {
        const { status } = await fetch(`${ask}/v1`, { method: 'POST', body: 'q' });
        outgoing.writeHead(200, { 'content-type': 'application/json' }).end(String(status));
      });
    });
    const proxied = await proxy(service.url, [upstream.url]);
    ask = proxied.upstreamUrls[0] ?? '';
    expect(await (await post(proxied.url)).json()).toBe(502);
    const { records } = await proxied.recorded();
    expect(records[0]?.upstream.map(({ response }) => response)).toEqual([null]);
  });
});
