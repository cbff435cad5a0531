import { describe, expect, test } from 'vitest';
import { stepAlerts, type ActiveAlerts, type AlertResult, type AlertTimes } from './state.ts';
import { labelsOf } from '../promql/labels.ts';

const MINUTE_MS = 60_000;
const RESULT: AlertResult = { labels: labelsOf({ alertname: 'A' }), sampleLabels: labelsOf({}), value: 1 };

/** Runs one alert over minutes in which its rule returns it (`x`) or not (`.`); the changes as `minute from>to`. */
function run(pattern: string, times: Partial<AlertTimes> = {}): string[] {
  const active: ActiveAlerts = new Map();
  return [...pattern].flatMap((mark, minute) =>
    stepAlerts(
      active,
      mark === 'x' ? [RESULT] : [],
      { forMs: 0, keepFiringForMs: 0, ...times },
      minute * MINUTE_MS,
    ).map((change) => `${minute} ${change.from ?? 'new'}>${change.to ?? 'gone'}`),
  );
}

describe('an alert', () => {
  test('with for: 0 fires at once', () => {
    expect(run('.x')).toEqual(['1 new>pending', '1 pending>firing']);
  });

  test('fires at the first evaluation with t − activeAt ≥ for', () => {
    expect(run('xxxxx', { forMs: 2 * MINUTE_MS })).toEqual(['0 new>pending', '2 pending>firing']);
    expect(run('xxxxx', { forMs: 90_000 })).toEqual(['0 new>pending', '2 pending>firing']);
  });

  test('is forgotten by one gap while pending, and starts anew', () => {
    expect(run('xx.xxx', { forMs: 2 * MINUTE_MS })).toEqual([
      '0 new>pending',
      '2 pending>gone',
      '3 new>pending',
      '5 pending>firing',
    ]);
  });

  test('resolves at its first miss while firing', () => {
    expect(run('x.')).toEqual(['0 new>pending', '0 pending>firing', '1 firing>inactive']);
  });

  test('is kept firing for keep_firing_for, counted from the first miss', () => {
    expect(run('x...', { keepFiringForMs: 2 * MINUTE_MS })).toEqual([
      '0 new>pending',
      '0 pending>firing',
      '3 firing>inactive',
    ]);
    expect(run('x.x...', { keepFiringForMs: 2 * MINUTE_MS })).toEqual([
      '0 new>pending',
      '0 pending>firing',
      '5 firing>inactive',
    ]);
  });

  test('that is resolved and comes back starts its for again', () => {
    expect(run('xxx.xxx', { forMs: 2 * MINUTE_MS })).toEqual([
      '0 new>pending',
      '2 pending>firing',
      '3 firing>inactive',
      '4 inactive>pending',
      '6 pending>firing',
    ]);
  });

  test('that is resolved is remembered for 15 minutes more', () => {
    const active: ActiveAlerts = new Map();
    const step = (minute: number, results: AlertResult[]) =>
      stepAlerts(active, results, { forMs: 0, keepFiringForMs: 0 }, minute * MINUTE_MS);
    step(0, [RESULT]);
    for (let minute = 1; minute <= 16; minute++) step(minute, []);
    expect([...active.values()]).toMatchObject([{ state: 'inactive', resolvedAtMs: MINUTE_MS }]);
    step(17, []);
    expect(active.size).toBe(0);
  });
});
