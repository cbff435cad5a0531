/**
 * The only door between golden files and the disk. A file of its own so that what may be written, and where, is
 * decided once: files appear whole or not at all, nothing is written in CI, and no symbolic link is followed.
 */
import {
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pid } from 'node:process';
import { GolemError } from '../errors.ts';
import type { GoldenDocument } from './case.ts';
import { type CaseKey, caseFile, pendingFile } from './case-key.ts';
import type { AcceptedText, StrayEntry } from './compare.ts';
import { renderGolden } from './file.ts';
import { byCodeUnit } from './json.ts';

/** Where golden files live: `goldenDir` is relative to `root`, with forward slashes. */
export interface GoldenPlace {
  readonly root: string;
  readonly goldenDir: string;
}

/** What the disk holds for one suite. */
export interface StoredSuite {
  readonly accepted: ReadonlyMap<CaseKey, AcceptedText>;
  readonly pending: readonly CaseKey[];
  readonly strays: readonly StrayEntry[];
}

const PENDING = '.pending.json';
const ACCEPTED = '.json';

/** The reason in a pending file's header; a pending file was accepted by nobody. */
const NOT_ACCEPTED = 'pending: seen by a run, not accepted';

/**
 * Reads the accepted files of one suite and lists its pending ones, sorted. A missing folder holds nothing. Throws a
 * `GolemError` of kind `data` when the suite's own folder is a symbolic link, `unavailable` when the disk refuses.
 */
export function readSuite(place: GoldenPlace, suite: string): StoredSuite {
  const accepted = new Map<CaseKey, AcceptedText>();
  const pending: CaseKey[] = [];
  const strays: StrayEntry[] = [];
  assertNoLinks(place, suite);
  for (const user of entriesOf(place, suite)) {
    if (!user.isDirectory()) {
      if (isOurs(user)) strays.push({ path: user.name, what: kindOf(user) });
      continue;
    }
    for (const file of entriesOf(place, `${suite}/${user.name}`)) {
      const path = `${user.name}/${file.name}`;
      if (file.isDirectory() || !file.name.endsWith(ACCEPTED)) {
        strays.push(...straysBelow(place, suite, path, file));
      } else if (file.name.endsWith(PENDING)) {
        pending.push(`${user.name}/${file.name.slice(0, -PENDING.length)}`);
      } else {
        accepted.set(
          `${user.name}/${file.name.slice(0, -ACCEPTED.length)}`,
          readAccepted(place, `${suite}/${path}`, file),
        );
      }
    }
  }
  return { accepted, pending: pending.sort(byCodeUnit), strays };
}

/**
 * Golden files below the golden folder that belong to none of these suites, such as those of a suite that was
 * removed from the config; sorted paths below the golden folder.
 */
export function listUnclaimed(place: GoldenPlace, suites: readonly string[]): readonly string[] {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of entriesOf(place, path)) {
      const below = path === '' ? entry.name : `${path}/${entry.name}`;
      if (suites.includes(below)) continue;
      if (entry.isDirectory()) walk(below);
      else if (isOurs(entry)) found.push(below);
    }
  };
  walk('');
  return found.sort(byCodeUnit);
}

/** Writes what a run saw beside the accepted file. In CI nothing is written; says whether it was. */
export function writePending(
  place: GoldenPlace,
  suite: string,
  key: CaseKey,
  document: GoldenDocument,
  ci: boolean,
): boolean {
  if (ci) return false;
  writeWhole(place, pendingFile(place.goldenDir, suite, key), renderGolden(document, NOT_ACCEPTED));
  return true;
}

/**
 * Makes a document the accepted one of its case: writes it whole, with the reason in its header. Nothing pending is
 * left.
 */
export function writeAccepted(
  place: GoldenPlace,
  suite: string,
  key: CaseKey,
  document: GoldenDocument,
  reason: string,
): void {
  writeWhole(place, caseFile(place.goldenDir, suite, key), renderGolden(document, reason));
  const pending = pendingFile(place.goldenDir, suite, key);
  onDisk('remove', pending, () => rmSync(join(place.root, pending), { force: true }));
}

/**
 * Removes an entry by its path below the golden folder, a symbolic link as such, and the folders this leaves empty.
 * Says whether there was one.
 */
export function removeEntry(place: GoldenPlace, path: string): boolean {
  assertNoLinks(place, dirname(path));
  const absolute = join(place.root, place.goldenDir, path);
  if (lstatSync(absolute, { throwIfNoEntry: false }) === undefined) return false;
  onDisk('remove', `${place.goldenDir}/${path}`, () => rmSync(absolute));
  removeEmptyFolders(place, dirname(path));
  return true;
}

/** What stands at a place below the golden folder: a file's bytes, where a link leads, or nothing. */
export type Standing = { readonly bytes: Buffer } | { readonly link: string } | null;

/** What stands at `path` below the golden folder, links not followed. */
export function standingAt(place: GoldenPlace, path: string): Standing {
  assertNoLinks(place, dirname(path));
  const absolute = join(place.root, place.goldenDir, path);
  return onDisk('read', `${place.goldenDir}/${path}`, () => {
    const entry = lstatSync(absolute, { throwIfNoEntry: false });
    if (entry === undefined) return null;
    return entry.isSymbolicLink() ? { link: readlinkSync(absolute) } : { bytes: readFileSync(absolute) };
  });
}

/** Puts back what stood at `path` below the golden folder, with no folder left behind where nothing did. */
export function putBack(place: GoldenPlace, path: string, standing: Standing): void {
  if (standing === null) removeEntry(place, path);
  else if ('bytes' in standing) writeWhole(place, `${place.goldenDir}/${path}`, standing.bytes);
  else {
    removeEntry(place, path);
    const absolute = join(place.root, place.goldenDir, path);
    onDisk('write', `${place.goldenDir}/${path}`, () => {
      mkdirSync(dirname(absolute), { recursive: true });
      symlinkSync(standing.link, absolute);
    });
  }
}

/** Path below the golden folder of a case's accepted file. */
export function acceptedPath(suite: string, key: CaseKey): string {
  return `${suite}/${key}${ACCEPTED}`;
}

/** Path below the golden folder of a case's pending file. */
export function pendingPath(suite: string, key: CaseKey): string {
  return `${suite}/${key}${PENDING}`;
}

/**
 * Writes aside in the same folder, under a name that git ignores, that no reader takes for a golden file and that no
 * other run has, then renames; a link in the way is replaced. Two runs at once both write, and the file is one's or
 * the other's, whole.
 */
function writeWhole(place: GoldenPlace, file: string, content: string | Buffer): void {
  const absolute = join(place.root, file);
  const aside = `${absolute}.${pid}.partial`;
  const folder = dirname(file.slice(place.goldenDir.length + 1));
  assertNoLinks(place, folder);
  onDisk('write', file, () => {
    mkdirSync(dirname(absolute), { recursive: true });
    try {
      rmSync(aside, { force: true });
      writeFileSync(aside, content, { flag: 'wx' });
      renameSync(aside, absolute);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
  });
}

/** Throws when a folder between the golden folder and `path` below it is a symbolic link. */
function assertNoLinks(place: GoldenPlace, path: string): void {
  let below = '';
  for (const step of path.split('/')) {
    if (step === '' || step === '.') continue;
    below += `/${step}`;
    const entry = lstatSync(join(place.root, place.goldenDir + below), { throwIfNoEntry: false });
    if (step !== '..' && (entry === undefined || !entry.isSymbolicLink())) continue;
    throw new GolemError({
      kind: 'data',
      verb: 'use golden folder',
      subject: place.goldenDir + below,
      reason: step === '..' ? 'it leads out of the golden folder' : `it is ${LINK}`,
    });
  }
}

const LINK = 'a symbolic link, which golem does not follow';

function readAccepted(place: GoldenPlace, path: string, entry: Dirent): AcceptedText {
  if (!entry.isFile()) return { damage: `it is ${kindOf(entry)}` };
  const shown = `${place.goldenDir}/${path}`;
  const bytes = onDisk('read', shown, () => readFileSync(join(place.root, shown)));
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { damage: 'it is not UTF-8' };
  }
}

/** Everything of ours at or below an entry that stands where no case can. */
function straysBelow(place: GoldenPlace, suite: string, path: string, entry: Dirent): StrayEntry[] {
  if (!entry.isDirectory()) return isOurs(entry) ? [{ path, what: kindOf(entry) }] : [];
  return entriesOf(place, `${suite}/${path}`).flatMap((inner) =>
    straysBelow(place, suite, `${path}/${inner.name}`, inner),
  );
}

/** Golden files and links; a note that somebody keeps beside them is not golem's business. */
function isOurs(entry: Dirent): boolean {
  return entry.isSymbolicLink() || entry.name.endsWith(ACCEPTED);
}

function kindOf(entry: Dirent): string {
  if (entry.isSymbolicLink()) return LINK;
  return entry.isFile() ? 'a file at a place where no case has its file' : 'not a regular file';
}

/** Entries by name of a folder below the golden folder; none when it does not exist. */
function entriesOf(place: GoldenPlace, path: string): Dirent[] {
  const folder = path === '' ? place.goldenDir : `${place.goldenDir}/${path}`;
  return onDisk('read', folder, () => {
    try {
      return readdirSync(join(place.root, folder), { withFileTypes: true }).sort((a, b) =>
        byCodeUnit(a.name, b.name),
      );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** Removes folders from `path` upwards as long as they are empty, the golden folder itself never. */
function removeEmptyFolders(place: GoldenPlace, path: string): void {
  for (let folder = path; folder !== '.' && folder !== ''; folder = dirname(folder)) {
    if (entriesOf(place, folder).length > 0) return;
    const shown = `${place.goldenDir}/${folder}`;
    onDisk('remove', shown, () => rmdirSync(join(place.root, shown)));
  }
}

/** Runs a step that the disk may refuse; a refusal becomes a `GolemError` of kind `unavailable`. */
function onDisk<T>(verb: string, subject: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof GolemError) throw error;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new GolemError(
      { kind: 'unavailable', verb, subject, reason: `the disk refuses (${code})` },
      { cause: error },
    );
  }
}
