import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GolemError } from '../../errors.ts';
import type { Migration } from '../../migration.ts';
import type { RecordedWrite, RecordingHeader } from '../format.ts';
import { readRecording } from '../read.ts';
import { importCsv, type ImportReport } from './import-csv.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-import-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An importer without a domain: it takes every row that has a name. */
const importer: Migration['importer'] = {
  columns: { name: 'what', size: 'how much' },
  build(group) {
    const rows = group.rows.filter(({ values }) => values.name !== undefined);
    const refused = group.rows
      .filter(({ values }) => values.name === undefined)
      .map(({ line }) => ({ line, reason: 'no name' }));
    if (rows.length === 0) {
      return { write: null, refused };
    }
    const body = { items: rows.map(({ values }) => values) };
    const request = {
      method: 'POST',
      path: '/log',
      headers: { 'content-type': 'application/json', 'idempotency-key': group.requestKey },
      body,
      files: [],
    };
    const upstream = [
      {
        request: { method: 'POST', url: 'http://upstream.internal/', body: JSON.stringify(body) },
        response: { status: 200, body: 'answer' },
        latencyMs: 5,
      },
    ];
    const { requestKey } = group;
    return { write: { request, requestKey, upstream, rows: rows.length }, refused };
  },
};

const MAP = `golem: import-map
version: 1
time_zone: "+09:00"
anonymised: false
nothing: ["", "#N/A", NaN]
user: { file_name: '([a-z]+)\\d*\\.csv$', prefix: p- }
layouts:
  - name: with header
    header: [date, time, end, what, size]
    at:
      date: { column: date, formats: [yyyy-MM-dd, M/d/yyyy] }
      time: { column: time, formats: ["H:mm", "yyyy-MM-dd H:mm:ss"] }
    columns: { name: what, size: size }
  - name: without header
    no_header: [date, time, what]
    at:
      date: { column: date, formats: [yyyy-MM-dd] }
      time: { column: time, formats: ["H:mm"] }
    columns: { name: what }
`;

const HEAD = 'date,time,end,what,size\n';

interface Imported {
  readonly report: ImportReport;
  readonly header: RecordingHeader;
  readonly records: RecordedWrite[];
}

async function run(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: { map?: string; strict?: boolean } = {},
): Promise<Imported> {
  const mapFile = join(folder, 'map.yml');
  writeFileSync(mapFile, options.map ?? MAP);
  const paths = Object.entries(files).map(([name, content]) => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  });
  const outFile = join(folder, 'out.ndjson');
  const strict = options.strict ?? false;
  const report = await importCsv({
    files: paths,
    mapFile,
    outFile,
    importer,
    rolloutBucket: (user) => user.length,
    strict,
    overwrite: true,
  });
  expect(report.taken + report.refused.length).toBe(report.rows);
  const recording = await readRecording(outFile);
  const records: RecordedWrite[] = [];
  for await (const batch of recording.batches) {
    records.push(...batch.records);
  }
  return { report, header: recording.header, records };
}

async function refusal(...given: Parameters<typeof run>): Promise<string> {
  const error: unknown = await run(...given).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GolemError)) {
    throw new Error(`expected a GolemError, got ${String(error)}`);
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual([]);
  return `${error.exit} ${error.message.replaceAll(`${folder}/`, '')}`;
}

/** What each record is made of: user, UTC time, names of its rows. */
function shape(records: readonly RecordedWrite[]): [string, string, string][] {
  return records.map((record) => {
    const { items } = record.request.body as { items: { name: string }[] };
    return [record.user, record.at, items.map(({ name }) => name).join('+')];
  });
}

const reasons = (report: ImportReport): [number, string][] =>
  report.refused.map(({ line, reason }) => [line, reason]);

describe('an import', () => {
  it('makes one write of the rows of one user and time, with its own key and what the upstream answered', async () => {
    const { report, header, records } = await run({
      'ann.csv': `${HEAD}2025-03-01,7:30,,tea,1\n2025-03-01,7:30,,bread,2\n2025-03-02,0:10,,milk,3\n`,
    });
    expect(shape(records)).toEqual([
      ['p-ann', '2025-02-28T22:30:00.000Z', 'tea+bread'],
      ['p-ann', '2025-03-01T15:10:00.000Z', 'milk'],
    ]);
    expect(header).toEqual({
      golem: 'recording',
      version: 1,
      source: 'csv import',
      env: 'prod',
      tz_offset_minutes: 540,
      anonymised: false,
      simulated: false,
      captured: { from: '2025-02-28T22:30:00.000Z', to: '2025-03-01T15:10:00.000Z' },
      grouped_by: 'user',
    });
    const [first] = records;
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(first).toMatchObject({
      id: 'ann:2',
      rollout_bucket: 5,
      request_key: sha256('import:ann:2'),
      response: null,
    });
    expect(first?.request.headers).toEqual({
      'content-type': 'application/json',
      'idempotency-key': 'import:ann:2',
    });
    expect(first?.upstream).toEqual([
      {
        request: {
          method: 'POST',
          url: 'http://upstream.internal/',
          body_sha256: sha256('{"items":[{"name":"tea","size":"1"},{"name":"bread","size":"2"}]}'),
        },
        response: { status: 200, body: 'answer' },
        latency_ms: 5,
      },
    ]);
    expect(report).toMatchObject({ rows: 3, taken: 3, records: 2, users: 1, reasons: {} });
    expect(report.files).toEqual([
      { file: join(folder, 'ann.csv'), understood: 'layout with header', rows: 3, taken: 3, refused: 0 },
    ]);
  });

  it('reads several files of several layouts in one go and groups the recording by user', async () => {
    const { report, records } = await run({
      'bob.csv': '2025-03-01,8:00,rice\n2025-03-01,9:00,soup\n',
      'ann2.csv': `${HEAD}2025-03-02,7:00,,late,\n`,
      'ann1.csv': `${HEAD}2025-03-01,7:00,,early,\n`,
      'empty.csv': '',
    });
    expect(shape(records).map(([user, , names]) => `${user} ${names}`)).toEqual([
      'p-ann early',
      'p-ann late',
      'p-bob rice',
      'p-bob soup',
    ]);
    expect(report.files.map(({ understood, rows }) => [understood, rows])).toEqual([
      ['layout without header', 2],
      ['layout with header', 1],
      ['layout with header', 1],
      [null, 0],
    ]);
  });

  it('keeps rows of different files apart even at one user and time', async () => {
    const row = `${HEAD}2025-03-01,7:00,,tea,\n`;
    const { records } = await run({ 'ann1.csv': row, 'ann2.csv': row });
    expect(records.map(({ id }) => id)).toEqual(['ann1:2', 'ann2:2']);
  });

  it('joins rows within the gap of the first of them, not of the one before', async () => {
    const rows = `${HEAD}2025-03-01,7:00,,a,\n2025-03-01,7:10,,b,\n2025-03-01,7:15,,c,\n2025-03-01,7:16,,d,\n`;
    const { records } = await run({ 'ann.csv': rows }, { map: `${MAP}gap_minutes: 15\n` });
    expect(shape(records).map(([, , names]) => names)).toEqual(['a+b+c', 'd']);
  });
});

describe('the traps of real exports', () => {
  it('a byte-order mark before the header', async () => {
    const { report } = await run({ 'ann.csv': `\ufeff${HEAD}2025-03-01,7:30,,tea,1\n` });
    expect(report.taken).toBe(1);
  });

  it('month-first dates beside ISO dates', async () => {
    const { records } = await run({ 'ann.csv': `${HEAD}3/1/2025,7:30,,tea,\n12/11/2025,7:30,,rice,\n` });
    expect(records.map(({ at }) => at)).toEqual(['2025-02-28T22:30:00.000Z', '2025-12-10T22:30:00.000Z']);
  });

  it('texts that mean nothing', async () => {
    const { records, report } = await run({
      'ann.csv': `${HEAD}2025-03-01,7:30,#N/A,tea,#N/A\n2025-03-01,8:30,,NaN,3\n#N/A,8:30,,x,3\n`,
    });
    expect(records[0]?.request.body).toEqual({ items: [{ name: 'tea' }] });
    expect(reasons(report)).toEqual([
      [3, 'no name'],
      [4, 'no date: column "date" holds nothing'],
    ]);
  });

  it('quotes, commas and newlines inside cells, with the line on which a row begins', async () => {
    const { records, report } = await run({
      'ann.csv': `${HEAD}2025-03-01,7:30,,"Bread, ""dark"", sliced",1\n2025-03-01,7:31,,"two\nlines",1\n\n2025-03-01,7:32,,12" pizza,1\n2025-03-01,7:33,,"a\r\nb",\nbad\n`,
    });
    expect(shape(records).map(([, , names]) => names)).toEqual([
      'Bread, "dark", sliced',
      'two\nlines',
      '12" pizza',
      'a\r\nb',
    ]);
    expect(records.map(({ id }) => id)).toEqual(['ann:2', 'ann:3', 'ann:6', 'ann:7']);
    expect(reasons(report)).toEqual([[9, 'wrong number of columns: expected 5, found 1']]);
  });

  it.each([
    ['\r\n', '\n'],
    ['\n', '\r\n'],
    ['\r', '\r'],
  ])('lines that end in %j and then in %j', async (one, other) => {
    const text = ['2025-03-01,7:30,,tea,1', '2025-03-01,7:31,,"a\r\nb",', '', '2025-03-01,7:32,,c,', 'bad'];
    const { records, report } = await run({ 'ann.csv': HEAD.replace('\n', one) + text.join(other) });
    expect(shape(records).map(([, , names]) => names)).toEqual(['tea', 'a\r\nb', 'c']);
    expect(records.map(({ id }) => id)).toEqual(['ann:2', 'ann:3', 'ann:6']);
    expect(report.refused.map(({ line }) => line)).toEqual([7]);
  });

  it('rows out of order, sorted by time', async () => {
    const { records } = await run({
      'ann.csv': `${HEAD}2025-03-02,7:30,,b,\n2025-03-01,7:30,,a,\n2025-03-02,7:30,,c,\n`,
    });
    expect(shape(records).map(([, , names]) => names)).toEqual(['a', 'b+c']);
  });

  it('an end before its beginning: the beginning counts', async () => {
    const { records } = await run({ 'ann.csv': `${HEAD}2025-03-01,12:30,1:00,tea,\n` });
    expect(records[0]?.at).toBe('2025-03-01T03:30:00.000Z');
  });

  it('an exact duplicate is refused, and kept where the map says so', async () => {
    const files = {
      'ann.csv': `${HEAD}2025-03-01,7:30,,tea,1\n2025-03-01,7:30,,tea,1\n2025-03-01,7:30,,tea,2\n`,
    };
    const { report } = await run(files);
    expect(reasons(report)).toEqual([[3, 'duplicate row: the same as line 2']]);
    expect(report.reasons).toEqual({ 'duplicate row': 1 });
    expect((await run(files, { map: `${MAP}duplicates: keep\n` })).report.taken).toBe(3);
  });

  it('1900-01-01 in the time column: the date column decides', async () => {
    const { records } = await run({ 'ann.csv': `${HEAD}2025-03-01,1900-01-01 00:45:00,,tea,\n` });
    expect(records[0]?.at).toBe('2025-02-28T15:45:00.000Z');
  });

  it('1900-01-01 in the date column is refused', async () => {
    const { report } = await run({ 'ann.csv': `${HEAD}1900-01-01,7:30,,tea,\n2025-03-01,7:30,,tea,\n` });
    expect(reasons(report)).toEqual([[2, 'implausible date: 1900-01-01 is before 2000-01-01']]);
  });

  it('dates and times nobody wrote a format for, and days no calendar has', async () => {
    const { report } = await run({
      'ann.csv': `${HEAD}1 March,7:30,,tea,\n2025-02-29,7:30,,tea,\n2025-03-01,half past,,tea,\n2025-03-01,7:30,,tea,\n`,
    });
    expect(reasons(report)).toEqual([
      [2, 'date not understood: "1 March" in column "date" is not yyyy-MM-dd or M/d/yyyy'],
      [3, 'date not understood: "2025-02-29" in column "date" is not yyyy-MM-dd or M/d/yyyy'],
      [4, 'time not understood: "half past" in column "time" is not H:mm or yyyy-MM-dd H:mm:ss'],
    ]);
    expect(report.reasons).toEqual({ 'date not understood': 2, 'time not understood': 1 });
  });

  it('a decimal comma, only in the columns the map names', async () => {
    const map = `${MAP}decimal_comma: [size]\ndelimiter: ";"\n`;
    const head = HEAD.replaceAll(',', ';');
    const rows = ['1,5', '1.234,5', '2', 'half', '1.5'].map(
      (size, hour) => `2025-03-01;${hour}:00;;1,5 bars;${size}\n`,
    );
    const { records, report } = await run({ 'ann.csv': head + rows.join('') }, { map });
    const items = records.flatMap(({ request }) => (request.body as { items: unknown[] }).items);
    expect(items).toEqual(['1.5', '1234.5', '2', 'half'].map((size) => ({ name: '1,5 bars', size })));
    expect(reasons(report)).toEqual([
      [6, 'number not understood: "1.5" in column "size" has no decimal comma'],
    ]);
  });

  it('rows the map leaves out, reported as such', async () => {
    const map = `${MAP}leave_out: [{ column: what, is: [test] }]\n`;
    const { report } = await run(
      { 'ann.csv': `${HEAD}2025-03-01,7:30,,test,\n2025-03-01,7:31,,tea,\n` },
      { map },
    );
    expect(reasons(report)).toEqual([[2, 'left out by the map: column "what" is "test"']]);
  });

  it('a user in a column, and a row without one', async () => {
    const map = MAP.replace(/user: .*/, 'user: { column: what }');
    const { records, report } = await run(
      { 'x.csv': `${HEAD}2025-03-01,7:30,,tea,\n2025-03-01,7:30,,,3\n` },
      { map },
    );
    expect(records.map(({ user }) => user)).toEqual(['tea']);
    expect(reasons(report)).toEqual([[3, 'no user: column "what" names none']]);
  });

  it('another encoding, when the map names it', async () => {
    const map = `${MAP}encoding: windows-1252\n`;
    const { records } = await run(
      { 'ann.csv': Buffer.from(`${HEAD}2025-03-01,7:30,,thé,\n`, 'latin1') },
      { map },
    );
    expect(shape(records)[0]?.[2]).toBe('thé');
    const wide = Buffer.from(`\ufeff${HEAD}2025-03-01,7:30,,茶,\n`, 'utf16le');
    expect(
      shape((await run({ 'ann.csv': wide }, { map: `${MAP}encoding: utf-16le\n` })).records)[0]?.[2],
    ).toBe('茶');
  });
});

describe('time zones', () => {
  const zoned = MAP.replace('"+09:00"', 'America/New_York');
  const rows = (...times: string[]) =>
    HEAD + times.map((time) => `${time.replace(' ', ',')},,tea,\n`).join('');

  it('refuses a time the clocks skipped and one they showed twice', async () => {
    const { report, records } = await run(
      { 'ann.csv': rows('2025-03-09 2:30', '2025-11-02 1:30', '2025-07-01 12:00') },
      { map: zoned },
    );
    expect(reasons(report)).toEqual([
      [2, 'no such time in the zone: clocks in America/New_York skipped 2025-03-09 02:30:00'],
      [3, 'ambiguous time: clocks in America/New_York showed 2025-11-02 01:30:00 twice'],
    ]);
    expect(records.map(({ at }) => at)).toEqual(['2025-07-01T16:00:00.000Z']);
  });

  it.each([
    ['earlier', '2025-11-02T05:30:00.000Z'],
    ['later', '2025-11-02T06:30:00.000Z'],
  ])('takes the %s of two equal clock times where the map says so', async (choice, at) => {
    const map = `${zoned}ambiguous_time: ${choice}\ntz_offset_minutes: -300\n`;
    const { records } = await run({ 'ann.csv': rows('2025-11-02 1:30') }, { map });
    expect(records[0]?.at).toBe(at);
  });

  it('derives the offset of the days when the zone kept one, asks for it when it changed', async () => {
    const { header } = await run({ 'ann.csv': rows('2025-07-01 12:00') }, { map: zoned });
    expect(header.tz_offset_minutes).toBe(-240);
    rmSync(join(folder, 'out.ndjson'));
    expect(await refusal({ 'ann.csv': rows('2025-07-01 12:00', '2025-12-01 12:00') }, { map: zoned })).toBe(
      `65 map.yml: Failed to import with map "map.yml": expected "tz_offset_minutes", since the offset of America/New_York changes among these rows (-300 and -240 minutes). Run: echo 'tz_offset_minutes: -300' >> map.yml`,
    );
    const told = await run(
      { 'ann.csv': rows('2025-07-01 12:00', '2025-12-01 12:00') },
      { map: `${zoned}tz_offset_minutes: -300\n` },
    );
    expect(told.header.tz_offset_minutes).toBe(-300);
  });
});

describe('refusing the whole import, with nothing written', () => {
  it('--strict, at the first refused row', async () => {
    const files = { 'ann.csv': `${HEAD}2025-03-01,7:30,,tea,\n2025-03-01,x,,tea,\n2025-03-01,7:30,,,\n` };
    expect(await refusal(files, { strict: true })).toBe(
      '65 ann.csv:3:1: Failed to import "ann.csv": this row is refused, as are 1 more of 3, time not understood: "x" in column "time" is not H:mm or yyyy-MM-dd H:mm:ss; with --strict nothing is written. Run: sed -n 3p ann.csv',
    );
  });

  it('no row taken', async () => {
    expect(await refusal({ 'ann.csv': `${HEAD}2025-03-01,7:30,,,\n` })).toBe(
      '65 ann.csv:2:1: Failed to import "ann.csv": this row is refused of 1, no name; no row was taken. Run: sed -n 2p ann.csv',
    );
    expect(await refusal({ 'ann.csv': HEAD })).toBe(
      '65 ann.csv: Failed to import "ann.csv": expected rows, found none. Run: golem import csv --help',
    );
  });

  it('a file no layout fits', async () => {
    expect(await refusal({ 'ann.csv': 'when,what\n1,2\n' })).toBe(
      '65 ann.csv:1:1: Failed to import "ann.csv": expected a layout of the map ("with header", "without header"), found 2 columns: when,what. Run: sed -n 1p ann.csv',
    );
  });

  it('a quote that is never closed', async () => {
    expect(
      await refusal({
        'ann.csv': `${HEAD}2025-03-01,7:30,,tea,\n2025-03-01,7:30,,"tea,\n2025-03-01,7:30,,x,\n`,
      }),
    ).toBe(
      '65 ann.csv:3:1: Failed to import "ann.csv": a quote that opens in this row is never closed. Run: sed -n 3p ann.csv',
    );
  });

  it('text in another encoding', async () => {
    const bytes = Buffer.from(`${HEAD}2025-03-01,7:30,,tea,\n2025-03-01,7:30,,thé,\n`, 'latin1');
    expect(await refusal({ 'ann.csv': bytes })).toBe(
      '65 ann.csv:3:20: Failed to import "ann.csv": expected UTF-8 text, found byte 0xe9; a map can name another one with "encoding". Run: sed -n 3p ann.csv',
    );
  });

  it('a file that is not there', async () => {
    writeFileSync(join(folder, 'map.yml'), MAP);
    const files = [join(folder, 'none.csv')];
    const options = {
      mapFile: join(folder, 'map.yml'),
      outFile: join(folder, 'out.ndjson'),
      importer,
      rolloutBucket: () => 0,
      strict: false,
    };
    await expect(importCsv({ ...options, files })).rejects.toMatchObject({
      exit: 65,
      failure: { reason: 'there is no such file', place: { file: files[0] } },
    });
    expect(existsSync(options.outFile)).toBe(false);
    await expect(
      importCsv({ ...options, files: [files[0]!, join(folder, 'sub/none.csv')] }),
    ).rejects.toMatchObject({
      exit: 64,
    });
  });

  it('a recording that somebody has, unless it may go', async () => {
    writeFileSync(join(folder, 'map.yml'), MAP);
    writeFileSync(join(folder, 'ann.csv'), `${HEAD}2025-03-01,7:30,,tea,\n`);
    const outFile = join(folder, 'out.ndjson');
    writeFileSync(outFile, 'mine');
    const options = {
      files: [join(folder, 'ann.csv')],
      mapFile: join(folder, 'map.yml'),
      outFile,
      importer,
      rolloutBucket: () => 0,
      strict: false,
    };
    await expect(importCsv(options)).rejects.toMatchObject({
      exit: 64,
      failure: { place: { file: outFile } },
    });
    expect(readFileSync(outFile, 'utf8')).toBe('mine');
    expect((await importCsv({ ...options, overwrite: true })).records).toBe(1);
    expect(readFileSync(outFile, 'utf8')).toContain('"tea"');
  });

  it('an importer that loses a row is golem’s own fault', async () => {
    writeFileSync(join(folder, 'map.yml'), MAP);
    writeFileSync(join(folder, 'ann.csv'), `${HEAD}2025-03-01,7:30,,tea,\n2025-03-01,7:30,,milk,\n`);
    const losing: Migration['importer'] = {
      columns: importer.columns,
      build: (group) => {
        const built = importer.build(group);
        return built.write === null ? built : { ...built, write: { ...built.write, rows: 1 } };
      },
    };
    const importing = importCsv({
      files: [join(folder, 'ann.csv')],
      mapFile: join(folder, 'map.yml'),
      outFile: join(folder, 'out.ndjson'),
      importer: losing,
      rolloutBucket: () => 0,
      strict: false,
    });
    await expect(importing).rejects.toThrow('the importer took 1 and refused 0 of 2 rows from line 2 of ann');
  });
});

it('accounts for every row and writes the same bytes whatever the order of the rows of different times', async () => {
  const row = fc.record({
    minute: fc.integer({ min: 0, max: 50 }),
    name: fc.constantFrom('tea', '', 'NaN', '"q, ""r"""'),
    time: fc.constantFrom('ok', 'ok', 'ok', 'broken'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(row, { minLength: 1, maxLength: 12, selector: ({ minute }) => minute }),
      async (rows) => {
        fc.pre(rows.some(({ name, time }) => name !== '' && name !== 'NaN' && time === 'ok'));
        const text = rows.map(
          ({ minute, name, time }) =>
            `2025-03-01,${time === 'ok' ? `7:${String(minute).padStart(2, '0')}` : 'x'},,${name},${minute}\n`,
        );
        const forward = await run({ 'ann.csv': HEAD + text.join('') });
        const backward = await run({ 'ann.csv': HEAD + [...text].reverse().join('') });
        expect(shape(backward.records)).toEqual(shape(forward.records));
        expect(backward.report.reasons).toEqual(forward.report.reasons);
        expect(readFileSync(join(folder, 'out.ndjson'), 'utf8')).not.toContain('undefined');
      },
    ),
    { numRuns: 25 },
  );
});
