/**
 * Decisions of a review on the disk: each is carried out at once, file by whole file, and can be taken back until the
 * review ends. A file of its own because only a review undoes, and because it must notice when somebody else changes
 * the files under it.
 */
import { GolemError } from '../errors.ts';
import { acceptCase } from './accept.ts';
import {
  acceptedPath,
  type GoldenPlace,
  pendingPath,
  putBack,
  removeEntry,
  type Standing,
  standingAt,
} from './store.ts';
import type { CaseChange } from './work.ts';

/** One file that a decision touched: what stood there before it and after it. */
interface Touched {
  readonly path: string;
  readonly before: Standing;
  readonly after: Standing;
}

/** What carries out decisions; `undo` takes back the last one that still stands. */
export interface ReviewDesk {
  /** Makes what was seen the accepted outcome of these cases. Throws, with nothing changed, where a file changed meanwhile. */
  accept(changes: readonly CaseChange[], reason: string): void;
  /** Removes the pending files of these cases. */
  reject(changes: readonly CaseChange[]): void;
  /** Throws, with nothing changed, where a file of that decision changed after it. */
  undo(): void;
}

/** A desk for these changes as the disk holds them now. */
export function openDesk(place: GoldenPlace, changes: readonly CaseChange[]): ReviewDesk {
  const known = new Map<string, Standing>();
  for (const change of changes) known.set(acceptedOf(change), standingAt(place, acceptedOf(change)));
  const decisions: (readonly Touched[])[] = [];

  function decide(touching: readonly string[], act: () => void): void {
    const before = touching.map((path) => standingAt(place, path));
    const keep = (): void => {
      const touched = touching.map((path, i) => ({
        path,
        before: before[i]!,
        after: standingAt(place, path),
      }));
      decisions.push(touched);
      for (const { path, after } of touched) if (known.has(path)) known.set(path, after);
    };
    try {
      act();
    } catch (error) {
      // A disk that refuses halfway leaves whole files; those already written are taken back with the rest.
      for (const [i, path] of touching.entries()) putBack(place, path, before[i]!);
      throw error;
    }
    keep();
  }

  return {
    accept(chosen, reason) {
      for (const change of chosen) {
        const path = acceptedOf(change);
        if (!sameStanding(standingAt(place, path), known.get(path) ?? null))
          throw changedMeanwhile(place, path);
      }
      decide(
        chosen.flatMap((change) => [acceptedOf(change), pendingOf(change)]),
        () => {
          for (const change of chosen) acceptCase(place, change, reason);
        },
      );
    },
    reject(chosen) {
      const paths = chosen.map(pendingOf);
      decide(paths, () => {
        for (const path of paths) removeEntry(place, path);
      });
    },
    undo() {
      const last = decisions.at(-1) ?? [];
      for (const { path, after } of last)
        if (!sameStanding(standingAt(place, path), after)) throw changedMeanwhile(place, path);
      for (const { path, before } of last) {
        putBack(place, path, before);
        if (known.has(path)) known.set(path, before);
      }
      decisions.pop();
    },
  };
}

function acceptedOf({ suite, key }: CaseChange): string {
  return acceptedPath(suite, key);
}

function pendingOf({ suite, key }: CaseChange): string {
  return pendingPath(suite, key);
}

function sameStanding(a: Standing, b: Standing): boolean {
  if (a === null || b === null) return a === b;
  if ('link' in a) return 'link' in b && a.link === b.link;
  return 'bytes' in b && a.bytes.equals(b.bytes);
}

function changedMeanwhile(place: GoldenPlace, path: string): GolemError {
  return new GolemError({
    kind: 'data',
    verb: 'change',
    subject: `${place.goldenDir}/${path}`,
    reason: 'it changed on the disk since this review showed it; end the review and start another',
  });
}
