/**
 * A run that stops without an end is never green: a promise that nobody settles leaves Node with nothing to wait for,
 * and it would end with 0; and two runs in one folder do not trip over each other's files.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Project, temporaryProject } from '../temporary-project.ts';

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['retries', 'provider-faults'] });
});
beforeEach(() => project.restore());
afterAll(() => project.dispose());

/** Puts a write service in the place of the real one. */
const serving = (write: string): string =>
  `config.migration = { ...config.migration, createService: () => ({ write: ${write} }) };`;

describe('a run that stops before its end is golem’s fault or the config’s, 70, when', () => {
  it.each([
    ['a write never settles', serving('() => new Promise(() => {})')],
    [
      'the store never opens',
      'config.migration = { ...config.migration, openStore: () => new Promise(() => {}) };',
    ],
    ['the config never loads', 'await new Promise(() => {});'],
    ['the config ends the process', 'process.exit(0);'],
  ])('%s', async (_, change) => {
    project.changeConfig(change);
    const { exit, out, err } = await project.golem(['gate', '--json', 'report.json']);
    expect(err).toBe("golem: own fault, or the config's: the run stopped before it came to an end\n");
    expect([exit, out]).toEqual([70, '']);
    expect(project.exists('report.json')).toBe(false);
  });

  it('a service gives something that is no result', async () => {
    project.changeConfig(serving('async () => undefined'));
    const { exit, out, err } = await project.golem(['gate']);
    expect(err).toMatch(/^golem: this is golem's own fault, not yours: TypeError: /);
    expect([exit, out]).toEqual([70, '']);
  });
});

describe('runs at once in one folder', () => {
  it('come to the same verdict, and leave whole pending files', async () => {
    project.remove('golden/retries');
    project.remove('golden/provider-faults');
    const runs = await Promise.all(Array.from({ length: 5 }, () => project.golem(['gate'])));
    for (const { exit, out, err } of runs) {
      expect([exit, err]).toEqual([1, '']);
      expect(out).toBe(runs[0]?.out);
    }
    const left = project.listing().filter((line) => /^golden\/.*\.json /.test(line));
    expect(left).toHaveLength(19);
    for (const line of left) {
      const file = line.split(' ')[0]!;
      expect(file).toMatch(/\/\d{4}-\d\d-\d\d\.pending\.json$/);
      expect(JSON.parse(project.read(file))).toMatchObject({ golem: 'golden' });
    }
  });
});
