import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRecording } from '../read.ts';
import { SAMPLE_HEADER, sampleRecord } from '../sample.fixture.ts';
import { renderRecord } from '../write.ts';
import { FLUSH_CHARACTERS } from './bounds.ts';
import { destinationOf } from './destination.ts';
import { type Disk, systemDisk } from './disk.ts';
import type { Dropped } from './losses.ts';
import { RecordingFiles, type Rotation } from './recording-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-files-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const T0 = Date.UTC(2025, 8, 1, 7);
const { captured: _, ...HEADER } = SAMPLE_HEADER;

function filesAt(
  to: string,
  options: {
    readonly rotation?: Partial<Rotation>;
    readonly compress?: 'none' | 'gzip' | 'zstd';
    readonly disk?: Disk;
  } = {},
) {
  const clock = { nowMs: T0 };
  const lost: number[] = [];
  const dropped: { now: Dropped } = { now: {} };
  const files = new RecordingFiles({
    disk: options.disk ?? systemDisk,
    destination: destinationOf(join(folder, to) + (to === '' ? '/' : ''), {
      compress: options.compress ?? 'none',
      instance: 'abcd1234',
      overwrite: false,
    }),
    header: HEADER,
    rotation: { bytes: null, ms: null, ...options.rotation },
    nowMs: () => clock.nowMs,
    dropped: () => dropped.now,
    onLost: (lines) => lines > 0 && lost.push(lines),
  });
  let index = 0;
  return {
    files,
    clock,
    lost,
    dropped,
    add(user = 'u1', atMs = clock.nowMs): void {
      index += 1;
      files.add(renderRecord(sampleRecord(user, index, { at: new Date(atMs).toISOString() })), atMs);
    },
  };
}

const names = () => readdirSync(folder).sort();

async function read(name: string) {
  const recording = await readRecording(join(folder, name));
  const ids: string[] = [];
  for await (const batch of recording.batches) ids.push(...batch.records.map(({ id }) => id));
  return { header: recording.header, ids };
}

/** The system's disk, whose writes fail while `broken` says so and wait for what `stalled` holds. */
function troubledDisk(trouble: { broken: string | null; stalled: Promise<void> | null }): Disk {
  const refuse = (): void => {
    if (trouble.broken !== null) throw Object.assign(new Error('refused'), { code: trouble.broken });
  };
  return {
    ...systemDisk,
    async create(path) {
      const file = await systemDisk.create(path);
      return {
        ...file,
        async write(bytes, position) {
          await trouble.stalled;
          if (trouble.broken !== null) await file.write(bytes.subarray(0, 40), position);
          refuse();
          await file.write(bytes, position);
        },
      };
    },
  };
}

describe('a single file', () => {
  it('is a recording of nothing when nothing came', async () => {
    const { files } = filesAt('all.ndjson');
    await files.finish();
    expect(names()).toEqual(['all.ndjson']);
    const { header, ids } = await read('all.ndjson');
    expect(ids).toEqual([]);
    expect(header.captured).toEqual({ from: '2025-09-01T07:00:00.000Z', to: '2025-09-01T07:00:00.000Z' });
  });

  it('stands under another name until it is whole, readable all the while', async () => {
    const { files, add } = filesAt('all.ndjson');
    add();
    await files.flush();
    expect(names()).toEqual(['all.ndjson.abcd1234.part']);
    expect((await read('all.ndjson.abcd1234.part')).ids).toEqual(['r1']);
    add();
    await files.finish();
    expect(names()).toEqual(['all.ndjson']);
    expect((await read('all.ndjson')).ids).toEqual(['r1', 'r2']);
    expect(files.completed).toEqual([join(folder, 'all.ndjson')]);
  });

  it('says in its header from when to when its writes arrived, in whatever order they were added', async () => {
    const { files, add } = filesAt('all.ndjson');
    add('u1', T0 + 60_000);
    await files.flush();
    add('u2', T0 + 30_000);
    add('u3', T0 + 90_000);
    await files.finish();
    expect((await read('all.ndjson')).header.captured).toEqual({
      from: '2025-09-01T07:00:30.000Z',
      to: '2025-09-01T07:01:30.000Z',
    });
  });

  it('is never rotated', async () => {
    const { files, add } = filesAt('all.ndjson', { rotation: { bytes: null, ms: null } });
    for (let index = 0; index < 5; index++) {
      add();
      await files.flush();
    }
    await files.finish();
    expect(names()).toEqual(['all.ndjson']);
  });

  it.each(['gz', 'zst'])('is compressed once it is whole: .%s', async (extension) => {
    const { files, add } = filesAt(`all.ndjson.${extension}`);
    add();
    await files.flush();
    expect(names()).toEqual(['all.ndjson.abcd1234.part']);
    add();
    await files.finish();
    expect(names()).toEqual([`all.ndjson.${extension}`]);
    const { header, ids } = await read(`all.ndjson.${extension}`);
    expect(ids).toEqual(['r1', 'r2']);
    expect(header.source).toBe('sample');
    expect(readFileSync(join(folder, `all.ndjson.${extension}`))[0]).toBe(extension === 'gz' ? 0x1f : 0x28);
  });
});

describe('files in a folder', () => {
  it('have names of their own and a header each, a new one after so many bytes', async () => {
    const { files, add, clock } = filesAt('', { rotation: { bytes: 2_000 } });
    for (let index = 0; index < 7; index++) {
      add();
      await files.flush();
      clock.nowMs += 1_000;
    }
    await files.finish();
    expect(names()).toEqual([
      'recording-20250901T070000Z-abcd1234-000001.ndjson',
      'recording-20250901T070003Z-abcd1234-000002.ndjson',
      'recording-20250901T070006Z-abcd1234-000003.ndjson',
    ]);
    const read3 = await Promise.all(names().map(read));
    expect(read3.map(({ ids }) => ids)).toEqual([['r1', 'r2', 'r3'], ['r4', 'r5', 'r6'], ['r7']]);
    expect(read3.map(({ header }) => header.captured.from)).toEqual([
      '2025-09-01T07:00:00.000Z',
      '2025-09-01T07:00:03.000Z',
      '2025-09-01T07:00:06.000Z',
    ]);
  });

  it('are completed when their time is up, also while nothing comes', async () => {
    const { files, add, clock } = filesAt('', { rotation: { ms: 60_000 }, compress: 'gzip' });
    add();
    await files.flush();
    clock.nowMs += 59_999;
    await files.flush();
    expect(names()).toEqual(['recording-20250901T070000Z-abcd1234-000001.ndjson.part']);
    clock.nowMs += 1;
    await files.flush();
    await expect.poll(names).toEqual(['recording-20250901T070000Z-abcd1234-000001.ndjson.gz']);
    await files.finish();
    expect(names()).toHaveLength(1);
  });

  it('are not made before there is something to write', async () => {
    const { files } = filesAt('');
    await files.flush();
    await files.finish();
    expect(names()).toEqual([]);
  });

  it('tell of the losses of their own time only', async () => {
    const { files, add, dropped } = filesAt('', { rotation: { bytes: 1 } });
    dropped.now = { queue_full: 2 };
    add();
    await files.flush();
    dropped.now = { queue_full: 2, disk: 3 };
    add();
    await files.flush();
    add();
    await files.finish();
    const headers = await Promise.all(names().map(async (name) => (await read(name)).header));
    expect(headers.map(({ dropped: told }) => told)).toEqual([{ queue_full: 2 }, { disk: 3 }, undefined]);
  });
});

describe('a disk that refuses', () => {
  it('costs the lines it refused and no others, and leaves no broken line behind', async () => {
    const trouble = { broken: null as string | null, stalled: null };
    const { files, add, lost } = filesAt('all.ndjson', { disk: troubledDisk(trouble) });
    add();
    await files.flush();
    trouble.broken = 'ENOSPC';
    add();
    add();
    await files.flush();
    expect(lost).toEqual([2]);
    expect(files.failure).toBe('ENOSPC');
    trouble.broken = null;
    add();
    await files.finish();
    expect((await read('all.ndjson')).ids).toEqual(['r1', 'r4']);
    expect(files.written).toBe(2);
  });

  it('leaves nothing of a line it refused at the end of the file', async () => {
    const trouble = { broken: null as string | null, stalled: null };
    const { files, add } = filesAt('all.ndjson', { disk: troubledDisk(trouble) });
    add();
    await files.flush();
    trouble.broken = 'EIO';
    add();
    await files.flush();
    trouble.broken = null;
    await files.finish();
    expect((await read('all.ndjson')).ids).toEqual(['r1']);
  });

  it('to begin with is tried again', async () => {
    const { files, add, lost } = filesAt('', {
      disk: {
        ...systemDisk,
        create: (path) =>
          lost.length === 0
            ? Promise.reject(Object.assign(new Error(), { code: 'EIO' }))
            : systemDisk.create(path),
      },
    });
    add();
    await files.flush();
    expect(lost).toEqual([1]);
    add();
    await files.finish();
    expect(files.completed).toHaveLength(1);
  });
});

describe('a process that ends without finishing', () => {
  it('leaves all that was gathered in an unfinished file, also what was on its way', async () => {
    const stalled = Promise.withResolvers<void>();
    const trouble = { broken: null, stalled: null as Promise<void> | null };
    const { files, add } = filesAt('all.ndjson', { disk: troubledDisk(trouble) });
    add();
    await files.flush();
    trouble.stalled = stalled.promise;
    add();
    const flushing = files.flush();
    add();
    await Promise.resolve();
    files.flushNow();
    expect((await read('all.ndjson.abcd1234.part')).ids).toEqual(['r1', 'r2', 'r3']);
    stalled.resolve();
    await flushing;
    expect((await read('all.ndjson.abcd1234.part')).ids).toEqual(['r1', 'r2', 'r3']);
  });

  it('begins the file if it has to', async () => {
    const { files, add } = filesAt('all.ndjson');
    files.flushNow();
    expect(names()).toEqual([]);
    add();
    files.flushNow();
    expect((await read('all.ndjson.abcd1234.part')).ids).toEqual(['r1']);
  });
});

describe('a destination', () => {
  const place = { compress: 'none', instance: 'abcd1234', overwrite: false } as const;

  it('must have its folder, and must not be there already', () => {
    expect(() => destinationOf(join(folder, 'gone/all.ndjson'), place)).toThrow(
      `Failed to record into "${join(folder, 'gone')}": there is no such folder. Run: mkdir -p ${join(folder, 'gone')}`,
    );
    expect(() => destinationOf(join(folder, 'gone/'), place)).toThrow('there is no such folder');
    writeFileSync(join(folder, 'all.ndjson'), '');
    expect(() => destinationOf(join(folder, 'all.ndjson'), place)).toThrow(
      'there is a file of that name already',
    );
    expect(destinationOf(join(folder, 'all.ndjson'), { ...place, overwrite: true }).isFolder).toBe(false);
    expect(destinationOf(folder, place).isFolder).toBe(true);
  });
});

it('asks for a trip to the disk after so many characters', () => {
  const { files } = filesAt('all.ndjson');
  files.add('x'.repeat(FLUSH_CHARACTERS - 2), T0);
  expect(files.isFull).toBe(false);
  files.add('', T0);
  expect(files.isFull).toBe(true);
  expect(existsSync(join(folder, 'all.ndjson'))).toBe(false);
});
