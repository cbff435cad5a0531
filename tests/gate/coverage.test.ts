/** The gate is red where its recordings do not reach what the config says they must: a whole command each time. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateReport, type Project, redFindings, temporaryProject } from '../temporary-project.ts';

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['provider-faults', 'retries'] });
});
afterAll(() => project.dispose());

describe('coverage', () => {
  it('that is there is a green row a dimension', async () => {
    project.changeConfig(
      "config.coverage = { require: { source: ['dictionary'], disposition: { hit: 2 } } };",
    );
    const { ran, report } = await gateReport(project);
    expect([ran.exit, redFindings(report)]).toEqual([0, []]);
    expect(
      report.rows.filter(({ finding }) => finding.startsWith('coverage/')).map(({ check }) => check),
    ).toEqual(['coverage, source', 'coverage, disposition']);
  });

  it('that is missing is red, names the stratum and the command that shows it', async () => {
    project.changeConfig(
      "config.coverage = { require: { guard: ['h oil', 'd duplicates'], slot: { lunch: 500 } } };",
    );
    const { ran, report } = await gateReport(project);
    expect([ran.exit, redFindings(report)]).toEqual([1, ['coverage/guard', 'coverage/slot']]);
    const row = report.rows.find(({ finding }) => finding === 'coverage/guard');
    expect(row).toMatchObject({ suite: 'gate', actual: 'none in h oil, none in d duplicates' });
    expect(row?.remedy).toBe('npm run golem -- recordings stat fixtures/*/recording.ndjson');
  });

  it('of one suite is its own', async () => {
    project.changeConfig("config.suites[0].coverage = { require: { source: ['dictionary'] } };");
    const { ran, report } = await gateReport(project, ['retries']);
    expect([ran.exit, redFindings(report)]).toEqual([1, ['coverage/source']]);
    const row = report.rows.find(({ finding }) => finding === 'coverage/source');
    expect(row).toMatchObject({
      suite: 'retries',
      remedy: 'npm run golem -- recordings stat fixtures/retries/recording.ndjson',
    });
  });

  it('of all suites is not asked of some', async () => {
    project.changeConfig("config.coverage = { require: { guard: ['h oil'] } };");
    expect((await gateReport(project, ['retries'])).ran.exit).toBe(0);
  });

  it('that cannot be is a configuration error', async () => {
    project.changeConfig("config.coverage = { require: { guard: ['h oli'] } };");
    const { exit, err } = await project.golem(['gate']);
    expect([exit, err]).toEqual([64, expect.stringContaining('did you mean "h oil"')]);
  });
});
