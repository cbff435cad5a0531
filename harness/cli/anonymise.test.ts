import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import type { GolemConfig } from '../config.ts';
import { privacyRules } from '../meal-log/privacy.ts';
import type { Migration } from '../migration.ts';
import { SAMPLE_HEADER, sampleRecord } from '../recording/sample.fixture.ts';
import { type AnonymiseCommandOptions, runAnonymiseCommand } from './anonymise.ts';

const globals = { config: null, debug: false, color: true };
const KEY = { GOLEM_PSEUDONYM_KEY: 'a key of the tests, 32 bytes long' };
const config = { migration: { name: 'shop', privacy: privacyRules }, privacy: { names: ['山田'] } };

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'golem-anonymise-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function run(
  files: readonly string[],
  options: Partial<AnonymiseCommandOptions>,
  env: Readonly<Record<string, string>> = KEY,
  migration: Partial<Migration> = config.migration,
) {
  const shell = fakeShell({ cwd, env });
  const doors = {
    loadConfig: async () => ({ config: { ...config, migration } as unknown as GolemConfig, root: cwd }),
  };
  const exit = runAnonymiseCommand(files, { onBadLine: 'fail', ...options }, globals, shell, doors);
  return { exit, shell };
}

function put(
  name: string,
  messages: readonly string[],
  header: object = { ...SAMPLE_HEADER, anonymised: false },
): void {
  const records = messages.map((message, index) => {
    const record = sampleRecord('taro', index);
    return { ...record, request: { ...record.request, body: { message } } };
  });
  writeFileSync(join(cwd, name), [header, ...records].map((line) => `${JSON.stringify(line)}\n`).join(''));
}

const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');

describe('golem anonymise', () => {
  it('writes a recording without anything personal and says what it took out', async () => {
    put('old.ndjson', ['ご飯', '山田さんと tel 090-1234-5678', 'taro@example.com']);
    const { exit, shell } = run(['old.ndjson'], { out: 'new.ndjson' });
    expect(await exit).toBe(0);
    expect(shell.out()).toBe(
      'taken out of texts: mail 1, name 1, phone 1\n' +
        'golem: anonymised · 3 records, 1 user, 2 texts scrubbed, in new.ndjson\n',
    );
    expect(read('new.ndjson')).not.toMatch(/taro|山田|090|golem-key/);
    expect(read('new.ndjson').split('\n')[0]).toContain('"anonymised":true');
  });

  it('never writes over a recording unasked, nor over the one it reads', async () => {
    put('old.ndjson', ['ご飯']);
    put('new.ndjson', ['パン']);
    const before = read('new.ndjson');
    await expect(run(['old.ndjson'], { out: 'new.ndjson' }).exit).rejects.toMatchObject({ exit: 64 });
    await expect(run(['old.ndjson'], { out: './old.ndjson', overwrite: true }).exit).rejects.toThrow(
      'it is the recording that is being anonymised',
    );
    expect(read('new.ndjson')).toBe(before);
    expect(await run(['old.ndjson'], { out: 'new.ndjson', overwrite: true }).exit).toBe(0);
    expect(read('new.ndjson')).not.toBe(before);
  });

  it('says that pseudonyms of an anonymised recording stay, and changes nothing in it', async () => {
    put('old.ndjson', ['090-1234-5678']);
    await run(['old.ndjson'], { out: 'once.ndjson' }).exit;
    const { exit, shell } = run(
      ['once.ndjson'],
      { out: 'twice.ndjson' },
      { GOLEM_PSEUDONYM_KEY: 'another key, as long' },
    );
    expect(await exit).toBe(0);
    expect(shell.out()).toMatch(
      /^the recording says it is anonymised: its pseudonyms and tags stay\ngolem: anonymised/,
    );
    expect(read('twice.ndjson')).toBe(read('once.ndjson'));
  });

  it.each<
    [string, readonly string[], Partial<AnonymiseCommandOptions>, Readonly<Record<string, string>>, RegExp]
  >([
    ['without a key', ['old.ndjson'], { out: 'new.ndjson' }, {}, /"GOLEM_PSEUDONYM_KEY": it is not set/],
    [
      'with a short key',
      ['old.ndjson'],
      { out: 'new.ndjson' },
      { GOLEM_PSEUDONYM_KEY: 'sesame-42' },
      /it has 9 bytes/,
    ],
    ['without a place to write to', ['old.ndjson'], {}, KEY, /it needs --out FILE, or --check/],
    ['for two recordings', ['old.ndjson', 'b'], { out: 'new.ndjson' }, KEY, /one recording at a time, got 2/],
  ])('is a usage error %s; nothing is written', async (_what, files, options, env, reason) => {
    put('old.ndjson', ['ご飯']);
    const { exit } = run(files, options, env);
    await expect(exit).rejects.toMatchObject({ exit: 64 });
    await expect(exit).rejects.toThrow(reason);
    await expect(exit).rejects.not.toThrow(/sesame/);
    expect(existsSync(join(cwd, 'new.ndjson'))).toBe(false);
  });

  it('is a usage error for a migration that does not say what may be kept', async () => {
    put('old.ndjson', ['ご飯']);
    await expect(run(['old.ndjson'], { out: 'new.ndjson' }, KEY, { name: 'shop' }).exit).rejects.toThrow(
      'Failed to anonymise for the migration "shop": it does not say what of a write a recording may hold',
    );
  });

  it('leaves nothing behind when a line is bad, or leaves the line out and says so', async () => {
    put('old.ndjson', ['ご飯', 'パン']);
    writeFileSync(join(cwd, 'old.ndjson'), `${read('old.ndjson')}{"half":\n`);
    await expect(run(['old.ndjson'], { out: 'new.ndjson' }).exit).rejects.toMatchObject({ exit: 65 });
    expect(existsSync(join(cwd, 'new.ndjson'))).toBe(false);
    const { exit, shell } = run(['old.ndjson'], { out: 'new.ndjson', onBadLine: 'skip' });
    expect(await exit).toBe(0);
    expect(shell.out()).toContain('2 records, 1 user, 0 texts scrubbed, 1 bad line left out, in new.ndjson');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    put(
      'old.ndjson',
      Array.from({ length: 2_000 }, () => 'ご飯 090-1234-5678'),
    );
    const { exit, shell } = run(['old.ndjson'], { out: 'new.ndjson' });
    const refused = expect(exit).rejects.toMatchObject({ exit: 130 });
    while (!readdirSync(cwd).some((name) => name.endsWith('.partial'))) await setImmediate();
    expect(await shell.interrupt()).toBe(130);
    await refused;
    expect(readdirSync(cwd)).toEqual(['old.ndjson']);
  });
});

describe('golem anonymise --check', () => {
  it('passes recordings that hold nothing personal, without a key', async () => {
    put('a.ndjson', ['ご飯 200g', '12:30 ラーメン']);
    put('b.ndjson', ['100 plus']);
    const { exit, shell } = run(['a.ndjson', 'b.ndjson'], { check: true }, {});
    expect(await exit).toBe(0);
    expect(shell.out()).toBe('golem: clean · nothing looks personal in 2 recordings, 3 records\n');
  });

  it('refuses the others with file, line and field, and never shows a value', async () => {
    put('a.ndjson', ['ご飯', 'tel 090-1234-5678, taro@example.com']);
    put('b.ndjson', ['山田さん'], { ...SAMPLE_HEADER, anonymised: false, simulated: false });
    const { exit, shell } = run(['a.ndjson', 'b.ndjson'], { check: true }, {});
    expect(await exit).toBe(65);
    expect(shell.out()).toBe(
      'a.ndjson:3:request.body.message  a phone number (phone)\n' +
        'a.ndjson:3:request.body.message  a mail address (mail)\n' +
        'b.ndjson:1:anonymised  real traffic that is not anonymised (verbatim)\n' +
        'b.ndjson:2:request.body.message  a listed name (name)\n' +
        'golem: refused · 4 values in 2 of 2 recordings, 3 records: mail 1, name 1, phone 1, verbatim 1\n',
    );
    expect(shell.out() + shell.err()).not.toMatch(/090|taro@|山田/);
  });

  it('shows twenty places and counts the rest', async () => {
    put(
      'a.ndjson',
      Array.from({ length: 33 }, () => 'tel 090-1234-5678'),
    );
    const { exit, shell } = run(['a.ndjson'], { check: true });
    expect(await exit).toBe(65);
    const lines = shell.out().trimEnd().split('\n');
    expect(lines).toHaveLength(22);
    expect(lines.at(-2)).toBe('… and 13 more');
    expect(lines.at(-1)).toBe('golem: refused · 33 values in 1 of 1 recording, 33 records: phone 33');
  });
});
