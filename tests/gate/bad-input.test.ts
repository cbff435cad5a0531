/**
 * Bad input through the real command: each fault gives its exit code and one line with the place, for the replay and
 * for the gate alike, and nothing is written, not even half.
 */
import { chmodSync, symlinkSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Project, temporaryProject } from '../temporary-project.ts';

let project: Project;
/** The lines of a sound recording, header first. */
let lines: readonly string[];
beforeAll(() => {
  project = temporaryProject({ suites: ['provider-faults'] });
  lines = project.read('fixtures/provider-faults/recording.ndjson').trimEnd().split('\n');
});
beforeEach(() => project.restore());
afterAll(() => project.dispose());

type Lines = readonly string[];
const text = (of: Lines): string => `${of.join('\n')}\n`;
const at = (of: Lines, line: number): Record<string, unknown> => JSON.parse(of[line - 1]!);
/** The lines with one of them, counted from 1, made another. */
const replacing = (of: Lines, line: number, by: (was: string) => string): Lines =>
  of.map((was, index) => (index === line - 1 ? by(was) : was));
const without = (line: string, key: string): string => {
  const { [key]: _, ...rest } = JSON.parse(line);
  return JSON.stringify(rest);
};

interface BadInput {
  readonly name: string;
  readonly file: string;
  readonly bytes: (of: Lines) => string | Uint8Array;
  /** How standard error begins; `…` stands for anything, to the end of the line. */
  readonly message: string;
}

const FAULTS: readonly BadInput[] = [
  {
    name: 'a truncated recording',
    file: 'bad.ndjson',
    bytes: (of) => text(of).slice(0, -400),
    message:
      'bad.ndjson:22:…Failed to read recording "bad.ndjson": the file is truncated, its last line breaks off: …Run: golem replay bad.ndjson --on-bad-line skip',
  },
  {
    name: 'a truncated gzip recording',
    file: 'bad.ndjson.gz',
    bytes: (of) => gzipSync(text(of)).subarray(0, -200),
    message:
      'bad.ndjson.gz:…Failed to read recording "bad.ndjson.gz": the file is truncated, its gzip data breaks off in or after this line. Run: gzip -t bad.ndjson.gz',
  },
  {
    name: 'a truncated zstd recording',
    file: 'bad.ndjson.zst',
    bytes: (of) => zstdCompressSync(text(of)).subarray(0, -200),
    message:
      'bad.ndjson.zst:…Failed to read recording "bad.ndjson.zst": the file is truncated, its zstd data breaks off in or after this line. Run: zstd -t bad.ndjson.zst',
  },
  {
    name: 'damaged gzip data',
    file: 'bad.ndjson.gz',
    bytes: (of) => {
      const bytes = gzipSync(text(of));
      bytes.fill(0xff, 2_000, 2_100);
      return bytes;
    },
    message:
      'bad.ndjson.gz:…Failed to read recording "bad.ndjson.gz": its gzip data is damaged in or after this line …Run: gzip -t bad.ndjson.gz',
  },
  {
    name: 'a line of binary',
    file: 'bad.ndjson',
    bytes: (of) =>
      Buffer.concat([
        Buffer.from(text(of.slice(0, 3))),
        Buffer.from([0xff, 0xfe, 0x00, 0x80, 0x0a]),
        Buffer.from(text(of.slice(3))),
      ]),
    message:
      'bad.ndjson:4:1: Failed to read recording "bad.ndjson": expected UTF-8 text, found byte 0xff. Run: sed -n 4p bad.ndjson | cut -c1-2000',
  },
  {
    name: 'a line that is no JSON',
    file: 'bad.ndjson',
    bytes: (of) => text(replacing(of, 3, () => '{"id": 1,, }')),
    message:
      'bad.ndjson:3:10: Failed to read recording "bad.ndjson": expected a key in double quotes, found ",". Run: sed -n 3p bad.ndjson | cut -c1-2000',
  },
  {
    name: 'an empty line',
    file: 'bad.ndjson',
    bytes: (of) => text([...of.slice(0, 4), '', ...of.slice(4)]),
    message: 'bad.ndjson:5:1: Failed to read recording "bad.ndjson": expected a record, the line is empty. …',
  },
  {
    name: 'a missing field',
    file: 'bad.ndjson',
    bytes: (of) => text(replacing(of, 5, (line) => without(line, 'request_key'))),
    message:
      'bad.ndjson:5:1: Failed to read recording "bad.ndjson": "request_key" is missing, expected string. Run: sed -n 5p bad.ndjson | cut -c1-2000',
  },
  {
    name: 'a field of the wrong kind, deep in a line',
    file: 'bad.ndjson',
    bytes: (of) => text(replacing(of, 5, (line) => line.replace(/"latency_ms":\d+/, '"latency_ms":"slow"'))),
    message:
      'bad.ndjson:5:…: Failed to read recording "bad.ndjson": "upstream[0].latency_ms" is a text of 4 characters, expected number. …',
  },
  {
    name: 'a duplicate id',
    file: 'bad.ndjson',
    bytes: (of) =>
      text(
        replacing(of, 7, (line) =>
          JSON.stringify({ ...JSON.parse(line), id: at(of, 6).id, user: at(of, 6).user }),
        ),
      ),
    message:
      'bad.ndjson:7:1: Failed to read recording "bad.ndjson": "id" is unique within a user: line 6 has the same. …',
  },
  {
    name: 'records out of order',
    file: 'bad.ndjson',
    bytes: (of) => {
      const own = of
        .map((line, index) => [index, line] as const)
        .filter(([, line]) => line.includes('"user":"u-kaede"'));
      const [[first, early], [second, late]] = own as [readonly [number, string], readonly [number, string]];
      return text(of.with(first, late).with(second, early));
    },
    message:
      'bad.ndjson:…:1: Failed to read recording "bad.ndjson": records of a user are ordered by "at": …, this one …',
  },
  {
    name: 'a recording of another version',
    file: 'bad.ndjson',
    bytes: (of) => text(replacing(of, 1, (line) => line.replace('"version":1', '"version":2'))),
    message:
      'bad.ndjson:1:22: Failed to read recording "bad.ndjson": this golem reads recordings of version 1, found version 2. Run: sed -n 1p bad.ndjson | cut -c1-2000',
  },
  {
    name: 'a file without a header',
    file: 'bad.ndjson',
    bytes: (of) => text(of.slice(1)),
    message:
      'bad.ndjson:1:1: Failed to read recording "bad.ndjson": expected the header {"golem":"recording","version":1,…} on the first line, found another JSON value. …',
  },
  {
    name: 'an empty file',
    file: 'bad.ndjson',
    bytes: () => '',
    message:
      'bad.ndjson:1:1: Failed to read recording "bad.ndjson": expected the header {"golem":"recording","version":1,…} on the first line, the file is empty. …',
  },
  {
    name: 'a picture',
    file: 'bad.ndjson',
    bytes: () => Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
    message: 'bad.ndjson:1:1: Failed to read recording "bad.ndjson": …',
  },
];

function expectMessage(said: string, message: string): void {
  expect(said.endsWith('\n')).toBe(true);
  expect(said.trimEnd().split('\n')).toHaveLength(1);
  let rest = said;
  for (const part of message.split('…')) {
    expect(rest).toContain(part);
    rest = rest.slice(rest.indexOf(part) + part.length);
  }
  expect(said.startsWith(message.split('…')[0]!)).toBe(true);
}

describe('golem replay is given', () => {
  it.each(FAULTS)('$name: 65, the place, nothing written', async ({ file, bytes, message }) => {
    project.write(file, bytes(lines));
    const before = project.listing();
    const files = ['--json', 'report.json', '--junit', 'junit.xml'];
    const { exit, out, err } = await project.golem(['replay', file, ...files]);
    expectMessage(err, message);
    expect([exit, out]).toEqual([65, '']);
    expect(project.listing()).toEqual(before);
  });

  it('what cannot be read: 65, what is wrong with it, nothing written', async () => {
    project.write('locked.ndjson', text(lines));
    chmodSync(project.path('locked.ndjson'), 0);
    symlinkSync('circle.ndjson', project.path('circle.ndjson'));
    const before = project.listing();
    const cases: [string, string][] = [
      [
        'gone.ndjson',
        'gone.ndjson: Failed to read recording "gone.ndjson": there is no such file. Run: ls -l .',
      ],
      [
        'fixtures',
        'fixtures: Failed to read recording "fixtures": expected a file, found a folder. Run: ls fixtures',
      ],
      [
        'circle.ndjson',
        'circle.ndjson: Failed to read recording "circle.ndjson": its symbolic links lead in a circle. …',
      ],
    ];
    // Root reads whatever it likes.
    if (process.getuid?.() !== 0) {
      cases.push([
        'locked.ndjson',
        'locked.ndjson: Failed to read recording "locked.ndjson": reading it is not permitted. …',
      ]);
    }
    for (const [file, message] of cases) {
      const { exit, out, err } = await project.golem(['replay', file, '--json', 'report.json']);
      expectMessage(err, message);
      expect([exit, out]).toEqual([65, '']);
    }
    expect(project.listing()).toEqual(before);
  });

  it('several recordings, the last of them bad: 65, and no report of the others', async () => {
    project.write('good.ndjson', text(lines));
    project.write('bad.ndjson', text(replacing(lines, 5, (line) => without(line, 'at'))));
    const before = project.listing();
    const { exit, out, err } = await project.golem(['replay', 'good.ndjson', 'bad.ndjson', '--json', '-']);
    expectMessage(err, 'bad.ndjson:5:1: Failed to read recording "bad.ndjson": "at" is missing, …');
    expect([exit, out]).toEqual([65, '']);
    expect(project.listing()).toEqual(before);
  });

  it('bad lines it is told to skip: they are counted, and the verdict is not a pass', async () => {
    project.write(
      'bad.ndjson',
      text(
        replacing(
          replacing(lines, 5, () => '{'),
          9,
          () => 'x',
        ),
      ),
    );
    const { exit, out } = await project.golem([
      'replay',
      'bad.ndjson',
      '--on-bad-line',
      'skip',
      '--json',
      '-',
    ]);
    const report = JSON.parse(out);
    expect(report.counts).toMatchObject({ bad_lines: 2, records: lines.length - 3 });
    expect(report.summary).toMatch(/ 2 skipped$/);
    expect([exit, report.verdict]).toEqual([1, 'fail']);
  });
});

describe('golem gate meets', () => {
  it('a bad recording: 65, the place relative to the project, no pending file, no report', async () => {
    project.write(
      'fixtures/provider-faults/recording.ndjson',
      text(replacing(lines, 5, (line) => without(line, 'user'))),
    );
    const before = project.listing();
    for (const cwd of ['.', 'fixtures']) {
      const config = cwd === '.' ? [] : ['--config', '../golem.config.ts'];
      const { exit, out, err } = await project.golem(['gate', ...config, '--json', 'report.json'], { cwd });
      expect(err).toMatch(
        /recording\.ndjson:5:1: Failed to read recording "recording\.ndjson": "user" is missing, expected string\. Run: /,
      );
      expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect([exit, out]).toEqual([65, '']);
    }
    expect(project.listing()).toEqual(before);
  });
});

describe('files of a report', () => {
  it('that cannot be written end a green gate with 64, without a half of one', async () => {
    project.write('folder/in-the-way', '');
    const before = project.listing();
    for (const [option, file, reason] of [
      ['--json', 'folder', 'it is a folder. Run: ls -ld folder'],
      ['--json', 'package.json/report.json', 'a part of the path is a file. Run: ls -ld package.json'],
      ['--junit', 'folder', 'it is a folder. Run: ls -ld folder'],
    ] as const) {
      const { exit, err } = await project.golem(['gate', option, file]);
      expect(err).toBe(`Failed to write "${file}": ${reason}\n`);
      expect(exit).toBe(64);
      expect(project.listing()).toEqual(before);
    }
  });
});
