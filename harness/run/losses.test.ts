import { expect, it } from 'vitest';
import { passing } from '../../tests/cli/sample-report.ts';
import { addLosses, lossReasons, withLosses } from './losses.ts';

it('adds losses up by reason, whatever the order', () => {
  const [one, other] = [{ queue_full: 2, disk: 1 }, { queue_full: 3 }];
  expect(JSON.stringify(addLosses([one, other]))).toBe('{"disk":1,"queue_full":5}');
  expect(JSON.stringify(addLosses([other, one]))).toBe('{"disk":1,"queue_full":5}');
  expect(addLosses([])).toEqual({});
});

it('leaves a report open, never red, and tells the losses in its last line', () => {
  const report = withLosses(passing, { disk: 1 }, {});
  expect(report).toMatchObject({ verdict: 'inconclusive', exit: 2, dropped: { disk: 1 } });
  expect(report.summary).toMatch(/^golem: inconclusive · .*, 1 write not recorded$/);
  expect(withLosses({ ...passing, verdict: 'fail', exit: 1 }, { disk: 1 }, {})).toMatchObject({
    verdict: 'fail',
    exit: 1,
  });
  expect(withLosses(passing, {}, {})).toBe(passing);
});

it('lets pass as many as may be skipped, and still tells them', () => {
  expect(withLosses(passing, { disk: 5 }, { skipped: 5 })).toMatchObject({
    verdict: 'pass',
    dropped: { disk: 5 },
  });
  expect(lossReasons({ disk: 5 }, { skipped: 5 })).toEqual([]);
  expect(lossReasons({ disk: 5, queue_full: 1 }, { skipped: 5 })).toMatchObject([
    { code: 'dropped', state: 'open', detail: '6, 5 allowed' },
  ]);
});
