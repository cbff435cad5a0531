import { describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import type { GolemConfig } from '../config.ts';
import type { ServeOptions } from '../migration.ts';
import type { Capture } from '../recording/capture/capture.ts';
import type { CaptureOptions } from '../recording/capture/options.ts';
import type { CaptureStats } from '../recording/capture/session.ts';
import { parseListen } from './listen.ts';
import { runServeCommand } from './serve.ts';
import { randomIds } from './system.ts';

const globals = { config: null, debug: false, color: true };

const STATS: CaptureStats = {
  captured: 7,
  dropped: {},
  passed: { refused: 0, outside_sample: 0, no_user: 2, withheld: 0 },
  lateCalls: 0,
  inFlight: 0,
  queued: 0,
  queuedBytes: 0,
  files: ['/home/served.ndjson'],
  diskFailure: null,
};

function service(serve: (options: ServeOptions) => Promise<unknown>, stats: CaptureStats = STATS) {
  const events: string[] = [];
  const migration = {
    openStore: async (choice: unknown) => {
      events.push(`open ${JSON.stringify(choice)}`);
      return { close: async () => void events.push('close store') };
    },
    serve,
  };
  const doors = {
    loadConfig: async () => ({ config: { migration } as unknown as GolemConfig, root: '/somewhere' }),
    openCapture: async ({ to, user, source, verbatim }: CaptureOptions) => {
      events.push(`capture ${to} of ${user} by ${source}${verbatim ? ', verbatim' : ''}`);
      return {
        handler: (listener: unknown) => {
          events.push(`watch ${listener}`);
          return listener;
        },
        interceptorFor: (addresses: unknown) => events.push(`watch ${JSON.stringify(addresses)}`),
        close: async () => {
          events.push('finish capture');
          return stats;
        },
      } as unknown as Capture;
    },
  };
  return { events, doors };
}

describe('golem serve', () => {
  it('listens, says where, and on an interruption drains, closes and writes the recording, in this order', async () => {
    const { events, doors } = service(async ({ host, port, watch, environment }) => {
      events.push(`serve ${host} ${port} ${environment.FLAG}`);
      watch?.handler('listener' as never);
      watch?.upstream('http://provider/x', 'http://y');
      return { url: 'http://127.0.0.1:9', close: async () => void events.push('close server') };
    });
    const shell = fakeShell({ env: { FLAG: '1' }, cwd: '/home' });
    const options = { listen: '127.0.0.1:0', store: 'pglite', record: 'served.ndjson', verbatim: true };
    const exit = runServeCommand(options, globals, shell, doors);
    await expect.poll(() => shell.out()).toBe('golem: serving on http://127.0.0.1:9\n');
    expect(await shell.interrupt()).toBe(0);
    expect(await exit).toBe(0);
    expect(shell.err()).toBe(
      '  served.ndjson\n  not recorded, no user: 2\ngolem: stopped serving, 7 writes recorded in served.ndjson\n',
    );
    expect(events).toEqual([
      'capture /home/served.ndjson of x-user-id by golem serve, verbatim',
      'open {"kind":"pglite"}',
      'serve 127.0.0.1 0 1',
      'watch listener',
      'watch [{"url":"http://provider/x","as":"http://y"}]',
      'close server',
      'close store',
      'finish capture',
    ]);
  });

  it('ends with 69 when the disk refused what it should have recorded', async () => {
    const lost = { ...STATS, captured: 4, dropped: { disk: 3 }, files: [], diskFailure: 'ENOSPC' };
    const { doors } = service(
      async () => ({ url: 'http://127.0.0.1:9', close: async () => undefined }),
      lost,
    );
    const shell = fakeShell({ cwd: '/home' });
    const exit = runServeCommand(
      { listen: '127.0.0.1:0', store: 'memory', record: 'served/' },
      globals,
      shell,
      doors,
    );
    await expect.poll(() => shell.out()).toContain('serving');
    expect(await shell.interrupt()).toBe(69);
    expect(await exit).toBe(69);
    expect(shell.err()).toContain('  lost, disk: 3\n');
  });

  it('says what is wrong with the address and closes the store when it cannot listen', async () => {
    const { events, doors } = service(() =>
      Promise.reject(Object.assign(new Error('x'), { code: 'EADDRINUSE' })),
    );
    const options = { listen: '127.0.0.1:80', store: 'memory' };
    await expect(runServeCommand(options, globals, fakeShell({}), doors)).rejects.toMatchObject({
      message: 'Failed to listen on "127.0.0.1:80": another program listens there already.',
      exit: 69,
    });
    expect(events).toEqual(['open {"kind":"memory"}', 'close store']);
  });
});

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['localhost:0', 'localhost', 0],
    ['[::1]:8080', '::1', 8080],
    [':8080', '127.0.0.1', 8080],
    ['8080', '127.0.0.1', 8080],
  ])('%s is read', (text, host, port) => {
    expect(parseListen(text)).toEqual({ host, port });
  });

  it.each(['', 'localhost', '127.0.0.1:65536', '127.0.0.1:x', '::1:80', 'http://h:80', 'a b:80'])(
    '%j is refused',
    (text) => {
      expect(() => parseListen(text)).toThrow(
        `Failed to listen on "${text}": expected HOST:PORT with a port from 0 to 65535.`,
      );
    },
  );
});

describe('ids of a service', () => {
  it('are UUIDs of version 4, and of version 7 in 22 characters that begin with the time', () => {
    expect(randomIds.uuid('log')).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    const nowMs = Date.UTC(2025, 8, 1);
    const id = randomIds.shortUuid7('item', nowMs);
    const bytes = Buffer.from(id, 'base64url');
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(bytes).toHaveLength(16);
    expect(bytes.readUIntBE(0, 6)).toBe(nowMs);
    expect(bytes.readUInt8(6) >> 4).toBe(7);
    expect(bytes.readUInt8(8) >> 6).toBe(2);
    expect(randomIds.shortUuid7('item', nowMs)).not.toBe(id);
  });
});
