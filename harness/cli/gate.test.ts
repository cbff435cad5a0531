import { describe, expect, it } from 'vitest';
import { fakeShell } from '../../tests/cli/fake-shell.ts';
import { failing, passing } from '../../tests/cli/sample-report.ts';
import type { GolemConfig } from '../config.ts';
import type { GateOptions } from '../pipeline.ts';
import { runGateCommand } from './gate.ts';

const globals = { config: 'other.config.ts', debug: false, color: true };
const config = {
  seed: '7',
  store: 'pglite',
  suites: [{ name: 'everyday' }, { name: 'edges' }],
} as unknown as GolemConfig;

function doors(report = passing) {
  const asked: GateOptions[] = [];
  return {
    asked,
    loadConfig: async (given: string | null, cwd: string) => {
      expect([given, cwd]).toEqual(['other.config.ts', '/nowhere']);
      return { config, root: '/somewhere' };
    },
    runGate: async (options: GateOptions) => {
      asked.push(options);
      return report;
    },
  };
}

describe('golem gate', () => {
  it('runs all suites with the config’s store and seed, and gives the report’s exit code', async () => {
    const door = doors(failing);
    const shell = fakeShell({});
    expect(await runGateCommand([], {}, globals, shell, door)).toBe(1);
    expect(door.asked).toMatchObject([
      { config, root: '/somewhere', suites: [], store: { kind: 'pglite' }, seed: '7', ci: false },
    ]);
    expect(shell.out().endsWith(`${failing.summary}\n`)).toBe(true);
  });

  it('hands on the suites, each once, the store and the seed', async () => {
    const door = doors();
    const options = { store: 'postgres://u@h/x', seed: '8' };
    expect(await runGateCommand(['edges', 'edges'], options, globals, fakeShell({}), door)).toBe(0);
    expect(door.asked).toMatchObject([
      { suites: ['edges'], store: { kind: 'postgres', url: 'postgres://u@h/x' }, seed: '8' },
    ]);
  });

  it.each([
    [{ CI: 'true' }, true],
    [{ CI: '1' }, true],
    [{ CI: 'false' }, false],
    [{ CI: '' }, false],
    [{}, false],
  ])('under %j knows whether a build server runs it: %s', async (env, ci) => {
    const door = doors();
    await runGateCommand([], {}, globals, fakeShell({ env }), door);
    expect(door.asked[0]?.ci).toBe(ci);
  });

  it('refuses a suite that the config does not have, before anything runs', async () => {
    const door = doors();
    await expect(runGateCommand(['everydya'], {}, globals, fakeShell({}), door)).rejects.toMatchObject({
      message:
        'Failed to replay "everydya": the config has no such suite, did you mean "everyday"; it has everyday, edges.',
      exit: 64,
    });
    expect(door.asked).toEqual([]);
  });

  it('refuses an unknown store without repeating a password', async () => {
    await expect(
      runGateCommand([], { store: 'mysql://u:secret@h/x' }, globals, fakeShell({}), doors()),
    ).rejects.toMatchObject({ message: expect.not.stringContaining('secret'), exit: 64 });
  });
});
