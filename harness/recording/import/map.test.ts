import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GolemError } from '../../errors.ts';
import { fixedOffsetMinutes, readImportMap } from './map.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-map-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MAP = `golem: import-map
version: 1
time_zone: "+09:00"
anonymised: false
user: { column: who }
decimal_comma: [size]
leave_out:
  - { column: what, is: [test] }
layouts:
  - name: plain
    header: [who, when, what, size]
    at:
      date_time: { column: when, formats: [yyyy-MM-dd HH:mm] }
    columns:
      name: what
      size: size
`;

async function refusal(text: string): Promise<string> {
  const file = join(folder, 'map.yml');
  writeFileSync(file, text);
  const error: unknown = await readImportMap(file, ['name', 'size']).then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof GolemError)) {
    throw new Error(`expected a GolemError, got ${String(error)}`);
  }
  return `${error.exit} ${error.message.replaceAll(`${folder}/`, '')}`;
}

it('reads a map and fills in what it leaves out', async () => {
  const file = join(folder, 'good.yml');
  writeFileSync(file, MAP);
  expect(await readImportMap(file, ['name', 'size'])).toMatchObject({
    time_zone: '+09:00',
    not_before: '2000-01-01',
    ambiguous_time: 'refuse',
    encoding: 'utf-8',
    delimiter: ',',
    duplicates: 'refuse',
    gap_minutes: 0,
    nothing: [''],
    user: { column: 'who', prefix: '' },
  });
});

const prefix = 'Failed to read import map "map.yml":';
const suffix = 'Run: golem import csv --help';

it.each([
  [
    'a missing key',
    MAP.replace('anonymised: false\n', ''),
    `65 map.yml:1:1: ${prefix} "anonymised" is missing, expected boolean. ${suffix}`,
  ],
  [
    'an unknown key',
    MAP.replace('anonymised', 'anonymized'),
    `65 map.yml:1:1: ${prefix} "anonymised" is missing, expected boolean. ${suffix}`,
  ],
  [
    'a key too many',
    `${MAP}colour: red\n`,
    `65 map.yml:17:1: ${prefix} the map has a key golem does not know: "colour". ${suffix}`,
  ],
  [
    'a wrong zone',
    MAP.replace('"+09:00"', 'Mars/Olympus'),
    `65 map.yml:3:12: ${prefix} "time_zone": expected an offset such as "+09:00" or a zone such as Asia/Tokyo. ${suffix}`,
  ],
  [
    'a broken expression',
    MAP.replace('column: who', "file_name: '('"),
    `65 map.yml:5:20: ${prefix} "user.file_name": expected a regular expression. ${suffix}`,
  ],
  [
    'two sources of the user',
    MAP.replace('column: who', 'column: who, file_name: x'),
    `65 map.yml:5:7: ${prefix} "user": expected either "column" or "file_name". ${suffix}`,
  ],
  [
    'a date without a time',
    MAP.replace('date_time:', 'date:'),
    `65 map.yml:13:7: ${prefix} "layouts.0.at": expected either "date" and "time", or "date_time". ${suffix}`,
  ],
  [
    'a layout with two kinds of header',
    MAP.replace('    at:', '    no_header: [a]\n    at:'),
    `65 map.yml:10:5: ${prefix} "layouts.0": expected either "header" or "no_header". ${suffix}`,
  ],
  [
    'a column the layout does not list',
    MAP.replace('column: when', 'column: then'),
    `65 map.yml:13:28: ${prefix} expected a column of layout "plain", "header" does not list "then". ${suffix}`,
  ],
  [
    'a column the importer does not know',
    MAP.replace('name: what\n', 'title: what\n'),
    `65 map.yml:15:7: ${prefix} expected one of name, size, found "title". ${suffix}`,
  ],
  [
    'a decimal comma in an unknown column',
    MAP.replace('[size]', '[sizes]'),
    `65 map.yml:6:17: ${prefix} expected one of name, size, found "sizes". ${suffix}`,
  ],
  [
    'an unlisted column in a rule',
    MAP.replace('{ column: what', '{ column: that'),
    `65 map.yml:8:15: ${prefix} expected a column of layout "plain", "header" does not list "that". ${suffix}`,
  ],
  [
    'a column listed twice',
    MAP.replace('what, size]', 'what, size, who]'),
    `65 map.yml:11:13: ${prefix} expected each column once, "who" stands twice. ${suffix}`,
  ],
  [
    'an encoding nobody knows',
    `${MAP}encoding: klingon\n`,
    `65 map.yml:17:11: ${prefix} "encoding": expected an encoding such as utf-8, utf-16le or shift_jis. ${suffix}`,
  ],
  [
    'another version',
    MAP.replace('version: 1', 'version: 2'),
    `65 map.yml:2:10: ${prefix} "version": expected 1. ${suffix}`,
  ],
  ['an empty file', '', `65 map.yml:1:1: ${prefix} the map: expected object, received null. ${suffix}`],
])('tells the place of %s', async (_, text, message) => {
  expect(await refusal(text)).toBe(message);
});

it('tells the place of broken YAML', async () => {
  expect(await refusal(MAP.replace('user: {', 'user: {{'))).toMatch(
    /^65 map\.yml:\d+:\d+: Failed to read import map/,
  );
});

it('names a map that is not there', async () => {
  await expect(readImportMap(join(folder, 'none.yml'), [])).rejects.toMatchObject({
    exit: 65,
    failure: { reason: 'there is no such file' },
  });
});

it.each([
  ['+09:00', 540],
  ['-05:30', -330],
  ['UTC+01:00', 60],
  ['UTC', 0],
  ['Z', 0],
  ['+15:00', null],
  ['+01:60', null],
  ['Asia/Tokyo', null],
])('reads the offset %s as %j minutes', (name, minutes) => {
  expect(fixedOffsetMinutes(name)).toBe(minutes);
});
