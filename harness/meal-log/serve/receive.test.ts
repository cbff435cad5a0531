import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS, RequestRefusal } from './limits.ts';
import { receiveLog, userOf } from './receive.ts';

/** A server that answers with what it received, or with the refusal. */
const server = createServer(async (incoming, outgoing) => {
  try {
    const user = userOf(incoming);
    outgoing.end(JSON.stringify({ user, request: await receiveLog(incoming) }));
  } catch (error) {
    if (!(error instanceof RequestRefusal)) throw error;
    outgoing.writeHead(error.status, { connection: 'close' });
    outgoing.end(JSON.stringify(error.body));
  }
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

type Headers = Readonly<Record<string, string>>;

// biome-ignore lint/suspicious/noExplicitAny: what the server answers is what each test states
async function post(headers: Headers, body: string | Buffer): Promise<{ status: number; body: any }> {
  const outgoing = send({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    method: 'POST',
    path: '/log',
    headers: { 'x-user-id': 'u1', 'content-length': String(Buffer.byteLength(body)), ...headers },
  });
  outgoing.on('error', () => {});
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode, body: JSON.parse(text) };
}

const json = (body: unknown, headers: Headers = {}) =>
  post({ 'content-type': 'application/json', ...headers }, JSON.stringify(body));

const BOUNDARY = 'cut-here';
type Part = { name?: string; filename?: string; type?: string; content: string | Buffer };

function multipart(parts: readonly Part[], end = `--${BOUNDARY}--\r\n`) {
  const chunks = parts.flatMap(({ name, filename, type, content }) => [
    Buffer.from(
      `--${BOUNDARY}\r\ncontent-disposition: form-data${name === undefined ? '' : `; name="${name}"`}` +
        `${filename === undefined ? '' : `; filename="${filename}"`}\r\n${type ? `content-type: ${type}\r\n` : ''}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return post(
    { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    Buffer.concat([...chunks, Buffer.from(end)]),
  );
}

test('reads a JSON meal and keeps only headers that mean something', async () => {
  const answer = await json(
    { message: '朝食 🍣', idempotency_key: 'k', note: 1 },
    {
      'content-type': 'application/json; charset=utf-8',
      authorization: 'Bearer s3cret',
      'user-agent': 'phone',
      'idempotency-key': 'h',
    },
  );
  expect(answer.body).toEqual({
    user: 'u1',
    request: {
      method: 'POST',
      path: '/log',
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'idempotency-key': 'h',
        'user-agent': 'phone',
      },
      body: { message: '朝食 🍣', idempotency_key: 'k', note: 1 },
      files: [],
    },
  });
});

test('reads a multipart meal, digests its images and drops their content', async () => {
  const answer = await multipart([
    { name: 'message', content: 'ラーメン' },
    { name: 'image', filename: 'a b.jpg', type: 'image/jpeg', content: Buffer.from([1, 2, 3]) },
    { name: 'image', filename: 'c.png', type: 'image/png', content: '' },
  ]);
  expect(answer.body.request).toEqual({
    method: 'POST',
    path: '/log',
    headers: { 'content-type': 'multipart/form-data' },
    body: { message: 'ラーメン' },
    files: [
      {
        name: 'a b.jpg',
        mime: 'image/jpeg',
        sha256: '039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81',
        bytes: 3,
      },
      {
        name: 'c.png',
        mime: 'image/png',
        sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        bytes: 0,
      },
    ],
  });
});

const long = 'x'.repeat(LIMITS.messageLength + 1);
const jsonType = { 'content-type': 'application/json' };
const image = { name: 'image', filename: 'a.jpg', type: 'image/jpeg', content: 'x' };

test.each([
  ['nobody signed in', 401, 'not_signed_in', () => json({ message: 'x' }, { 'x-user-id': '' })],
  ['a user with spaces', 401, 'not_signed_in', () => json({ message: 'x' }, { 'x-user-id': 'a b' })],
  ['no content type', 415, 'unsupported_type', () => post({}, '{}')],
  [
    'a form',
    415,
    'unsupported_type',
    () => post({ 'content-type': 'application/x-www-form-urlencoded' }, 'a=b'),
  ],
  [
    'a compressed body',
    415,
    'unsupported_encoding',
    () => json({ message: 'x' }, { 'content-encoding': 'gzip' }),
  ],
  ['broken JSON', 400, 'bad_json', () => post(jsonType, '{"message":')],
  ['bytes that are no UTF-8', 400, 'bad_json', () => post(jsonType, Buffer.from([0x22, 0xff, 0x22]))],
  ['a list', 400, 'bad_body', () => json([])],
  ['a message of numbers', 400, 'bad_body', () => json({ message: 5 })],
  ['too long a message', 400, 'bad_body', () => json({ message: long })],
  [
    'too long a key in the body',
    400,
    'bad_body',
    () => json({ message: 'x', idempotency_key: 'k'.repeat(256) }),
  ],
  ['NUL in a key', 400, 'bad_body', () => json({ message: 'x', idempotency_key: 'a\0' })],
  [
    'too long a key in the header',
    400,
    'bad_key',
    () => json({ message: 'x' }, { 'idempotency-key': 'k'.repeat(256) }),
  ],
  ['nothing at all', 400, 'nothing_to_log', () => json({})],
  ['blanks', 400, 'nothing_to_log', () => json({ message: ' \n' })],
  ['too large a body', 413, 'too_large', () => json({ message: 'x', more: 'x'.repeat(LIMITS.bodyBytes) })],
  [
    'too large a field',
    413,
    'too_large',
    () => multipart([{ name: 'message', content: 'x'.repeat(LIMITS.bodyBytes + 1) }]),
  ],
  [
    'too large an image',
    413,
    'too_large',
    () => multipart([{ ...image, content: Buffer.alloc(LIMITS.fileBytes + 1) }]),
  ],
  ['too many images', 413, 'too_large', () => multipart(Array(LIMITS.files + 1).fill(image))],
  [
    'too many fields',
    413,
    'too_large',
    () => multipart(Array(LIMITS.fields + 1).fill({ name: 'message', content: 'x' })),
  ],
  ['a file that is no image', 415, 'not_an_image', () => multipart([{ ...image, type: 'text/html' }])],
  ['no boundary', 400, 'bad_multipart', () => post({ 'content-type': 'multipart/form-data' }, 'x')],
  ['parts that never end', 400, 'bad_multipart', () => multipart([image], '')],
])('refuses %s with %i %s', async (_what, status, code, attempt) => {
  const answer = await attempt();
  expect([answer.status, answer.body.ok, answer.body.error]).toEqual([status, false, code]);
});

test('stops reading a body of unannounced length at the limit', async () => {
  const outgoing = send({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    method: 'POST',
    path: '/log',
    headers: { 'x-user-id': 'u1', 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
  });
  outgoing.on('error', () => {});
  outgoing.write('x'.repeat(LIMITS.bodyBytes + 1));
  const [incoming] = await once(outgoing, 'response');
  outgoing.destroy();
  expect(incoming.statusCode).toBe(413);
});
