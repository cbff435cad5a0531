import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedWrite } from './format.ts';
import { readRecording } from './read.ts';
import { SAMPLE_HEADER, sampleRecord } from './sample.fixture.ts';
import { createRecordingWriter, renderRecord } from './write.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-write-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function readAll(file: string): Promise<RecordedWrite[]> {
  const records: RecordedWrite[] = [];
  for await (const batch of (await readRecording(file)).batches) {
    records.push(...batch.records);
  }
  return records;
}

/** The same value with the keys of every object turned around. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(reversed);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, reversed(child)]),
  );
}

describe('a recording writer', () => {
  it.each([
    ['a.ndjson', (bytes: Buffer) => bytes],
    ['a.ndjson.gz', (bytes: Buffer) => gunzipSync(bytes)],
    ['a.ndjson.zst', (bytes: Buffer) => zstdDecompressSync(bytes)],
  ])('writes %s so that reading gives the same records, and counts them', async (name, unpack) => {
    const file = join(folder, name);
    const records = Array.from({ length: 2000 }, (_, index) => sampleRecord(`u${index % 3}`, index));
    const writer = await createRecordingWriter(file, SAMPLE_HEADER);
    for (const record of records) {
      await writer.write(record);
    }
    const counts = await writer.finish();
    expect(await readAll(file)).toEqual(records);
    expect(counts).toEqual({ records: 2000, users: 3, bytes: unpack(readFileSync(file)).length });
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('shows nothing under the final name before it is finished, and leaves an older file alone when aborted', async () => {
    const file = join(folder, 'a.ndjson');
    writeFileSync(file, 'older');
    const writer = await createRecordingWriter(file, SAMPLE_HEADER);
    for (let index = 0; index < 500; index += 1) {
      await writer.write(sampleRecord('u1', index));
    }
    expect(readFileSync(file, 'utf8')).toBe('older');
    await writer.abort();
    await writer.abort();
    expect(readFileSync(file, 'utf8')).toBe('older');
    expect(readdirSync(folder)).toEqual(['a.ndjson']);
    await expect(writer.write(sampleRecord('u1', 0))).rejects.toThrow('was closed already');
  });

  it('makes the folders it needs, and says where a file stands in their way', async () => {
    const file = join(folder, 'no', 'such', 'a.ndjson');
    await (await createRecordingWriter(file, SAMPLE_HEADER)).finish();
    expect(readFileSync(file, 'utf8')).toContain('"golem":"recording"');
    const below = join(file, 'a.ndjson');
    await expect(createRecordingWriter(below, SAMPLE_HEADER)).rejects.toMatchObject({
      exit: 64,
      message: `${below}: Failed to write recording "a.ndjson": a part of the path is a file. Run: ls -ld ${file}`,
    });
  });

  it('removes the unfinished file when the final name cannot be taken', async () => {
    const file = join(folder, 'taken');
    const writer = await createRecordingWriter(file, SAMPLE_HEADER);
    // A folder that is not empty cannot be replaced by a file.
    const inside = join(file, 'inside');
    mkdirSync(inside, { recursive: true });
    await writer.write(sampleRecord('u1', 0));
    await expect(writer.finish()).rejects.toMatchObject({ exit: 64, message: /it is a folder/ });
    expect(readdirSync(folder)).toEqual(['taken']);
  });
});

describe('the rendering of a record', () => {
  it('gives the same bytes whatever the order of keys, bodies apart, and unknown keys sorted at the end', () => {
    const record = { ...sampleRecord('u1', 0), zeta: 1, alpha: { b: 1, a: 2 } };
    const text = renderRecord(record);
    const turned = reversed({ ...record, request: { ...record.request, body: null } }) as RecordedWrite;
    const restored = {
      ...turned,
      request: { ...turned.request, body: record.request.body },
      alpha: record.alpha,
    };
    expect(renderRecord(restored)).toBe(text);
    expect(Object.keys(JSON.parse(text))).toEqual([
      'id',
      'at',
      'user',
      'request_key',
      'rollout_bucket',
      'request',
      'upstream',
      'response',
      'alpha',
      'zeta',
    ]);
  });

  it('loses nothing: parse ∘ render is identity for any body, header and unknown key', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.dictionary(fc.string(), fc.string()),
        fc.jsonValue(),
        (body, headers, extra) => {
          const sample = sampleRecord('u1', 0);
          const record = { ...sample, extra, request: { ...sample.request, body, headers } };
          const plain = JSON.parse(JSON.stringify(record)) as unknown;
          expect(JSON.parse(renderRecord(record))).toEqual(plain);
        },
      ),
    );
  });

  it('keeps a key named __proto__', () => {
    const text = JSON.stringify(sampleRecord('u1', 0)).replace('"headers":{', '"headers":{"__proto__":"x",');
    expect(renderRecord(JSON.parse(text) as RecordedWrite)).toContain('"__proto__":"x"');
  });
});
