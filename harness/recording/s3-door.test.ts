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

  it('says what is wrong and whose turn it is', async () => {
    const door = doorTo(store.endpoint);
    await expect(door.stat(url('nothing.txt'))).rejects.toMatchObject({ exit: 65 });
    await expect(door.expand('s3://no-such-bucket/a-*', '/')).rejects.toThrow('there is no such bucket');
    const nobody = await startFlakyProxy(store.endpoint, () => 403);
    try {
      const refused = doorTo(nobody.endpoint).stat(url('long.txt'));
      await expect(refused).rejects.toMatchObject({ exit: 69, message: /refuses these credentials/ });
    } finally {
      await nobody.close();
    }
    const away = doorTo(nobody.endpoint).stat(url('long.txt'));
    await expect(away).rejects.toMatchObject({ exit: 69, message: /does not answer/ });
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

it.each(['s3://bucket', 's3:///key', 's3://b/key', 's3://Bucket/key', 'http://bucket/key'])(
  '%s is no place in an object store',
  (name) => {
    expect(() => parseS3(name)).toThrow('expected s3://BUCKET/KEY');
  },
);
