/**
 * A recording of which the capture itself took a sample says of production what a sample of a whole recording says: what
 * is scaled is scaled by the same share, and nothing takes a part for all of it.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { config } from '../../golem.config.ts';
import { EVERYTHING } from '../../harness/recording/selection.ts';
import { samplePlace } from '../../harness/recording/user-key.ts';
import type { RampReport } from '../../harness/report/shape.ts';
import { makeVolume, reportOf, type Volume } from './volume.ts';

const ramp = { steps: [10, 50, 100], shadowShare: false, watch: null };
let volume: Volume;
beforeAll(async () => {
  volume = await makeVolume(60, 3);
});
afterAll(() => volume.dispose());

/** A ramp without the advice on samples, which speaks of what is left to take. */
function judged(report: { readonly ramp?: RampReport | null }): unknown {
  const { steps, ...rest } = report.ramp!;
  return { ...rest, steps: steps.map(({ sample_percent: _, ...step }) => step) };
}

it('is scaled to all of production as a sample of the whole recording is', async () => {
  const { header, records } = volume;
  const seed = config.seed;
  const whole = volume.write('whole.ndjson', header, records);
  const taken = records.filter(({ user }) => samplePlace(seed, user) < 4_000);
  const captured = volume.write(
    'captured.ndjson',
    { ...header, sample: { share: '40%', seed: 'golem' } },
    taken,
  );
  const sampled = await reportOf([whole], { selection: { ...EVERYTHING, seed, sample: 4_000 }, ramp });
  const recorded = await reportOf([captured], { ramp });
  expect(seed).toBe('golem');
  expect(recorded.ramp!.sampled).toBe(0.4);
  expect(judged(recorded)).toEqual(judged(sampled));
  // Without a ramp the alerts that count are scaled all the same.
  expect((await reportOf([captured], {})).ramp!.sampled).toBe(0.4);
});

it('is not scaled beside one that was captured otherwise', async () => {
  const { header, records } = volume;
  const half = volume.write('half.ndjson', { ...header, sample: { share: '50%', seed: 'a' } }, records);
  const users = records.map((record) => ({ ...record, user: `x-${record.user}` }));
  const other = volume.write('other.ndjson', { ...header, anonymised: true }, users);
  await expect(reportOf([half, other], { ramp })).rejects.toThrow('half.ndjson 50%, other.ndjson 100%');
});
