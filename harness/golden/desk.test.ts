import {
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDesk } from './desk.ts';
import { parseGolden } from './file.ts';
import { sampleDocument } from './sample.test-data.ts';
import { type GoldenPlace, writeAccepted, writePending } from './store.ts';
import type { CaseChange } from './work.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'golem-desk-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const document = (user: string, v2Amount: number) => sampleDocument(1, { user, v2Amount });

/** One case of each kind, as a gate left them on the disk. */
function changesIn(place: GoldenPlace): CaseChange[] {
  const change = (user: string, was: CaseChange['was']): CaseChange => ({
    name: `everyday/${user}/2025-09-01`,
    suite: 'everyday',
    key: `${user}/2025-09-01`,
    was,
    accepted: was === 'changed' || was === 'orphaned' ? document(user, 560) : null,
    current: was === 'orphaned' ? null : document(user, 561),
  });
  const changes = [
    change('ann', 'changed'),
    change('bob', 'missing'),
    change('cat', 'orphaned'),
    change('dan', 'damaged'),
    change('eve', 'damaged'),
  ];
  for (const { key, accepted, current } of changes) {
    if (accepted) writeAccepted(place, 'everyday', key, accepted, 'first');
    if (current) writePending(place, 'everyday', key, current, false);
  }
  writeFileSync(join(place.root, 'golden/everyday/dan/2025-09-01.json'), 'broken');
  mkdirSync(join(place.root, 'elsewhere'));
  symlinkSync('../../../elsewhere', join(place.root, 'golden/everyday/eve/2025-09-01.json'));
  return changes;
}

function tree(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const what = entry.isSymbolicLink()
        ? readlinkSync(path)
        : entry.isFile()
          ? readFileSync(path, 'utf8')
          : '';
      return `${path.slice(folder.length)} ${what}`;
    })
    .sort();
}

function newPlace(): GoldenPlace {
  return { root: mkdtempSync(join(root, 'place-')), goldenDir: 'golden' };
}

describe('a desk', () => {
  it('accepts and rejects on the disk at once, and undo puts every byte back', () => {
    const steps = fc.array(
      fc.tuple(
        fc.constantFrom('accept', 'reject'),
        fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 5 }),
      ),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(steps, (decisions) => {
        const place = newPlace();
        const changes = changesIn(place);
        const desk = openDesk(place, changes);
        const states = [tree(place.root)];
        for (const [what, indexes] of decisions) {
          const chosen = indexes.map((index) => changes[index]!);
          if (what === 'accept') desk.accept(chosen, 'why');
          else desk.reject(chosen);
          states.push(tree(place.root));
        }
        for (let last = states.length - 1; last > 0; last -= 1) {
          expect(tree(place.root)).toEqual(states[last]);
          desk.undo();
        }
        expect(tree(place.root)).toEqual(states[0]);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves the outcome that was shown, with its reason, and nothing pending', () => {
    const place = newPlace();
    const changes = changesIn(place);
    openDesk(place, changes).accept(changes, 'oil');
    const file = (user: string) => join(place.root, `golden/everyday/${user}/2025-09-01.json`);
    for (const user of ['ann', 'bob', 'dan', 'eve']) {
      const read = parseGolden(readFileSync(file(user), 'utf8'));
      expect(read).toEqual({ state: 'sound', reason: 'oil', document: document(user, 561) });
    }
    expect(tree(join(place.root, 'golden')).filter((line) => /\.pending|\/cat\//.test(line))).toEqual([]);
  });

  it('overwrites nothing that somebody changed since it was shown, nor takes back over it', () => {
    const place = newPlace();
    const changes = changesIn(place);
    const desk = openDesk(place, changes);
    const ann = join(place.root, 'golden/everyday/ann/2025-09-01.json');
    const shown = readFileSync(ann);
    writeFileSync(ann, 'somebody else');
    const before = tree(place.root);
    expect(() => desk.accept(changes, 'why')).toThrow(
      'Failed to change "golden/everyday/ann/2025-09-01.json": it changed on the disk since this review showed it',
    );
    expect(tree(place.root)).toEqual(before);
    writeFileSync(ann, shown);
    desk.accept([changes[0]!], 'why');
    writeFileSync(ann, 'somebody else');
    expect(() => desk.undo()).toThrow('it changed on the disk');
    expect(readFileSync(ann, 'utf8')).toBe('somebody else');
  });

  it('takes back what it wrote of a decision that the disk refuses halfway', () => {
    const place = newPlace();
    const changes = changesIn(place);
    const desk = openDesk(place, changes);
    // A folder in the way of the second file while it is written.
    const way = join(place.root, `golden/everyday/bob/2025-09-01.json.${process.pid}.partial`);
    mkdirSync(join(way, 'in the way'), { recursive: true });
    const before = tree(place.root);
    expect(() => desk.accept(changes.slice(0, 2), 'why')).toThrow('the disk refuses');
    expect(tree(place.root)).toEqual(before);
    // Nothing of it is left to be taken back.
    rmSync(way, { recursive: true });
    desk.accept([changes[1]!], 'why');
    desk.undo();
    expect(tree(place.root)).toEqual(before.filter((line) => !line.includes('.partial')));
  });
});
