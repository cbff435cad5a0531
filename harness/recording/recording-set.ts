/**
 * One or many recordings as one: patterns written out, a file named twice read once, headers looked at. A user's days
 * may lie in several files, so files that agree on what decides an outcome belong together, and the others apart.
 */
import { GolemError } from '../errors.ts';
import { doorTo, type FileStamp, throughDoor } from './doors.ts';
import type { RecordingHeader } from './format.ts';
import { shellQuote } from './look.ts';
import { fixedPart, type NamedFile, namedFile, shownText, tellApart } from './names.ts';
import { type OpenRecording, openRecording } from './read.ts';
import { stepsOfShare } from './sample-share.ts';
import type { Compression } from './source.ts';
import { SAMPLE_STEPS } from './user-key.ts';

/** One file of a set, as plain values. */
export interface RecordingFile {
  /** What `doorTo(name).open` takes. */
  readonly name: string;
  /** As it was given: what errors call it. */
  readonly label: string;
  /** What reports call it, and no other of the set: never an absolute path. */
  readonly shown: string;
  /** Null for what can be read only once, such as a pipe. */
  readonly stamp: FileStamp | null;
  readonly compression: Compression;
  readonly grouped: boolean;
  /** Writes that a capture could not write down, by its reason; only counts over 0. */
  readonly dropped: Readonly<Record<string, number>>;
  /** The sample of the users that its capture took; left out where it took all. */
  readonly captured?: { readonly steps: number; readonly seed: string; readonly verbatim: boolean };
}

/** Files whose records are replayed alike; one user is one user in all of them. */
export interface RecordingGroup {
  /** What the files agree on, and whether any of them is simulated. */
  readonly env: RecordingHeader['env'];
  readonly tzOffsetMinutes: number;
  readonly anonymised: boolean;
  readonly simulated: boolean;
  /** In the order of their names. */
  readonly files: readonly RecordingFile[];
}

export interface RecordingSet {
  /** The names and patterns as they were given, fit for a report. */
  readonly asked: readonly string[];
  readonly groups: readonly RecordingGroup[];
  /** What a reader should know of how the names were understood. */
  readonly notes: readonly string[];
  /** Pipes, open behind their header, by name: they cannot be opened twice. */
  readonly opened: ReadonlyMap<string, OpenRecording>;
}

/**
 * Looks at all recordings that the names and patterns stand for. Throws a data error for one that is missing, does not
 * begin as a recording does, or for a pattern that nothing fits.
 */
export async function openRecordingSet(asked: readonly string[], cwd: string): Promise<RecordingSet> {
  const notes: string[] = [];
  const names = await namesOf(asked, cwd, notes);
  const shown = tellApart(names.files);
  const opened = new Map<string, OpenRecording>();
  const found: { file: RecordingFile; header: RecordingHeader }[] = [];
  try {
    for (const [index, { name, label }] of names.files.entries()) {
      const door = doorTo(name);
      const stamp = await throughDoor(label, () => door.stat(name));
      const recording = await openRecording(name, label);
      const { header } = recording;
      if (stamp) await recording.source.close();
      else opened.set(name, recording);
      const file = {
        name,
        label,
        shown: shown[index]!,
        stamp,
        compression: recording.source.compression,
        grouped: header.grouped_by === 'user',
        dropped: lossesIn(header),
        ...capturedIn(header),
      };
      found.push({ file, header });
      notes.push(...lossNotes(file));
      if (header.sample && file.captured)
        notes.push(`${label} holds ${header.sample.share} of all users: its capture took a sample`);
    }
  } catch (error) {
    for (const { source } of opened.values()) await source.close();
    throw error;
  }
  found.sort(
    (one, other) =>
      compareTexts(one.file.shown, other.file.shown) || compareTexts(one.file.name, other.file.name),
  );
  const alike = Map.groupBy(found, ({ header }) =>
    JSON.stringify([header.env, header.tz_offset_minutes, header.anonymised]),
  );
  const groups = [...alike]
    .sort(([one], [other]) => compareTexts(one, other))
    .map(([, members]): RecordingGroup => {
      const { header } = members[0]!;
      return {
        env: header.env,
        tzOffsetMinutes: header.tz_offset_minutes,
        anonymised: header.anonymised,
        simulated: members.some((member) => member.header.simulated),
        files: members.map(({ file }) => file),
      };
    });
  const askedFor = asked.map((text) => {
    const file = names.byText.get(text);
    return file ? shown[names.files.indexOf(file)]! : shownText(text);
  });
  return { asked: askedFor, groups, notes, opened };
}

/** A short name for all of it that is the same wherever it lies. */
export function describeSet({
  groups,
}: {
  readonly groups: readonly { readonly files: readonly { readonly shown: string }[] }[];
}): string {
  const shown = groups.flatMap(({ files }) => files.map((file) => file.shown)).sort(compareTexts);
  const [first = '', last = ''] = [shown[0], shown.at(-1)];
  return shown.length <= 2 ? shown.join(' ') : `${first} … ${last} (${shown.length} files)`;
}

/** What a capture could not write down, as its header says; a reason that is no plain name may be personal: `other`. */
function lossesIn({ dropped = {} }: RecordingHeader): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [reason, count] of Object.entries(dropped)) {
    const name = /^[a-z_]{1,40}$/.test(reason) ? reason : 'other';
    if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return Object.fromEntries([...counts].sort(([one], [other]) => compareTexts(one, other)));
}

/** The sample of the users that a capture took; nothing where it took all. */
function capturedIn({ sample, anonymised }: RecordingHeader): Pick<RecordingFile, 'captured'> {
  const steps = sample ? stepsOfShare(sample.share) : null;
  if (!sample || steps === null || steps === SAMPLE_STEPS) return {};
  return { captured: { steps, seed: sample.seed, verbatim: !anonymised } };
}

/** A replay cannot show what is not there. */
function lossNotes({ label, dropped }: Pick<RecordingFile, 'label' | 'dropped'>): string[] {
  const counts = Object.entries(dropped);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return [];
  const reasons = counts.map(([reason, count]) => `${reason} ${count}`).join(', ');
  return [
    `${label} has holes: ${total} ${total === 1 ? 'write was' : 'writes were'} not recorded: ${reasons}`,
  ];
}

/** Files by what they are, each with all that stood for it. */
interface Names {
  readonly files: readonly NamedFile[];
  /** By the text that was asked for; null for a pattern. */
  readonly byText: ReadonlyMap<string, NamedFile | null>;
}

async function namesOf(asked: readonly string[], cwd: string, notes: string[]): Promise<Names> {
  const known = new Map<string, NamedFile>();
  const byText = new Map<string, NamedFile | null>();
  for (const text of asked) {
    if (text === '') throw noName();
    const names = await doorTo(text).expand(text, cwd);
    if (names.length === 0) {
      throw new GolemError({
        kind: 'data',
        verb: 'read recording',
        subject: text,
        reason: 'no file fits this pattern',
        place: { file: text },
        next: lookAround(text),
      });
    }
    for (const name of names) {
      const file = namedFile(name, text, cwd);
      const identity = await throughDoor(file.label, () => doorTo(name).identity(name));
      const first = known.get(identity);
      if (first) notes.push(`${file.label} is named twice and read once`);
      else known.set(identity, file);
      byText.set(text, names.length === 1 && !isPattern(text, name) ? (first ?? file) : null);
    }
  }
  return { files: [...known.values()], byText };
}

/** A variable of a shell that was never set leaves an empty text, which would mean the folder at hand. */
function noName(): GolemError {
  return new GolemError({
    kind: 'usage',
    verb: 'read recording',
    subject: '',
    reason: 'expected the name of a recording, found an empty text',
    next: 'golem replay --help',
  });
}

/** Whether a text was written out into the names that fit; a name may hold a star of its own. */
function isPattern(text: string, name: string): boolean {
  return /[*?[{]/.test(text) && !name.endsWith(text);
}

/** The command that shows what there is where a pattern looks. */
function lookAround(text: string): string {
  const folder = fixedPart(text);
  return /^[a-z0-9]+:\/\//.test(text)
    ? `aws s3 ls ${shellQuote(`${folder}/`)}`
    : `ls ${shellQuote(folder || '.')}`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
