/**
 * The watch on requests, answers and upstream calls, held against every way in which services read, answer and call.
 * The services here do what they do with and without capture, and must not be able to tell.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { brotliCompressSync, createGzip, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { Agent, getGlobalDispatcher, interceptors, request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedWrite } from '../format.ts';
import { readRecording } from '../read.ts';
import { type Capture, captureWrites } from './capture.ts';
import type { CaptureOptions } from './options.ts';
import { sampleMigration } from './sample-migration.fixture.ts';

let folder = '';
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-capture-'));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

function capturing(options: Partial<CaptureOptions> = {}): Capture {
  const capture = captureWrites({
    migration: sampleMigration,
    to: join(folder, 'notes.ndjson'),
    user: 'x-user-id',
    env: 'dev',
    tzOffsetMinutes: 0,
    verbatim: true,
    bounds: { abandonedMs: 100 },
    onDrop: () => undefined,
    ...options,
  });
  closing.push(() => capture.close());
  return capture;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener));

async function recorded(capture: Capture): Promise<readonly RecordedWrite[]> {
  await capture.close();
  const found: RecordedWrite[] = [];
  const recording = await readRecording(join(folder, 'notes.ndjson'));
  for await (const batch of recording.batches) found.push(...batch.records);
  return found;
}

function post(url: string, body: string | Uint8Array | FormData, headers: Record<string, string> = {}) {
  return fetch(`${url}/notes`, {
    method: 'POST',
    body: body as string,
    headers: {
      'x-user-id': 'u1',
      ...(body instanceof FormData ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  });
}

const NOTE = JSON.stringify({ text: 'ø 🍙 note', n: 1 });

type Reader = (incoming: IncomingMessage) => Promise<string>;

const READERS: Readonly<Record<string, Reader>> = {
  'data events': (incoming) =>
    new Promise((resolve) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve(text));
    }),
  'a for-await loop': async (incoming) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  },
  'a pipe': async (incoming) => {
    const through = incoming.pipe(new PassThrough());
    return Buffer.concat(await through.toArray()).toString();
  },
  'readable events, a byte at a time': (incoming) =>
    new Promise((resolve) => {
      const chunks: Buffer[] = [];
      incoming.on('readable', () => {
        for (let chunk = incoming.read(1); chunk !== null; chunk = incoming.read(1)) chunks.push(chunk);
      });
      incoming.on('end', () => resolve(Buffer.concat(chunks).toString()));
    }),
  'a late start': async (incoming) => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return READERS['a for-await loop']!(incoming);
  },
};

describe('a request', () => {
  it.each(Object.entries(READERS))('read by %s is recorded whole, and read whole', async (_, read) => {
    const capture = capturing();
    const url = await serve(
      capture.handler(async (incoming, outgoing) => {
        outgoing.setHeader('content-type', 'application/json');
        outgoing.end(await read(incoming));
      }),
    );
    expect(await (await post(url, NOTE)).text()).toBe(NOTE);
    const [record] = await recorded(capture);
    expect(record?.request.body).toEqual(JSON.parse(NOTE));
    expect(record?.response).toEqual({ status: 200, body: JSON.parse(NOTE) });
  });

  it.each([
    ['gzip', gzipSync(NOTE)],
    ['deflate', deflateSync(NOTE)],
    ['br', brotliCompressSync(NOTE)],
    ['zstd', zstdCompressSync(NOTE)],
    ['deflate, gzip', gzipSync(deflateSync(NOTE))],
  ])('encoded as %s is recorded as what it says', async (encoding, body) => {
    const capture = capturing();
    const url = await serve(
      capture.handler((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end())),
    );
    await post(url, body, { 'content-encoding': encoding });
    expect((await recorded(capture))[0]?.request.body).toEqual(JSON.parse(NOTE));
  });

  it('that unpacks to more than the bound is lost, not unpacked', async () => {
    const capture = capturing({ bounds: { bodyBytes: 10_000 } });
    const url = await serve(
      capture.handler((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end())),
    );
    await post(url, gzipSync(`"${'x'.repeat(1e6)}"`), { 'content-encoding': 'gzip' });
    await capture.close();
    expect(capture.stats()).toMatchObject({ captured: 0, dropped: { unreadable: 1 } });
  });

  it('of several parts is recorded as its fields and the digests of its files, in order', async () => {
    const capture = capturing();
    const url = await serve(
      capture.handler((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end())),
    );
    const pictures = [300_000, 0, 70_000].map((bytes) => new Uint8Array(bytes).fill(bytes % 251));
    const form = new FormData();
    form.append('text', 'first');
    for (const [at, bytes] of pictures.entries())
      form.append('picture', new File([bytes], `${at}.png`, { type: 'image/png' }));
    form.append('text', 'last');
    form.append('__proto__', 'kept');
    await post(url, form);
    const [record] = await recorded(capture);
    expect(record?.request.headers).toEqual({ 'content-type': 'multipart/form-data' });
    expect(Object.entries(record?.request.body as object)).toEqual([
      ['text', 'last'],
      ['__proto__', 'kept'],
    ]);
    expect(record?.request.files).toEqual(
      pictures.map((bytes, at) => ({
        name: `${at}.png`,
        mime: 'image/png',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: bytes.length,
      })),
    );
  });

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=%C3%B8', { body: { a: '1', b: 'ø' }, files: [] }],
    ['text', 'text/plain; charset=utf-8', 'hello', { body: 'hello', files: [] }],
    ['JSON of a kind', 'application/vnd.note+json', '{"a":1}', { body: { a: 1 }, files: [] }],
    ['nothing', 'application/json', '', { body: null, files: [] }],
    [
      'a bare picture',
      'image/png',
      'abc',
      {
        body: null,
        files: [
          {
            name: '',
            mime: 'image/png',
            // The SHA-256 of "abc" is test vector one of FIPS 180-2.
            sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
            bytes: 3,
          },
        ],
      },
    ],
  ])('that is %s is recorded as such', async (_, type, body, expected) => {
    const capture = capturing();
    const url = await serve(
      capture.handler((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end())),
    );
    await post(url, body, { 'content-type': type });
    expect((await recorded(capture))[0]?.request).toMatchObject(expected);
  });

  it('whose body a parser took before capture is recorded by what the parser left', async () => {
    const capture = capturing();
    const url = await serve(async (incoming, outgoing) => {
      const body = JSON.parse(await READERS['a for-await loop']!(incoming));
      Object.assign(incoming, { body });
      capture.express(incoming, outgoing, () => outgoing.end());
    });
    await post(url, NOTE);
    expect((await recorded(capture))[0]?.request.body).toEqual(JSON.parse(NOTE));
  });

  it('is known by the path that remains where a framework mounted capture, or after the prefix', async () => {
    const capture = capturing({ pathPrefix: '/api/' });
    const url = await serve(
      capture.handler((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end())),
    );
    for (const path of ['/api/notes?day=1', '/notes', '/apinotes', '/api/other', '/api'])
      await fetch(`${url}${path}`, { method: 'POST', headers: { 'x-user-id': 'u1' } });
    expect((await recorded(capture)).map(({ request: { path } }) => path)).toEqual(['/notes', '/notes']);
  });

  it('is its user’s also where sign-in comes after capture', async () => {
    const capture = capturing({ user: (incoming: { user?: { id: string } }) => incoming.user?.id });
    const url = await serve(
      capture.handler((incoming, outgoing) => {
        incoming.resume().on('end', () => {
          const { authorization } = incoming.headers;
          if (authorization !== undefined) Object.assign(incoming, { user: { id: authorization } });
          outgoing.end();
        });
      }),
    );
    await post(url, NOTE, { authorization: 'someone' });
    await post(url, NOTE);
    const records = await recorded(capture);
    expect(records.map(({ user }) => user)).toEqual(['someone']);
    expect(capture.stats().passed.no_user).toBe(1);
  });
});

describe('an answer', () => {
  const json = { 'content-type': 'application/json' };
  const ANSWERS: Readonly<Record<string, (outgoing: ServerResponse) => unknown>> = {
    'headers with the status': (outgoing) => outgoing.writeHead(201, json).end('{"a":1}'),
    'headers as a list': (outgoing) =>
      outgoing.writeHead(201, ['Content-Type', 'application/json']).end('{"a":1}'),
    'a message and headers': (outgoing) => outgoing.writeHead(201, 'Made', json).end('{"a":1}'),
    'headers before': (outgoing) => {
      outgoing.statusCode = 201;
      outgoing.setHeader('Content-Type', 'application/json; charset=utf-8').end(Buffer.from('{"a":1}'));
    },
    'pieces and a callback': (outgoing) => {
      outgoing.writeHead(201, json);
      outgoing.write('{"a"', 'latin1');
      outgoing.write(Buffer.from(':1'), () => outgoing.end('fQ==', 'base64', () => undefined));
    },
    'a stream': (outgoing) => {
      outgoing.writeHead(201, json);
      return pipeline(Readable.from(['{"a":', '1}']), outgoing);
    },
    'a compressed stream': (outgoing) => {
      outgoing.writeHead(201, { ...json, 'content-encoding': 'gzip' });
      return pipeline(Readable.from(['{"a":', '1}']), createGzip(), outgoing);
    },
    'a callback alone at the end': (outgoing) => {
      outgoing.writeHead(201, json).write('{"a":1}');
      outgoing.end(() => undefined);
    },
  };

  it.each(Object.entries(ANSWERS))('given by %s arrives and is recorded', async (_, answer) => {
    const capture = capturing();
    const url = await serve(
      capture.handler((incoming, outgoing) => incoming.resume().on('end', () => answer(outgoing))),
    );
    const got = await post(url, NOTE);
    expect([got.status, await got.json()]).toEqual([201, { a: 1 }]);
    expect((await recorded(capture))[0]?.response).toEqual({ status: 201, body: { a: 1 } });
  });

  it.each([
    ['text/html', '<p>', '<p>'],
    ['image/png', 'x', null],
    ['application/json', '', null],
  ])('of type %s is recorded as far as it is text', async (type, body, expected) => {
    const capture = capturing();
    const url = await serve(
      capture.handler((incoming, outgoing) =>
        incoming.resume().on('end', () => outgoing.writeHead(200, { 'content-type': type }).end(body)),
      ),
    );
    await post(url, NOTE);
    expect((await recorded(capture))[0]?.response?.body).toBe(expected);
  });

  it('that its sender no longer waits for is recorded if it is given, else left out', async () => {
    const capture = capturing();
    let answered = 0;
    const url = await serve(
      capture.handler((incoming, outgoing) => {
        incoming.resume().on('end', () => {
          outgoing.on('close', () => {
            answered += 1;
            if (answered === 1) outgoing.writeHead(200, json).end('{"a":1}');
          });
        });
      }),
    );
    const leave = () =>
      new Promise<void>((resolve) => {
        const sending = httpRequest(`${url}/notes`, {
          method: 'POST',
          headers: { 'x-user-id': 'u1', ...json },
        });
        sending.on('error', () => resolve());
        sending.end(NOTE);
        setTimeout(() => sending.destroy(), 50);
      });
    await leave();
    await leave();
    await expect.poll(() => answered).toBe(2);
    const records = await recorded(capture);
    expect(records.map(({ response }) => response)).toEqual([{ status: 200, body: { a: 1 } }, null]);
  });
});

/** An upstream that answers by path, and a service that asks it what `ask` asks, then answers. */
async function calling(
  ask: (url: string, capture: Capture) => unknown,
  options: (url: string) => Partial<CaptureOptions> = (url) => ({ upstream: [url] }),
): Promise<RecordedWrite['upstream']> {
  const upstream = await serve((incoming, outgoing) => {
    incoming.resume().on('end', () => {
      const path = incoming.url ?? '';
      if (path.startsWith('/gone')) incoming.socket.destroy();
      else if (path.startsWith('/half')) outgoing.writeHead(200, { 'content-length': '10' }).write('12345');
      else if (path.startsWith('/slow')) setTimeout(() => outgoing.end('slow'), 80);
      else if (path.startsWith('/gzip'))
        outgoing.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('packed'));
      else outgoing.writeHead(path.startsWith('/503') ? 503 : 200).end(`answer to ${path}`);
    });
  });
  const capture = capturing(options(upstream));
  const url = await serve(
    capture.handler((incoming, outgoing) => {
      incoming.resume().on('end', async () => {
        await ask(upstream, capture);
        outgoing.end();
      });
    }),
  );
  await post(url, NOTE);
  const [record] = await recorded(capture);
  return record?.upstream ?? [];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function* bytesInTurn(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a');
  yield Buffer.from('b');
}

/** Posts through an agent of the service's own. */
async function ask(
  capture: Capture,
  url: string,
  body: unknown = 'question',
  signal?: AbortSignal,
): Promise<string> {
  const agent = new Agent();
  try {
    const answer = await request(url, {
      method: 'POST',
      body: body as string,
      dispatcher: agent.compose(capture.interceptor),
      ...(signal === undefined ? {} : { signal }),
    });
    return await answer.body.text();
  } finally {
    await agent.destroy();
  }
}

describe('upstream calls', () => {
  it('are recorded with what was asked and answered, in the order of asking', async () => {
    const calls = await calling(async (url, capture) => {
      await Promise.all([ask(capture, `${url}/slow`, 'a'), ask(capture, `${url}/503?x=1`, 'b')]);
    });
    expect(calls.map(({ request: asked }) => [asked.method, new URL(asked.url).pathname])).toEqual([
      ['POST', '/slow'],
      ['POST', '/503'],
    ]);
    expect(calls.map(({ response }) => response)).toEqual([
      { status: 200, body: 'slow' },
      { status: 503, body: 'answer to /503?x=1' },
    ]);
    expect(calls[1]?.request.url).toMatch(/\/503\?x=1$/);
    expect(calls.map(({ request: asked }) => asked.body_sha256)).toEqual([sha256('a'), sha256('b')]);
    expect(calls[0]?.latency_ms).toBeGreaterThanOrEqual(70);
    expect(calls[0]?.latency_ms).toBeLessThan(2_000);
  });

  it.each([
    ['text', 'ab', 'ab'],
    ['a buffer', Buffer.from('ab'), 'ab'],
    ['a stream', () => Readable.from(['a', Buffer.from('b')]), 'ab'],
    ['an iterable', () => bytesInTurn(), 'ab'],
    ['a blob', new Blob(['ab']), 'ab'],
    ['nothing', null, ''],
  ])('with a body of %s are known by its digest', async (_, body, text) => {
    const calls = await calling((url, capture) =>
      ask(capture, `${url}/x`, typeof body === 'function' ? body() : body),
    );
    expect(calls.map(({ request: asked }) => asked.body_sha256)).toEqual([sha256(text)]);
  });

  it('without an answer are recorded with none, and how long it did not come', async () => {
    const calls = await calling(async (url, capture) => {
      const failing = [
        ask(capture, `${url}/gone`),
        ask(capture, `${url}/half`, 'q', AbortSignal.timeout(100)),
        ask(capture, `${url}/slow`, 'q', AbortSignal.timeout(20)),
      ];
      await Promise.allSettled(failing);
    });
    expect(calls.map(({ response }) => response)).toEqual([null, null, null]);
    expect(calls[1]?.latency_ms).toBeGreaterThanOrEqual(90);
    expect(calls[2]?.latency_ms).toBeGreaterThanOrEqual(15);
    expect(calls.map(({ request: asked }) => asked.body_sha256)).toContain(sha256('q'));
  });

  it('that nobody listens to are recorded with what was asked', async () => {
    const calls = await calling(
      (_, capture) => ask(capture, 'http://127.0.0.1:9/never').catch(() => undefined),
      () => ({ upstream: ['http://127.0.0.1:9'] }),
    );
    expect(calls).toMatchObject([{ request: { body_sha256: sha256('question') }, response: null }]);
  });

  it('are each recorded where a client asks again behind capture’s back', async () => {
    const calls = await calling(async (url, capture) => {
      const agent = new Agent();
      const retrying = agent.compose(
        capture.interceptor,
        interceptors.retry({ maxRetries: 2, minTimeout: 5, statusCodes: [503], methods: ['POST'] }),
      );
      await request(`${url}/503`, { method: 'POST', body: 'q', dispatcher: retrying }).catch(() => undefined);
      await agent.destroy();
    });
    expect(calls.map(({ response }) => response?.status)).toEqual([503, 503, 503]);
  });

  it('are recorded in plain text where they come packed', async () => {
    const calls = await calling((url, capture) => ask(capture, `${url}/gzip`));
    expect(calls[0]?.response?.body).toBe('packed');
  });

  it('are recorded under the name the paths know, those of other addresses not at all', async () => {
    const calls = await calling(
      async (url, capture) => {
        await ask(capture, `${url}/base/v1/x?y=1`);
        await ask(capture, `${url}/basement`);
        await ask(capture, `${url}/other`);
      },
      (url) => ({ upstream: [{ url: `${url}/base/`, as: 'http://provider.internal' }] }),
    );
    expect(calls.map(({ request: asked }) => asked.url)).toEqual(['http://provider.internal/v1/x?y=1']);
  });

  it('of Node’s own fetch are recorded when asked for, and the global dispatcher is given back', async () => {
    const before = getGlobalDispatcher();
    const calls = await calling(
      async (url) => {
        await (await fetch(`${url}/x`, { method: 'POST', body: 'q' })).text();
        await (await request(`${url}/y`)).body.text();
      },
      (url) => ({ upstream: [url], globalFetch: true }),
    );
    expect(calls.map(({ response }) => response?.body)).toEqual(['answer to /x', 'answer to /y']);
    expect(calls.map(({ request: asked }) => asked.body_sha256)).toEqual([sha256('q'), sha256('')]);
    expect(getGlobalDispatcher()).toBe(before);
  });

  it('join the request in whose course they are made, however many run at once', async () => {
    const upstream = await serve((incoming, outgoing) => {
      setTimeout(() => outgoing.end(incoming.url), Math.random() * 30);
    });
    const capture = capturing({ upstream: [upstream] });
    const url = await serve(
      capture.handler((incoming, outgoing) => {
        // By events alone, which know no request but the one they belong to.
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', () => {
          const { n } = JSON.parse(text) as { n: number };
          setTimeout(() => {
            void ask(capture, `${upstream}/${n}/1`)
              .then(() => ask(capture, `${upstream}/${n}/2`))
              .then(() => outgoing.end());
          }, n % 5);
        });
      }),
    );
    await Promise.all(
      Array.from({ length: 30 }, (_, n) => post(url, JSON.stringify({ n }), { 'x-user-id': `u${n}` })),
    );
    const records = await recorded(capture);
    expect(records).toHaveLength(30);
    for (const {
      request: { body },
      upstream: calls,
    } of records) {
      const { n } = body as { n: number };
      expect(calls.map(({ response }) => response?.body)).toEqual([`/${n}/1`, `/${n}/2`]);
    }
  });

  it('refuse an address that is none', () => {
    expect(() => capturing({ upstream: ['provider.example'] })).toThrow(
      'Failed to watch the upstream "provider.example": expected an http or https address.',
    );
  });
});
