import { describe, expect, it } from 'vitest';
import type { CheckedRecording } from '../recording/privacy/check.ts';
import { privacyFindings, privacyRow } from './privacy-check.ts';

const clean: CheckedRecording = { records: 310, findings: [], count: 0, kinds: new Map() };
const guilty: CheckedRecording = {
  records: 20,
  findings: [{ line: 12, field: 'request.body.message', kind: 'phone' }],
  count: 3,
  kinds: new Map([['phone', 3]]),
};

describe('the privacy row', () => {
  it('is green while nothing looks personal', () => {
    const row = privacyRow([
      { suite: 'everyday', file: 'fixtures/everyday/recording.ndjson', checked: clean },
    ]);
    expect(row).toMatchObject({
      passed: true,
      actual: 'none',
      of: '310 records',
      finding: 'privacy',
      remedy: '',
    });
  });

  it('is red for one value of one recording, and says how to see it', () => {
    const suites = [
      { suite: 'everyday', file: 'fixtures/everyday/recording.ndjson', checked: clean },
      { suite: 'edges', file: 'fixtures/edges/recording.ndjson', checked: guilty },
    ];
    const remedy = 'npm run golem -- anonymise --check fixtures/edges/recording.ndjson';
    expect(privacyRow(suites)).toMatchObject({
      passed: false,
      actual: '3 values',
      of: '330 records',
      remedy,
    });
    expect(privacyFindings(suites, { phone: 'a phone number' })).toEqual([
      {
        suite: 'edges',
        code: 'privacy/phone',
        subject: 'fixtures/edges/recording.ndjson:12',
        detail: 'request.body.message looks like a phone number',
        remedy,
        file: 'fixtures/edges/recording.ndjson',
        line: 12,
      },
    ]);
  });
});
