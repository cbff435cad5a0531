import { describe, expect, it } from 'vitest';
import { parseRamp } from './ramp-options.ts';

describe('what is asked of a ramp', () => {
  it('is nothing unless asked', () => {
    expect(parseRamp({})).toEqual({ steps: [], shadowShare: false, watch: null });
  });

  it('is shares of users in whole percents, rising', () => {
    expect(parseRamp({ ramp: '10,50,100' }).steps).toEqual([10, 50, 100]);
    expect(parseRamp({ ramp: '1%, 5%' }).steps).toEqual([1, 5]);
    expect(parseRamp({ ramp: '10', shadowShare: true, watch: '2h' })).toEqual({
      steps: [10],
      shadowShare: true,
      watch: '2h',
    });
    expect(parseRamp({ ramp: '10', watch: '106751d' }).watch).toBe('106751d');
  });

  it.each([
    [{ ramp: '' }, 'Failed to read "--ramp": "" is no whole percentage from 1 to 100.'],
    [{ ramp: '0' }, 'Failed to read "--ramp 0": "0" is no whole percentage from 1 to 100.'],
    [{ ramp: '101' }, 'Failed to read "--ramp 101": "101" is no whole percentage from 1 to 100.'],
    [{ ramp: '2.5' }, 'Failed to read "--ramp 2.5": "2.5" is no whole percentage from 1 to 100.'],
    [{ ramp: '10,abc' }, 'Failed to read "--ramp 10,abc": "abc" is no whole percentage from 1 to 100.'],
    [{ ramp: '50,10' }, 'Failed to read "--ramp 50,10": expected shares that rise, such as 10,50,100.'],
    [{ ramp: '10,10' }, 'Failed to read "--ramp 10,10": expected shares that rise, such as 10,50,100.'],
    [
      { watch: 'soon' },
      'Failed to read "--watch soon": expected a duration from a minute to 106751d, such as 2h.',
    ],
    [
      { watch: '999999d' },
      'Failed to read "--watch 999999d": expected a duration from a minute to 106751d, such as 2h.',
    ],
    [
      { watch: '106752d' },
      'Failed to read "--watch 106752d": expected a duration from a minute to 106751d, such as 2h.',
    ],
    [
      { watch: '30s' },
      'Failed to read "--watch 30s": expected a duration from a minute to 106751d, such as 2h.',
    ],
    [{ shadowShare: true }, 'Failed to read "--shadow-share": it needs --ramp, whose steps are the shares.'],
  ])('is refused as %j', (options, message) => {
    expect(() => parseRamp(options)).toThrow(`${message} Run: golem replay --help`);
    expect(() => parseRamp(options, 'merge')).toThrow(`${message} Run: golem merge --help`);
  });
});
