import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { GolemError } from '../errors.ts';
import {
  BATCH_RECORDS,
  MAX_BAD_LINES_KEPT,
  MAX_DEPTH,
  MAX_FILES,
  MAX_HEADERS,
  MAX_LINE_BYTES,
  MAX_UPSTREAM_CALLS,
  PIECE_BYTES,
} from './bounds.ts';
import type { RecordedWrite } from './format.ts';
import { type BadLines, type ReadOptions, readRecording } from './read.ts';
import { SAMPLE_HEADER, sampleLines, sampleRecord } from './sample.fixture.ts';
import { recordSchemaUncompiled } from './schema.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-read-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

interface Read {
  readonly records: RecordedWrite[];
  readonly atMs: number[];
  readonly lines: number[];
  readonly bad: BadLines;
  readonly batches: number;
}

async function readAll(file: string, options?: ReadOptions): Promise<Read> {
  const recording = await readRecording(file, options);
  const read = { records: [] as RecordedWrite[], atMs: [] as number[], lines: [] as number[], batches: 0 };
  for await (const batch of recording.batches) {
    read.records.push(...batch.records);
    read.atMs.push(...batch.atMs);
    read.lines.push(...batch.lines);
    read.batches += 1;
  }
  return { ...read, bad: recording.badLines() };
}

/** The message with which reading fails, the test's folder taken out of it. */
async function refusal(file: string, options?: ReadOptions): Promise<string> {
  const error: unknown = await readAll(file, options).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GolemError)) {
    throw new Error(`expected a GolemError, got ${String(error)}`);
  }
  return `${error.exit} ${error.message.replaceAll(`${folder}/`, '').replaceAll(folder, '.')}`;
}

const header = JSON.stringify(SAMPLE_HEADER);
const line = (index: number, changes: Partial<RecordedWrite> = {}): string =>
  JSON.stringify(sampleRecord('u1', index, changes));
const recordingOf = (...lines: string[]): string => `${[header, ...lines].join('\n')}\n`;

describe('reading', () => {
  it('gives header, records, times and line numbers', async () => {
    const file = put('good.ndjson', recordingOf(line(0), line(1)));
    const recording = await readRecording(file);
    expect(recording.header).toEqual(SAMPLE_HEADER);
    await recording.close();
    const read = await readAll(file);
    expect(read.records).toEqual([sampleRecord('u1', 0), sampleRecord('u1', 1)]);
    expect(read.atMs).toEqual([Date.UTC(2025, 8, 1, 7, 0), Date.UTC(2025, 8, 1, 7, 1)]);
    expect(read.lines).toEqual([2, 3]);
    expect(read.bad).toEqual({ count: 0, first: [] });
  });

  it.each([
    ['plain.bin', (text: string) => Buffer.from(text)],
    ['gzip.bin', (text: string) => gzipSync(text)],
    ['zstd.bin', (text: string) => zstdCompressSync(text)],
    ['two-gzip-members.bin', (text: string) => halves(text, (half) => gzipSync(half))],
    ['two-zstd-frames.bin', (text: string) => halves(text, (half) => zstdCompressSync(half))],
    [
      'skippable-zstd-frame-first.bin',
      (text: string) => Buffer.concat([Buffer.from('502a4d1803000000616263', 'hex'), zstdCompressSync(text)]),
    ],
  ])('tells what %s holds by its bytes and reads every record across pieces', async (name, pack) => {
    const lines = sampleLines(4000);
    const text = `${lines.join('\n')}\n`;
    expect(Buffer.byteLength(text)).toBeGreaterThan(2 * PIECE_BYTES);
    const read = await readAll(put(name, pack(text)));
    expect(read.records.map((record) => JSON.stringify(record))).toEqual(lines.slice(1));
    expect(read.lines.at(-1)).toBe(4001);
    expect(read.batches).toBe(Math.ceil(4000 / BATCH_RECORDS));
  });

  it('keeps multi-byte characters whole wherever a piece ends', async () => {
    for (let shift = 0; shift < 4; shift += 1) {
      const pad = PIECE_BYTES - Buffer.byteLength(header) - 200 + shift;
      const body = { pad: 'x'.repeat(pad), message: '🍙'.repeat(200) };
      const request = { ...sampleRecord('u1', 0).request, body };
      const file = put('border.ndjson', recordingOf(line(0, { request }), line(1)));
      const read = await readAll(file);
      expect(read.records[0]?.request.body).toEqual(body);
      expect(read.records).toHaveLength(2);
    }
  });

  it.each([
    ['plain', (text: string) => Buffer.from(text)],
    ['gzip', (text: string) => gzipSync(text)],
    ['zstd', (text: string) => zstdCompressSync(text)],
  ])('keeps a line whole that is longer than several pieces, in a %s file', async (name, pack) => {
    // Numbers all the way, so that a piece that was overwritten could not look like another.
    const pad = Array.from({ length: 400_000 }, (_, index) => index.toString(36)).join(',');
    const request = { ...sampleRecord('u1', 0).request, body: { pad } };
    const lines = [line(0, { request }), ...Array.from({ length: 4000 }, (_, index) => line(index + 1))];
    expect(Buffer.byteLength(lines[0]!)).toBeGreaterThan(1.5 * PIECE_BYTES);
    const read = await readAll(put(`long.${name}`, pack(recordingOf(...lines))));
    expect(read.records.map((record) => JSON.stringify(record))).toEqual(lines);
  });

  it('reads lines that end in CR LF, a last line without newline, and a byte-order mark in front', async () => {
    const file = put('crlf.ndjson', `\ufeff${header}\r\n${line(0)}\r\n${line(1)}`);
    expect((await readAll(file)).records).toHaveLength(2);
  });

  it('reads a header without records', async () => {
    expect((await readAll(put('none.ndjson', `${header}\n`))).records).toEqual([]);
  });

  it('keeps unknown keys of header and records', async () => {
    const odd = { ...sampleRecord('u1', 0), extra: { deep: [1, null] } };
    const file = put(
      'odd.ndjson',
      `${JSON.stringify({ ...SAMPLE_HEADER, more: 1 })}\n${JSON.stringify(odd)}\n`,
    );
    const recording = await readRecording(file);
    expect(recording.header).toHaveProperty('more', 1);
    const records: RecordedWrite[] = [];
    for await (const batch of recording.batches) {
      records.push(...batch.records);
    }
    expect(records).toEqual([odd]);
  });

  it('closes the file when the loop is left early', async () => {
    const file = put('early.ndjson.gz', gzipSync(`${sampleLines(3000).join('\n')}\n`));
    for (const name of [file, put('early.zst', zstdCompressSync(`${sampleLines(3000).join('\n')}\n`))]) {
      const recording = await readRecording(name);
      for await (const batch of recording.batches) {
        expect(batch.records).toHaveLength(BATCH_RECORDS);
        break;
      }
      await expect(recording.close()).resolves.toBeUndefined();
    }
  });

  it('reads from a pipe', async () => {
    const file = put('piped.ndjson', recordingOf(line(0), line(1)));
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reading = readAll(fifo);
    execFileSync('sh', ['-c', 'cat "$1" > "$2"', 'sh', file, fifo]);
    expect((await reading).records).toHaveLength(2);
  });

  it('compiles the schema of a record, without which validation would cost more than parsing', () => {
    expect(() => z.compile(recordSchemaUncompiled, { strict: true })).not.toThrow();
  });

  it('takes keys named __proto__ as ordinary keys that change nothing', async () => {
    const text = line(0).replace(
      '"headers":{',
      '"__proto__":{"path":"/evil","polluted":true},"headers":{"__proto__":"x",',
    );
    const record = (await readAll(put('proto.ndjson', recordingOf(text)))).records[0];
    expect(record?.request.path).toBe('/log');
    expect(Object.getPrototypeOf(record?.request)).toBe(Object.prototype);
    expect(Object.hasOwn(record?.request.headers ?? {}, '__proto__')).toBe(true);
    expect('polluted' in {}).toBe(false);
  });

  it('does not take a field from __proto__ that the record itself lacks', async () => {
    const text = line(0).replace('"method":"POST",', '"__proto__":{"method":"POST"},');
    expect(await refusal(put('proto-missing.ndjson', recordingOf(text)))).toMatch(
      /^65 proto-missing\.ndjson:2:\d+: .*"request\.method" is missing, expected string/,
    );
  });
});

function halves(text: string, pack: (half: string) => Buffer): Buffer {
  const middle = text.length >> 1;
  return Buffer.concat([pack(text.slice(0, middle)), pack(text.slice(middle))]);
}

describe('refusing, with the place and a command that shows it', () => {
  const cases: [name: string, content: string | Uint8Array, message: string][] = [
    [
      'empty.ndjson',
      '',
      '65 empty.ndjson:1:1: Failed to read recording "empty.ndjson": expected the header {"golem":"recording","version":1,…} on the first line, the file is empty. Run: sed -n 1p empty.ndjson | cut -c1-2000',
    ],
    [
      'headless.ndjson',
      `${line(0)}\n`,
      '65 headless.ndjson:1:1: Failed to read recording "headless.ndjson": expected the header {"golem":"recording","version":1,…} on the first line, found another JSON value. Run: sed -n 1p headless.ndjson | cut -c1-2000',
    ],
    [
      'text.ndjson',
      'hello\n',
      '65 text.ndjson:1:1: Failed to read recording "text.ndjson": expected the header {"golem":"recording","version":1,…} on the first line; expected a JSON value, found "h". Run: sed -n 1p text.ndjson | cut -c1-2000',
    ],
    [
      'version.ndjson',
      `${header.replace('"version":1', '"version":2')}\n${line(0)}\n`,
      '65 version.ndjson:1:22: Failed to read recording "version.ndjson": this golem reads recordings of version 1, found version 2. Run: sed -n 1p version.ndjson | cut -c1-2000',
    ],
    [
      'env.ndjson',
      `${header.replace('"env":"prod"', '"env":"live"')}\n`,
      '65 env.ndjson:1:52: Failed to read recording "env.ndjson": "env" is "live", expected one of "prod"|"stg"|"dev"|"local". Run: sed -n 1p env.ndjson | cut -c1-2000',
    ],
    [
      'truncated.ndjson',
      recordingOf(line(0), line(1)).slice(0, -30),
      '65 truncated.ndjson:3:637: Failed to read recording "truncated.ndjson": the file is truncated, its last line breaks off: expected the end of a string, the line ends. Run: golem replay truncated.ndjson --on-bad-line skip',
    ],
    [
      'binary.ndjson',
      Buffer.concat([
        Buffer.from(recordingOf(line(0))),
        Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]),
        Buffer.from(line(1)),
      ]),
      '65 binary.ndjson:3:1: Failed to read recording "binary.ndjson": expected UTF-8 text, found byte 0x89. Run: sed -n 3p binary.ndjson | cut -c1-2000',
    ],
    [
      'latin1.ndjson',
      Buffer.concat([
        Buffer.from(recordingOf(line(0).replace('and tea', 'X\ufffdé'))),
        Buffer.from(line(1).replace('and tea', 'thé'), 'latin1'),
        Buffer.from('\n'),
      ]),
      '65 latin1.ndjson:3:233: Failed to read recording "latin1.ndjson": expected UTF-8 text, found byte 0xef. Run: sed -n 3p latin1.ndjson | cut -c1-2000',
    ],
    [
      'control.ndjson',
      recordingOf(line(0), '\u0000\u0001\u0002'),
      '65 control.ndjson:3:1: Failed to read recording "control.ndjson": expected a JSON value, found "\\u0000". Run: sed -n 3p control.ndjson | cut -c1-2000',
    ],
    [
      'blank.ndjson',
      recordingOf(line(0), '', line(1)),
      '65 blank.ndjson:3:1: Failed to read recording "blank.ndjson": expected a record, the line is empty. Run: sed -n 3p blank.ndjson | cut -c1-2000',
    ],
    [
      'array.ndjson',
      recordingOf('[1]'),
      '65 array.ndjson:2:1: Failed to read recording "array.ndjson": expected a record, which is a JSON object. Run: sed -n 2p array.ndjson | cut -c1-2000',
    ],
    [
      'missing.ndjson',
      recordingOf(line(0), line(1).replace('"user":"u1",', '')),
      '65 missing.ndjson:3:1: Failed to read recording "missing.ndjson": "user" is missing, expected string. Run: sed -n 3p missing.ndjson | cut -c1-2000',
    ],
    [
      'no-body.ndjson',
      recordingOf(line(0).replace(/"body":\{"message".*?\},/, '')),
      '65 no-body.ndjson:2:103: Failed to read recording "no-body.ndjson": "request.body" is missing, expected a value. Run: sed -n 2p no-body.ndjson | cut -c1-2000',
    ],
    [
      'type.ndjson',
      recordingOf(line(0).replace('"status":200,"body":"', '"status":"200","body":"')),
      '65 type.ndjson:2:561: Failed to read recording "type.ndjson": "upstream[0].response.status" is a text of 3 characters, expected number. Run: sed -n 2p type.ndjson | cut -c1-2000',
    ],
    [
      'bucket.ndjson',
      recordingOf(line(0, { rollout_bucket: 10_000 })),
      '65 bucket.ndjson:2:81: Failed to read recording "bucket.ndjson": "rollout_bucket" is 10000, expected number to be <=9999. Run: sed -n 2p bucket.ndjson | cut -c1-2000',
    ],
    [
      'headers.ndjson',
      recordingOf(
        line(0, {
          request: {
            ...sampleRecord('u1', 0).request,
            headers: Object.fromEntries(
              Array.from({ length: MAX_HEADERS + 1 }, (_, index) => [`h${index}`, '']),
            ),
          },
        }),
      ),
      '65 headers.ndjson:2:144: Failed to read recording "headers.ndjson": "request.headers" is an object, expected at most 256 headers. Run: sed -n 2p headers.ndjson | cut -c1-2000',
    ],
    [
      'calls.ndjson',
      recordingOf(
        line(0, {
          upstream: Array.from({ length: MAX_UPSTREAM_CALLS + 1 }, () => sampleRecord('u1', 0).upstream[0]!),
        }),
      ),
      '65 calls.ndjson:2:383: Failed to read recording "calls.ndjson": "upstream" is an array of 65, expected array to have <=64 items. Run: sed -n 2p calls.ndjson | cut -c1-2000',
    ],
    [
      'files.ndjson',
      recordingOf(
        line(0, {
          request: {
            ...sampleRecord('u1', 0).request,
            files: Array.from({ length: MAX_FILES + 1 }, () => sampleRecord('u1', 0).request.files[0]!),
          },
        }),
      ),
      '65 files.ndjson:2:248: Failed to read recording "files.ndjson": "request.files" is an array of 65, expected array to have <=64 items. Run: sed -n 2p files.ndjson | cut -c1-2000',
    ],
    [
      'at.ndjson',
      recordingOf(line(0, { at: '2025-02-29T07:00:00.000Z' })),
      '65 at.ndjson:2:12: Failed to read recording "at.ndjson": "at" is "2025-02-29T07:00:00.000Z", expected a UTC time with milliseconds such as 2025-09-01T07:30:00.000Z. Run: sed -n 2p at.ndjson | cut -c1-2000',
    ],
    [
      'offset.ndjson',
      recordingOf(line(0, { at: '2025-09-01T07:00:00+09:00' })),
      '65 offset.ndjson:2:12: Failed to read recording "offset.ndjson": "at" is "2025-09-01T07:00:00+09:00", expected a UTC time with milliseconds such as 2025-09-01T07:30:00.000Z. Run: sed -n 2p offset.ndjson | cut -c1-2000',
    ],
    [
      'duplicate.ndjson',
      recordingOf(line(0), line(1, { id: 'r0' })),
      '65 duplicate.ndjson:3:1: Failed to read recording "duplicate.ndjson": "id" is unique within a user: line 2 has the same. Run: sed -n 3p duplicate.ndjson | cut -c1-2000',
    ],
    [
      'order.ndjson',
      recordingOf(line(5), line(4)),
      '65 order.ndjson:3:1: Failed to read recording "order.ndjson": records of a user are ordered by "at": line 2 has 2025-09-01T07:05:00.000Z, this one 2025-09-01T07:04:00.000Z. Run: sed -n 3p order.ndjson | cut -c1-2000',
    ],
    [
      'regrouped.ndjson',
      `${JSON.stringify({ ...SAMPLE_HEADER, grouped_by: 'user' })}\n${line(0)}\n${JSON.stringify(sampleRecord('u2', 0))}\n${line(1)}\n`,
      '65 regrouped.ndjson:4:1: Failed to read recording "regrouped.ndjson": the header says "grouped_by": "user", but this user\'s records ended on line 2. Run: sed -n 4p regrouped.ndjson | cut -c1-2000',
    ],
    [
      'long.ndjson',
      recordingOf(line(0), 'x'.repeat(MAX_LINE_BYTES + 1), line(1)),
      '65 long.ndjson:3:1: Failed to read recording "long.ndjson": the line is longer than 4194304 bytes. Run: sed -n 3p long.ndjson | cut -c1-2000',
    ],
    [
      'deep.ndjson',
      recordingOf(line(0).replace('{"ok":true}', `${'['.repeat(MAX_DEPTH)}${']'.repeat(MAX_DEPTH)}`)),
      '65 deep.ndjson:2:715: Failed to read recording "deep.ndjson": objects and arrays are nested deeper than 64 levels. Run: sed -n 2p deep.ndjson | cut -c1-2000',
    ],
  ];
  it.each(cases)('%s', async (name, content, message) => {
    expect(await refusal(put(name, content))).toBe(message);
  });

  it('takes nesting up to the bound', async () => {
    const levels = MAX_DEPTH - 2;
    const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const read = await readAll(put('deep-enough.ndjson', recordingOf(line(0).replace('{"ok":true}', deep))));
    expect(read.records).toHaveLength(1);
    expect(
      await refusal(put('too-deep.ndjson', recordingOf(line(0).replace('{"ok":true}', `[${deep}]`)))),
    ).toContain('nested deeper than 64 levels');
  });

  it('refuses a nesting that would exhaust the stack of a recursive reader', async () => {
    const deep = `${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}`;
    const file = put('abyss.ndjson', recordingOf(line(0).replace('{"ok":true}', deep)));
    expect(await refusal(file)).toContain('nested deeper than 64 levels');
  });

  it('quotes a file name that a shell would take apart', async () => {
    const file = put("it's here.ndjson", '');
    expect(await refusal(file)).toContain("Run: sed -n 1p 'it'\\''s here.ndjson' | cut");
  });

  it.each([
    [
      'gzip',
      (text: Buffer) => gzipSync(text),
      '65 cut.gzip:2001: Failed to read recording "cut.gzip": the file is truncated, its gzip data breaks off in or after this line. Run: gzip -t cut.gzip',
    ],
    [
      'zstd',
      (text: Buffer) => zstdCompressSync(text),
      '65 cut.zstd:2001: Failed to read recording "cut.zstd": the file is truncated, its zstd data breaks off in or after this line. Run: zstd -t cut.zstd',
    ],
  ])('says that %s data breaks off, under --on-bad-line skip as well', async (name, pack, message) => {
    const whole = pack(Buffer.from(`${sampleLines(2000).join('\n')}\n`));
    const file = put(`cut.${name}`, whole.subarray(0, whole.length - 3));
    expect((await refusal(file)).replace(/:\d+: /, ':2001: ')).toBe(message);
    expect((await refusal(file, { onBadLine: 'skip' })).replace(/:\d+: /, ':2001: ')).toBe(message);
    expect(await refusal(file)).toMatch(/^65 cut\.\w+:\d+: /);
  });

  it('says that gzip data is damaged', async () => {
    const bytes = gzipSync(`${sampleLines(300).join('\n')}\n`);
    bytes[bytes.length - 6]! ^= 0xff;
    expect(await refusal(put('damaged.gz', bytes))).toMatch(
      /^65 damaged\.gz:\d+: Failed to read recording "damaged\.gz": its gzip data is damaged in or after this line \(incorrect data check\)\. Run: gzip -t damaged\.gz$/,
    );
  });

  it('says that something other than zstd follows a zstd frame', async () => {
    const bytes = Buffer.concat([
      zstdCompressSync(recordingOf(line(0))),
      Buffer.from('garbage that follows'),
    ]);
    expect(await refusal(put('tail.zst', bytes))).toMatch(/^65 tail\.zst:\d+: .* its zstd data is damaged/);
  });

  it('names a file that is not there and a folder in its place', async () => {
    expect(await refusal(join(folder, 'absent.ndjson'))).toBe(
      '65 absent.ndjson: Failed to read recording "absent.ndjson": there is no such file. Run: ls -l .',
    );
    mkdirSync(join(folder, 'a-folder'));
    expect(await refusal(join(folder, 'a-folder'))).toBe(
      '65 a-folder: Failed to read recording "a-folder": expected a file, found a folder. Run: ls a-folder',
    );
  });

  it('names a file that may not be read', () => {
    const file = put('secret.ndjson', recordingOf(line(0)));
    chmodSync(file, 0o000);
    chmodSync(folder, 0o755);
    const module = new URL('./read.ts', import.meta.url).href;
    // The superuser may read everything, so that the child gives up its rights once its modules are loaded.
    const drop = process.getuid?.() === 0 ? 'process.setgid(65534); process.setuid(65534);' : '';
    const script = `import(${JSON.stringify(module)}).then((m) => { ${drop} return m.readRecording(${JSON.stringify(file)}); }).then(() => console.log('read'), (e) => console.log(e.exit, e.message));`;
    const run = spawnSync(process.execPath, ['--no-warnings', '-e', script], { encoding: 'utf8' });
    expect(run.stdout.replaceAll(`${folder}/`, '').trim() || run.stderr).toBe(
      '65 secret.ndjson: Failed to read recording "secret.ndjson": reading it is not permitted. Run: ls -l secret.ndjson',
    );
  });
});

describe('--on-bad-line skip', () => {
  it('counts what it passes over, names lines and reasons, and lets no skipped line disturb later ones', async () => {
    const file = put(
      'skip.ndjson',
      recordingOf(
        line(5),
        '{"broken',
        line(4),
        line(4, { at: '2026-01-01T00:00:00.000Z', request_key: '' }),
        line(6),
        line(6),
        line(7),
        'x'.repeat(MAX_LINE_BYTES * 2 + PIECE_BYTES + 7),
        line(8),
      ).slice(0, -1),
    );
    const read = await readAll(file, { onBadLine: 'skip' });
    expect(read.records.map((record) => record.id)).toEqual(['r5', 'r6', 'r7', 'r8']);
    expect(read.lines).toEqual([2, 6, 8, 10]);
    expect(read.bad.count).toBe(5);
    expect(read.bad.first).toEqual([
      { line: 3, reason: 'expected the end of a string, the line ends' },
      { line: 4, reason: expect.stringContaining('records of a user are ordered by "at": line 2') },
      { line: 5, reason: '"request_key" is an empty text, expected string to have >=1 characters' },
      { line: 7, reason: '"id" is unique within a user: line 6 has the same' },
      { line: 9, reason: `the line is longer than ${MAX_LINE_BYTES} bytes` },
    ]);
  });

  it('passes over an over-long last line without newline and a binary line', async () => {
    const binary = Buffer.from([0xff, 0xfe, 0x0a]);
    const content = [
      Buffer.from(recordingOf(line(0))),
      binary,
      Buffer.from(`${line(1)}\n`),
      Buffer.alloc(MAX_LINE_BYTES * 2, 97),
    ];
    const read = await readAll(put('tail.ndjson', Buffer.concat(content)), { onBadLine: 'skip' });
    expect(read.records).toHaveLength(2);
    expect(read.bad.first.map((bad) => bad.line)).toEqual([3, 5]);
  });

  it('keeps a bounded list and an exact count', async () => {
    const file = put('many.ndjson', recordingOf(...Array.from({ length: 1000 }, () => 'no')));
    const read = await readAll(file, { onBadLine: 'skip' });
    expect(read.bad.count).toBe(1000);
    expect(read.bad.first).toHaveLength(MAX_BAD_LINES_KEPT);
  });

  it('still refuses a bad header', async () => {
    expect(await refusal(put('skip-headless.ndjson', `${line(0)}\n`), { onBadLine: 'skip' })).toContain(
      'expected the header',
    );
  });
});
