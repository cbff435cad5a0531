import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  BUCKET,
  environmentOf,
  type Mischief,
  type ObjectStore,
  startFlakyProxy,
  startObjectStore,
} from '../../tests/replay/object-store.ts';
import { parseS3, s3Door } from './s3-door.ts';
import type { ByteSource } from './source.ts';

let store: ObjectStore;
beforeAll(async () => {
  store = await startObjectStore();
});
afterAll(() => store.stop());
afterEach(() => vi.unstubAllEnvs());

/** The client reads credentials from the process, as it does for everyone. */
function doorTo(endpoint: string) {
  const environment = environmentOf(endpoint);
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return s3Door(environment);
}

async function textOf(source: ByteSource): Promise<string> {
  const pieces: Buffer[] = [];
  for (let piece = await source.next(); piece !== null; piece = await source.next())
    pieces.push(Buffer.from(piece));
  await source.close();
  return Buffer.concat(pieces).toString();
}

const url = (key: string) => `s3://${BUCKET}/${key}`;
/** Four requests of 4 MB: the last two are made when the first has been read. */
const LONG = Array.from({ length: 1_100_000 }, (_, at) => `line ${at}\n`).join('');

describe('an object store', () => {
  it('finds the objects that a pattern means, sorted, and no other', async () => {
    for (const key of [
      'p/2025-09-02.ndjson',
      'p/2025-09-01.ndjson',
      'p/2025-10-01.ndjson',
      'p/x/2025-09-03.ndjson',
    ])
      await store.put(key, 'x');
    const door = doorTo(store.endpoint);
    expect(await door.expand(url('p/2025-09-*.ndjson'), '/')).toEqual([
      url('p/2025-09-01.ndjson'),
      url('p/2025-09-02.ndjson'),
    ]);
    expect(await door.expand(url('p/none-*.ndjson'), '/')).toEqual([]);
  });

  it('gives objects whole, unpacked where they are packed, and ranges as they lie', async () => {
    await store.put('long.txt', LONG);
    await store.put('long.txt.gz', gzipSync(LONG));
    await store.put('empty.txt', '');
    const door = doorTo(store.endpoint);
    expect(await textOf(await door.open(url('long.txt')))).toBe(LONG);
    const packed = await door.open(url('long.txt.gz'));
    expect(packed.compression).toBe('gzip');
    expect(await textOf(packed)).toBe(LONG);
    const middle = { from: 5_000_001, to: 5_000_042 };
    expect(await textOf(await door.open(url('long.txt'), middle))).toBe(LONG.slice(middle.from, middle.to));
    expect(await textOf(await door.open(url('empty.txt')))).toBe('');
    expect((await door.stat(url('long.txt')))?.bytes).toBe(LONG.length);
  });

  it.each<[string, Mischief]>([
    ['answers one request in ten with 500', (request) => (request % 10 === 3 ? 500 : 'pass')],
    ['asks for patience with 503', (request) => (request % 4 === 2 ? 503 : 'pass')],
    ['cuts one answer in three off in the middle', (request) => (request % 3 === 0 ? 'cut' : 'pass')],
  ])('that %s still gives every byte once', async (_, mischief) => {
    await store.put('long.txt', LONG);
    const proxy = await startFlakyProxy(store.endpoint, mischief);
    try {
      const door = doorTo(proxy.endpoint);
      for (let again = 0; again < 4; again++)
        expect(await textOf(await door.open(url('long.txt')))).toBe(LONG);
      expect(proxy.counts.failed).toBeGreaterThan(1);
    } finally {
      await proxy.close();
    }
  });

  it('that replaces an object while it is read is noticed, not mixed', async () => {
    await store.put('replaced.txt', LONG);
    const door = doorTo(store.endpoint);
    const source = await door.open(url('replaced.txt'));
    await source.next();
    await store.put('replaced.txt', LONG.toUpperCase());
    await expect(textOf(source)).rejects.toMatchObject({ exit: 65, message: /changed while it was read/ });
  });

  it.each<[string, string, Readonly<Record<string, string>>, number, string]>([
    [
      'a bucket that is not there',
      's3://no-such-bucket/a.ndjson',
      {},
      65,
      's3://no-such-bucket/a.ndjson: Failed to read recording "s3://no-such-bucket/a.ndjson": the object store has no ' +
        'bucket "no-such-bucket"; its name and the store\'s address are what to check. ' +
        'Run: aws s3 ls; env | grep AWS_ENDPOINT_URL',
    ],
    [
      'a bucket that a pattern finds missing',
      's3://no-such-bucket/a-*',
      {},
      65,
      'has no bucket "no-such-bucket"',
    ],
    [
      'an object that is not there',
      url('p/nothing.ndjson'),
      {},
      65,
      `there is no such object in the bucket "${BUCKET}". Run: aws s3 ls s3://${BUCKET}/p/`,
    ],
    [
      'a key that nobody has',
      url('long.txt'),
      { AWS_ACCESS_KEY_ID: 'NOBODY' },
      69,
      'the object store does not know the key in AWS_ACCESS_KEY_ID. Run: export AWS_ACCESS_KEY_ID=…',
    ],
    [
      'a name that no machine has',
      url('long.txt'),
      { AWS_ENDPOINT_URL_S3: 'http://store.invalid' },
      69,
      'no machine has the name in the address of the object store. Run: env | grep AWS_ENDPOINT_URL',
    ],
    [
      'an address that is none',
      url('long.txt'),
      { AWS_ENDPOINT_URL_S3: 'store' },
      69,
      'the address of the object store is none; expected https://HOST',
    ],
  ])('says of %s whose turn it is and what to type', async (_, name, change, exit, message) => {
    await store.put('long.txt', 'x');
    for (const [variable, value] of Object.entries({ ...store.environment, ...change }))
      vi.stubEnv(variable, value);
    const door = s3Door({ ...store.environment, ...change });
    const asked = name.includes('*') ? door.expand(name, '/') : door.stat(name);
    const failure: unknown = await asked.catch((error: unknown) => error);
    expect(failure).toMatchObject({ exit, message: expect.stringContaining(message) });
    expect(String(failure)).not.toMatch(/NOBODY|S3RVER|127\.0\.0\.1/);
  });

  it('says of an address where no store is that none is there', async () => {
    const website = createServer(
      (_, answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end(),
    );
    await new Promise<void>((listening) => website.listen(0, '127.0.0.1', listening));
    const endpoint = `http://127.0.0.1:${(website.address() as AddressInfo).port}`;
    try {
      const refused = doorTo(endpoint).stat(url('long.txt'));
      await expect(refused).rejects.toMatchObject({ exit: 69, message: /no object store.*AWS_ENDPOINT_URL/ });
    } finally {
      await new Promise((closed) => website.close(closed));
    }
    const gone = doorTo(endpoint).stat(url('long.txt'));
    await expect(gone).rejects.toMatchObject({ exit: 69, message: /nothing listens at the address/ });
  });

  it('without credentials says which variables to set', async () => {
    const environment = environmentOf(store.endpoint);
    for (const name of Object.keys(environment)) vi.stubEnv(name, undefined);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('HOME', '/nonexistent');
    const door = s3Door({ AWS_ENDPOINT_URL_S3: store.endpoint });
    await expect(door.stat(url('long.txt'))).rejects.toMatchObject({
      exit: 69,
      message: /no credentials.*AWS_ACCESS_KEY_ID/,
    });
  });
});

it.each([
  's3://bucket',
  's3:///key',
  's3://b/key',
  's3://Bucket/key',
  'S3://bucket/key',
  'http://bucket/key',
])('%s is no place in an object store', (name) => {
  expect(() => parseS3(name)).toThrow('expected s3://BUCKET/KEY');
});
