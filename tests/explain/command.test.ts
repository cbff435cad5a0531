/** `golem explain` as people run it: what it shows, how wide, and what it answers to a name that is not there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { displayWidth } from '../../harness/report/display-text.ts';
import { lastLine, type Project, temporaryProject } from '../temporary-project.ts';

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['edges', 'noisy', 'retries', 'must-fail/kcal-up'] });
});
afterAll(() => project.dispose());

const explain = (...args: string[]) => project.golem(['explain', ...args]);

describe('golem explain', () => {
  it('shows both paths of a record stage by stage, where they part, and what each stage adds', async () => {
    const { out, err, exit } = await explain('edges/u-guard-ja/r0013');
    expect([exit, err]).toEqual([0, '']);
    expect(out).toMatch(/^provider \/ normalise +285 24\.9 21\.3 0 +285 24\.9 21\.3 0 +0$/m);
    expect(out).toMatch(/^h oil +420 24\.9 36\.3 0 +\+135 0 \+15 0$/m);
    expect(out).toMatch(/^sum +\+135 0 \+15 0$/m);
    expect(out).toContain('The paths part at h oil.');
    expect(out).toContain('V2 h oil: oil_added 唐揚げ: 0 → 15');
    expect(out).toMatch(/^df +\+15 +5 +breach$/m);
    expect(out).toContain('Cause: oil absorption on deep-fried dishes, V2 higher (c-528a27e9).');
    expect(lastLine(out)).toBe(
      'golem: explained · edges/u-guard-ja/r0013: 1 record, led by h oil, in breach: dkcal, df, rel_f, cause c-528a27e9',
    );
  });

  it('shows what each record adds to a day, and the stages of the one that adds most', async () => {
    const { out, exit } = await explain('must-fail/kcal-up/u-mia/2025-09-01');
    expect(exit).toBe(0);
    expect(out).toMatch(/^r0001 +23:10 +\+55 /m);
    expect(out).toMatch(/^the day +\+198 /m);
    expect(out).toMatch(/^r0002 · 2025-09-01T03:50:00\.000Z/m);
    expect(out).not.toMatch(/^r0001 · /m);
    expect(out).toContain('The paths part at finalise.');
    expect((await explain('must-fail/kcal-up/u-mia/2025-09-01', '--verbose')).out).toMatch(/^r0001 · /m);
  });

  it('stays within 80 columns, commands and the last line aside', async () => {
    for (const subject of [
      'noisy/u-aoi/2025-09-02',
      'edges/u-guard-en/2025-09-02',
      'edges/u-text/2025-09-01',
    ]) {
      const { out } = await explain(subject, '--verbose');
      const wide = out
        .trimEnd()
        .split('\n')
        .slice(0, -1)
        .filter((line) => displayWidth(line) > 80);
      expect(wide).toEqual([]);
    }
  });

  it('says of a repeat that nothing was computed for it', async () => {
    const recording = project.read('fixtures/retries/recording.ndjson').trimEnd().split('\n').slice(1);
    const records = recording.map(
      (line) => JSON.parse(line) as { id: string; user: string; request_key: string },
    );
    const first = new Set<string>();
    const repeat = records.find(({ user, request_key }) => {
      const key = `${user} ${request_key}`;
      return first.has(key) || !first.add(key);
    })!;
    const { out } = await explain(`retries/${repeat.user}/${repeat.id}`);
    expect(out).toContain('Nothing was computed for it.');
  });

  it('looks in any recording, and writes the explanation as JSON whose parts sum to the whole', async () => {
    const { out, err, exit } = await explain(
      'u-aoi/2025-09-02',
      '--recording',
      'fixtures/noisy/recording.ndjson',
      '--json',
      '-',
    );
    expect(exit).toBe(0);
    expect(lastLine(err)).toMatch(/^golem: explained · u-aoi\/2025-09-02: 4 records/);
    const told = JSON.parse(out);
    expect([told.golem, told.version, told.records.length]).toEqual(['explanation', 1, 4]);
    for (const { name } of told.fields) {
      const parts = [
        ...told.day.records.map((one: { adds: Record<string, number> }) => one.adds),
        told.day.rounding,
      ];
      const sum = parts.reduce((all: number, adds) => all + Math.round(adds[name] * 1e6), 0);
      expect(sum).toBe(Math.round(told.day.difference[name] * 1e6));
    }
  });

  it('finds a user whose days lie in several recordings', async () => {
    const [header, ...lines] = project.read('fixtures/noisy/recording.ndjson').trimEnd().split('\n');
    const half = (keep: (index: number) => boolean) =>
      `${[header, ...lines.filter((_, index) => keep(index))].join('\n')}\n`;
    project.write(
      'cut/a.ndjson',
      half((index) => index % 2 === 0),
    );
    project.write(
      'cut/b.ndjson',
      half((index) => index % 2 === 1),
    );
    const whole = await explain(
      'u-aoi/2025-09-02',
      '--recording',
      'fixtures/noisy/recording.ndjson',
      '--json',
      '-',
    );
    const cut = await explain(
      'u-aoi/2025-09-02',
      '--recording',
      'cut/a.ndjson',
      '--recording',
      'cut/b.ndjson',
      '--json',
      '-',
    );
    expect(cut.exit).toBe(0);
    expect(cut.out).toBe(whole.out);
  });

  it('is what a replay’s causes name, word for word', async () => {
    const { out } = await project.golem(['replay', 'fixtures/noisy/recording.ndjson']);
    const [, command] = /^ +look +npx golem (explain .*)$/m.exec(out)!;
    const ran = await project.golem(command!.split(' ').map((word) => word.replaceAll("'", '')));
    expect([ran.exit, ran.err]).toEqual([0, '']);
  });

  it('gives the same bytes when asked again', async () => {
    const [one, other] = [
      await explain('edges/u-guard-ja/2025-09-03'),
      await explain('edges/u-guard-ja/2025-09-03'),
    ];
    expect(one.out).toBe(other.out);
  });

  it.each([
    [['edgs/u-guard-ja/r0013'], 'there is no such suite, did you mean "edges/u-guard-ja/r0013"'],
    [
      ['must-fail/kcal-upp/u-mia/r0001'],
      'there is no such suite, did you mean "must-fail/kcal-up/u-mia/r0001"',
    ],
    [['nothing'], 'there is no such suite; there are noisy, edges, retries, must-fail/kcal-up'],
    [['edges/u-guard-jp/r0013'], 'there is no such user, did you mean "edges/u-guard-ja/r0013"'],
    [['edgs/u-guard-jp/r0013'], 'there is no such suite, did you mean "edges/u-guard-ja/r0013"'],
    [['edgs/nobody/r0013'], 'there is no such suite; there are noisy, edges, '],
    [['edges/u-guard-jp/2025-09-03'], 'there is no such user, did you mean "edges/u-guard-ja/2025-09-03"'],
    [['edges/nobody/r0013'], 'there is no such user; there are u-'],
    [['edges/u-lep/r0013'], 'there is no such user, did you mean "edges/u-leap/r00'],
    [['edges/u-guard-ja/r0031'], 'there is no such day or record, did you mean "edges/u-guard-ja/r0'],
    [['edges/u-guard-ja'], 'there is no such day or record, did you mean "edges/u-guard-ja/'],
  ])('answers %j with the nearest name that is there', async (args, reason) => {
    const { err, exit, out } = await explain(...args);
    expect([exit, out]).toEqual([64, '']);
    expect(err).toContain(`Failed to explain "${args[0]}": ${reason}`);
  });

  it('says of a recording that is not there what the reader says of it', async () => {
    const { err, exit } = await explain('u/r1', '--recording', 'nowhere.ndjson');
    expect([exit, err]).toEqual([65, expect.stringContaining('there is no such file')]);
  });

  it('takes no flag that the migration does not know', async () => {
    const { err, exit } = await explain('edges/u-guard-ja/r0013', '--flags', 'DUAL_WRITE_V3=1');
    expect([exit, err]).toEqual([64, expect.stringContaining('DUAL_WRITE_V3=1')]);
  });
});
