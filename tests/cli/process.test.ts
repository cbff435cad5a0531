import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LAUNCHER, runGolem } from './run-golem.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golem-process-'));
  await copyFile(join(import.meta.dirname, 'stand-in.config.mjs'), join(folder, 'golem.config.mjs'));
});
afterAll(() => rm(folder, { recursive: true }));

const serve = ['serve', '--listen', '127.0.0.1:0', '--store', 'memory'];
const serving = (signal: NodeJS.Signals) => (out: string) => (out.includes('serving on') ? signal : null);

describe('the process', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'of a service ends cleanly on %s, its store closed',
    async (signal) => {
      const { exit, out, err } = await runGolem(serve, { cwd: folder, until: serving(signal) });
      expect(out).toBe('golem: serving on http://127.0.0.1:0\n');
      expect(err).toBe('started\nstore closed\ngolem: stopped serving\n');
      expect(exit).toBe(0);
    },
  );

  it('of anything else ends at once on SIGINT, with 130 and no verdict', async () => {
    await writeFile(
      join(folder, 'slow.config.mjs'),
      "process.stderr.write('loading\\n'); await new Promise((go) => setTimeout(go, 60_000));",
    );
    const { exit, out, err } = await runGolem(['gate', '--config', 'slow.config.mjs'], {
      cwd: folder,
      until: (_, said) => (said.includes('loading') ? 'SIGINT' : null),
    });
    expect(err).toBe('loading\ngolem: interrupted · what ran so far is partial, no verdict\n');
    expect([exit, out]).toEqual([130, '']);
  });

  it('reports golem’s own fault with 70, what to report, and no password', async () => {
    const args = [...serve.slice(0, 3), '--store', 'postgres://u:secret@h/x'];
    const { exit, err } = await runGolem(args, { cwd: folder, env: { FAULT: 'serve' } });
    expect(err).toContain(
      "golem: this is golem's own fault, not yours: TypeError: no such thing at postgres://u:***@h/x\n",
    );
    expect(err).toContain(`\n  golem 0.`);
    expect(err).toContain(`, Node ${process.versions.node}, ${process.platform} ${process.arch}\n`);
    expect(err).toContain('\n  command: golem serve --listen 127.0.0.1:0 --store postgres://u:***@h/x\n');
    expect(err).not.toContain('secret');
    expect(err).not.toMatch(/^ +at /m);
    expect(exit).toBe(70);
  });

  it('shows the stack under --debug, before or after the command', async () => {
    for (const args of [
      ['--debug', ...serve],
      [...serve, '--debug'],
    ]) {
      const { exit, err } = await runGolem(args, { cwd: folder, env: { FAULT: 'serve' } });
      expect(err).toMatch(/\n +at .*golem\.config\.mjs:\d+/);
      expect(exit).toBe(70);
    }
  });

  it('ends with 70 on a fault that nobody awaited', async () => {
    const { exit, err } = await runGolem(serve, { cwd: folder, env: { FAULT: 'late' } });
    expect(err).toContain('RangeError: too late');
    expect(exit).toBe(70);
  });

  it('takes a reader that went away for no error', async () => {
    const { exit, err } = await new Promise<{ exit: number | null; err: string }>((resolve) => {
      const child = spawn(process.execPath, [LAUNCHER, '--help'], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      child.stdout.destroy();
      let err = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      child.on('close', (exit) => resolve({ exit, err }));
    });
    expect(err).toBe('');
    expect(exit).toBe(0);
  });

  it.runIf(existsSync('/dev/full'))('says that a full disk took no output, with 69', async () => {
    const exit = await new Promise((resolve) => {
      const child = spawn('sh', ['-c', `"${process.execPath}" "${LAUNCHER}" --help > /dev/full`], {
        stdio: 'ignore',
      });
      child.on('close', resolve);
    });
    expect(exit).toBe(69);
  });
});

describe('the launcher on an old Node', () => {
  const require = createRequire(import.meta.url);
  const { complaintAbout } = require('../../bin/node-version.js') as {
    complaintAbout: (version: string) => string | null;
  };

  it.each(['4.9.1', '8.17.0', 'v18.20.8', '20.20.2', '22.18.0', '', 'x'])(
    'complains about %j in one line',
    (version) => {
      expect(complaintAbout(version)).toBe(
        `golem needs Node 22.19 or newer and found ${version}: in the repository run "npm ci", whose npm scripts then ` +
          'use the Node it brings; elsewhere install Node 24.',
      );
    },
  );

  it.each(['22.19.0', 'v22.20.1', '24.0.0', '26.1.0', '100.0.0'])('says nothing about %s', (version) => {
    expect(complaintAbout(version)).toBeNull();
  });

  it('has only syntax that Node 4 can parse in what it loads first', async () => {
    for (const file of ['golem.js', 'node-version.js']) {
      const source = await readFile(join(LAUNCHER, '..', file), 'utf8');
      const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, '');
      // Later than Node 4: spread, destructuring, async, exponents, ?. and ??, modules, catch without a name,
      // private names, and a comma after the last argument.
      expect(code).not.toMatch(
        /\.\.\.|(const|let|var) [[{]|\basync\b|\bawait\b|\*\*|\?\.|\?\?|^import |import\(|^export |catch \{|#\w+[( =]|,\s*\)/m,
      );
      expect(code).toContain("'use strict';");
    }
  });

  const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path));
  it.runIf(old !== undefined)(
    'on the machine’s own Node says so, or runs where that is new enough',
    async () => {
      const { exit, out, err } = await runGolem(['--version'], { cwd: folder, node: old ?? '' });
      if (exit === 0) {
        expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
      } else {
        expect(err).toMatch(/^golem needs Node 22\.19 or newer and found \d+\.\d+\.\d+: [^\n]*\n$/);
        expect([exit, out]).toEqual([64, '']);
      }
    },
  );
});
