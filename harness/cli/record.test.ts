import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import type { GolemConfig } from '../config.ts';
import { mealLog } from '../meal-log/index.ts';
import type { ProxyOptions } from '../recording/capture/proxy/proxy.ts';
import { openSession } from '../recording/capture/session.ts';
import { captureOptionsOf, exitOf } from './capture-options.ts';
import { type RecordCommandOptions, type RecordDoors, runRecordCommand } from './record.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'golem-record-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const globals = { config: null, debug: false, color: true };
const GOOD: RecordCommandOptions = {
  target: 'http://127.0.0.1:8080',
  listen: '127.0.0.1:0',
  out: 'a.ndjson',
  userHeader: 'x-user-id',
};
const KEY = { GOLEM_PSEUDONYM_KEY: 'a-key-for-tests-0123456789' };

function doors(startProxy: RecordDoors['startProxy']): RecordDoors {
  return {
    loadConfig: async () => ({
      config: { migration: mealLog, privacy: { names: ['Jo Doe'] } } as unknown as GolemConfig,
      root: folder,
    }),
    openSession: async (options, env) => openSession(options, { environment: env }),
    startProxy,
  };
}

/** Runs the command as far as a proxy that only notes what it was started with. */
async function run(change: Partial<RecordCommandOptions>, env: Readonly<Record<string, string>> = KEY) {
  let started: ProxyOptions | null = null;
  const shell = fakeShell({ cwd: folder, env });
  const command = runRecordCommand(
    { ...GOOD, ...change },
    globals,
    shell,
    doors(async (options) => {
      started = options;
      return {
        url: 'http://127.0.0.1:1',
        upstreamUrls: options.upstreams.map((_, index) => `http://127.0.0.1:${index + 2}`),
        joins: () => ({ ambiguousCalls: 2, strayCalls: 1 }),
        close: async () => undefined,
      };
    }),
  );
  const refused = await Promise.race([
    command.then(
      () => null,
      (error: unknown) => error as Error,
    ),
    expect
      .poll(() => shell.out())
      .toContain('golem: recording')
      .then(
        () => null,
        () => null,
      ),
  ]);
  if (refused !== null) throw refused;
  const exit = await shell.interrupt();
  expect(await command).toBe(exit);
  return { exit, out: shell.out(), started: started as ProxyOptions | null };
}

describe('golem record', () => {
  it('starts what was asked for, and on an interruption says what it did', async () => {
    const { exit, out, started } = await run({
      upstream: ['9001=https://provider.example/base', '[::1]:9002=http://other'],
      pathPrefix: '/api',
      sample: '25%',
    });
    expect(started?.listen).toEqual({ host: '127.0.0.1', port: 0 });
    expect(started?.target.href).toBe('http://127.0.0.1:8080/');
    expect(started?.upstreams.map(({ listen, target }) => [listen.host, listen.port, target.href])).toEqual([
      ['127.0.0.1', 9001, 'https://provider.example/base'],
      ['::1', 9002, 'http://other/'],
    ]);
    expect(started?.session.settings).toMatchObject({
      pathPrefix: '/api',
      privacy: { key: KEY.GOLEM_PSEUDONYM_KEY, names: ['Jo Doe'] },
      header: { source: 'golem record', sample: { share: '25%' }, anonymised: true },
    });
    expect(exit).toBe(0);
    expect(out).toBe(
      [
        'golem: upstream http://127.0.0.1:2 → https://provider.example/base',
        'golem: upstream http://127.0.0.1:3 → http://other/',
        'golem: recording http://127.0.0.1:1 → http://127.0.0.1:8080/ into a.ndjson',
        '  a.ndjson',
        '  upstream calls of more than one possible request: 2; let the service pass x-request-id on',
        '  upstream calls while no request was under way: 1',
        'golem: recorded · 0 writes, 0 lost, 1 file',
        '',
      ].join('\n'),
    );
  });

  it.each([
    [{ target: undefined }, 'it needs the option --target'],
    [{ out: undefined }, 'it needs the option --out'],
    [{ target: 'h:80' }, '"h:80": expected an http or https address'],
    [{ target: 'http://u:secret@h' }, '"h": expected an address without a user or a password'],
    [{ target: 'http://h?x=1' }, 'expected an address without a query'],
    [{ upstream: ['http://p'] }, 'expected LISTEN=URL'],
    [{ upstream: ['9001=ftp://p'] }, 'expected an http or https address'],
    [{ upstream: ['x:y=http://p'] }, 'expected HOST:PORT'],
    [{ listen: 'x:y' }, 'expected HOST:PORT'],
    [{ rotateSize: 'big' }, 'expected a size such as 64MB'],
    [{ rotateSize: '0MB' }, 'expected a size such as 64MB'],
    [{ rotateTime: '10' }, 'expected a time such as 15m'],
    [{ sample: '110%' }, 'above 0% and up to 100%'],
    [{ out: 'gone/a.ndjson' }, 'there is no such folder'],
  ])('refuses %j', async (change, message) => {
    const refused = await run(change as Partial<RecordCommandOptions>).catch((error: unknown) => error);
    expect(refused).toMatchObject({ exit: 64, message: expect.stringContaining(message) });
    expect((refused as Error).message).not.toContain('secret');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses to record without a key, unless it is told to take nothing out', async () => {
    await expect(run({}, {})).rejects.toMatchObject({
      exit: 64,
      message: expect.stringContaining('GOLEM_PSEUDONYM_KEY'),
    });
    const { started } = await run({ verbatim: true }, {});
    expect(started?.session.settings.header.anonymised).toBe(false);
  });

  it('says which address cannot be listened on, and leaves nothing behind', async () => {
    const taken = () => Promise.reject(Object.assign(new Error('x'), { code: 'EADDRINUSE' }));
    const shell = fakeShell({ cwd: folder, env: KEY });
    await expect(
      runRecordCommand({ ...GOOD, upstream: ['9001=http://p'] }, globals, shell, doors(taken)),
    ).rejects.toMatchObject({
      exit: 69,
      message: 'Failed to listen on "127.0.0.1:0, 9001=http://p": another program listens there already.',
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('options of a capture', () => {
  it('read sizes and times, and keep the slash that makes a folder', () => {
    expect(
      captureOptionsOf('out/', { rotateSize: '64MB', rotateTime: '15m', sample: '10%', seed: 's' }, '/home'),
    ).toEqual({
      to: '/home/out/',
      verbatim: false,
      overwrite: false,
      sample: '10%',
      seed: 's',
      rotate: { bytes: 64_000_000, seconds: 900 },
    });
    expect(captureOptionsOf('a.ndjson', { verbatim: true, overwrite: true }, '/home')).toEqual({
      to: '/home/a.ndjson',
      verbatim: true,
      overwrite: true,
      rotate: {},
    });
  });

  it('end with 69 where the disk refused', () => {
    const stats = { dropped: {}, diskFailure: null } as unknown as Parameters<typeof exitOf>[0];
    expect(exitOf(stats)).toBe(0);
    expect(exitOf({ ...stats, diskFailure: 'ENOSPC' })).toBe(69);
    expect(exitOf({ ...stats, dropped: { disk: 1 } })).toBe(69);
    expect(exitOf({ ...stats, dropped: { queue_full: 1 } })).toBe(0);
  });
});
