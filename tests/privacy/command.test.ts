/** The real command in a copy of the project, and the gate over a fixture that somebody forgot to anonymise. */
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { gateReport, lastLine, redFindings, temporaryProject } from '../temporary-project.ts';

const project = temporaryProject({ suites: ['retries'] });
const FIXTURE = 'fixtures/retries/recording.ndjson';
const env = { GOLEM_PSEUDONYM_KEY: 'a key of the tests, 32 bytes long' };

afterEach(() => project.restore());
afterAll(() => project.dispose());

describe('golem anonymise', () => {
  it('makes a fixture of a recording that replays alike and that the check lets pass', async () => {
    project.write('old.ndjson.gz', gzipSync(project.read(FIXTURE)));
    const made = await project.golem(['anonymise', 'old.ndjson.gz', '--out', 'new.ndjson.zst'], { env });
    expect([made.exit, made.out]).toEqual([
      0,
      'golem: anonymised · 36 records, 6 users, 0 texts scrubbed, in new.ndjson.zst\n',
    ]);
    const checked = await project.golem(['anonymise', '--check', 'new.ndjson.zst']);
    expect([checked.exit, checked.out]).toEqual([
      0,
      'golem: clean · nothing looks personal in 1 recording, 36 records\n',
    ]);
    const replays = [
      await project.golem(['replay', FIXTURE]),
      await project.golem(['replay', 'new.ndjson.zst']),
    ];
    expect(replays.map(({ exit, out }) => [exit, lastLine(out)])[1]).toEqual(
      replays.map(({ exit, out }) => [exit, lastLine(out)])[0],
    );
  });

  it('writes the key nowhere, and leaves nothing behind where the recording breaks off', async () => {
    project.write('old.ndjson', project.read(FIXTURE).slice(0, -40));
    const before = project.listing();
    const broken = await project.golem(['anonymise', 'old.ndjson', '--out', 'new.ndjson'], { env });
    expect(broken.exit).toBe(65);
    expect(broken.err).toMatch(/old\.ndjson:37:\d+: .*truncated/);
    const goOn = 'golem anonymise old.ndjson --out new.ndjson --on-bad-line skip';
    expect(broken.err).toContain(`Run: ${goOn}\n`);
    expect(project.listing()).toEqual(before);
    const checked = await project.golem(['anonymise', '--check', 'old.ndjson']);
    expect([checked.exit, checked.err]).toEqual([
      65,
      expect.stringMatching(/Run: sed -n 37p \S*old\.ndjson \|/),
    ]);
    expect((await project.golem(goOn.split(' ').slice(1), { env })).out).toContain(', 1 bad line left out');
    await project.golem(['anonymise', FIXTURE, '--out', 'new.ndjson', '--overwrite', '--debug'], { env });
    expect(project.read('new.ndjson')).not.toContain(env.GOLEM_PSEUDONYM_KEY);
    expect(broken.out + broken.err).not.toContain(env.GOLEM_PSEUDONYM_KEY);
  });
});

describe('the gate', () => {
  it('is red where a committed recording holds a phone number, names the place and not the number', async () => {
    const message = '"},"body":{"message":"昼ごはん：ご飯、豚汁"';
    project.edit(FIXTURE, message, ` 090-1234-5678${message}`);
    const { ran, report } = await gateReport(project, ['retries']);
    expect([ran.exit, redFindings(report)]).toEqual([1, ['privacy', 'privacy/phone']]);
    const [finding] = report.findings.filter(({ code }) => code === 'privacy/phone');
    expect(finding).toMatchObject({
      suite: 'retries',
      file: FIXTURE,
      detail: 'request.headers.user-agent looks like a phone number',
      remedy: `npm run golem -- anonymise --check ${FIXTURE}`,
    });
    expect(JSON.stringify(report)).not.toContain('1234-5678');
  });

  it('is red where a recording of real traffic was committed as it was', async () => {
    project.edit(FIXTURE, '"simulated":true', '"simulated":false');
    const { report } = await gateReport(project, ['retries']);
    expect(redFindings(report)).toEqual(['privacy', 'privacy/verbatim']);
  });

  it('looks for the names that the config lists, and takes no other setting there', async () => {
    project.changeConfig("config.privacy = { names: ['豚汁'] };");
    const { report } = await gateReport(project, ['retries']);
    expect(redFindings(report)).toEqual(['privacy', 'privacy/name']);
    project.changeConfig("config.privacy = { name: ['豚汁'] };");
    const refused = await project.golem(['gate']);
    expect(refused.exit).toBe(64);
    expect(refused.err).toContain('privacy.name');
  });
});
