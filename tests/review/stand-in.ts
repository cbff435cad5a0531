/**
 * A review of as many invented cases as asked for, on the real terminal and the real disk, without a replay before it.
 * Run by tests in a pseudo-terminal: `stand-in.ts FOLDER CASES [fault]`. With `fault` the desk has one of golem's own.
 */
import { writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CaseCause } from '../../harness/golden/case-causes.ts';
import { openDesk } from '../../harness/golden/desk.ts';
import { sampleDocument } from '../../harness/golden/sample.test-data.ts';
import { writeAccepted } from '../../harness/golden/store.ts';
import type { CaseChange } from '../../harness/golden/work.ts';
import { driveReview } from '../../harness/cli/review/drive.ts';
import { reviewModel } from '../../harness/cli/review/model.ts';
import { openTerminal } from '../../harness/cli/review/terminal.ts';

const [root = '', count = '1', fault = ''] = process.argv.slice(2);
const place = { root, goldenDir: 'golden' };
writeFileSync(join(root, 'pid'), String(process.pid));

// Made once: outcomes of a thousand users that differ in their names alone.
const accepted = sampleDocument(1, { v2Amount: 560 });
const seen = Array.from({ length: 7 }, (_, i) => sampleDocument(1, { v2Amount: 561 + i }));

const changes = Array.from({ length: Number(count) }, (_, i): CaseChange => {
  const user = `u-${String(i).padStart(4, '0')}`;
  return {
    name: `everyday/${user}/2025-09-01`,
    suite: 'everyday',
    key: `${user}/2025-09-01`,
    was: 'changed',
    accepted: { ...accepted, user },
    current: { ...seen[i % 7]!, user },
  };
});
for (const one of changes) writeAccepted(place, 'everyday', one.key, one.accepted!, 'first');

// As golem's own main does: what nobody caught is told, and ends the process.
for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(fault, (error: Error) => {
    writeSync(2, `${error.stack}\n`);
    process.exit(70);
  });
}

/** Three quarters of the cases have one cause, the rest another. */
const most = Math.ceil(changes.length * 0.75);
const cause = (id: string, label: string, ones: readonly CaseChange[]): CaseCause[] =>
  ones.length === 0 ? [] : [{ id, label, count: ones.length, cases: ones.map(({ name }) => name) }];
const desk = openDesk(place, changes);
const faulty = {
  ...desk,
  accept: () => {
    throw new TypeError('a fault of its own');
  },
};

const end = await driveReview(
  reviewModel({
    changes,
    causes: [
      ...cause('c-1', 'oil on deep-fried dishes', changes.slice(0, most)),
      ...cause('c-2', 'rounding', changes.slice(most)),
    ],
    reason: '',
    measures: [{ name: 'amount', unit: 'EUR' }],
    rowsThatChange: () => ({ lines: [], turningRed: 0 }),
  }),
  {
    desk: fault === 'fault' ? faulty : desk,
    openTerminal: (events) => {
      const terminal = openTerminal(process, events);
      // A fault in nobody's hands, as any library may have one.
      if (fault === 'later')
        setTimeout(() => {
          throw new RangeError('a fault in nobody’s hands');
        }, 300);
      return terminal;
    },
    onInterrupt: () => undefined,
    color: true,
  },
);
writeSync(1, `ended: ${JSON.stringify(end)}\n`);
