/**
 * What a run has finished, kept in a folder as it goes: a tally for the parts that were handed over together. Whatever
 * ends the run, another one goes on from there and comes to the same bytes.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GolemError } from '../../errors.ts';
import { shellQuote } from '../../recording/look.ts';
import { differenceBetween, type RunIdentity } from './identity.ts';
import type { PartTally } from './part-tally.ts';
import type { Part } from './plan.ts';
import { partNamed } from './plan.ts';
import { readTallyFile, renderTallyFile, type TallyHeader, writeTallyFile } from './tally-file.ts';

export interface Checkpoint {
  /** True where nothing was kept there. */
  readonly isEmpty: boolean;
  /** How much of a worker's work a kill may cost, in milliseconds. */
  readonly everyMs: number;
  /**
   * Adds what the folder holds to `merged` and names its parts; `onPart` gets each with its users' keys. `cut` tells
   * the plan from others: parts mean nothing under another one.
   */
  load(
    merged: PartTally,
    cut: string,
    onPart: (part: Pick<Part, 'group' | 'index'>, users: Uint32Array | null) => Promise<void>,
  ): Promise<ReadonlySet<string>>;
  /** Keeps the tally of parts that were handed over together. */
  save(
    parts: readonly { readonly name: string; readonly users: Uint32Array | null }[],
    bytes: Uint8Array,
  ): Promise<void>;
  /** Removes what it kept, once the run has come to its end. */
  clear(): Promise<void>;
}

export interface CheckpointOptions {
  readonly folder: string;
  /** What people call the folder. */
  readonly label: string;
  readonly identity: RunIdentity;
  readonly shard: TallyHeader['shard'];
  /** What changes with each recording's content, on this machine alone. */
  readonly stamps: readonly string[];
  /** True to go on from what is there; without it a folder that holds something is refused. */
  readonly resume: boolean;
  readonly everyMs?: number | undefined;
}

const EVERY_MS = 5_000;

const NAME = /^\d+-\d+\.tally$/;
const LEFT_BEHIND = /^\d+-\d+\.tally\.\d+\.partial$/;

/** Opens a folder for a run's checkpoints. Throws a usage error where it holds those of another run. */
export async function openCheckpoint(options: CheckpointOptions): Promise<Checkpoint> {
  const { folder, label, identity, shard, stamps, resume } = options;
  const names = await namesIn(folder, label);
  const kept = names.filter((name) => NAME.test(name));
  for (const name of names.filter((one) => LEFT_BEHIND.test(one)))
    await rm(join(folder, name), { force: true });
  if (kept.length > 0 && !resume) {
    throw new GolemError({
      kind: 'usage',
      verb: 'begin in the folder',
      subject: label,
      reason: 'it holds the checkpoints of a run that was not finished; --resume goes on from them',
      next: `rm -r ${shellQuote(label)}   # to begin anew`,
    });
  }
  let ownCut = '';
  return {
    isEmpty: kept.length === 0,
    everyMs: options.everyMs ?? EVERY_MS,
    load: async (merged, cut, onPart) => {
      ownCut = cut;
      const done = new Map<string, string>();
      for (const name of kept) {
        const place = `${label}/${name}`;
        const { header, bytes } = await readTallyFile(join(folder, name), place, redo(place));
        refuseOther(header, { identity, shard, stamps, cut }, { place, label });
        for (const part of header.parts ?? []) {
          const first = done.get(part.name);
          if (first !== undefined) throw doubled(part.name, first, place);
          done.set(part.name, place);
          await onPart(partNamed(part.name), part.users === null ? null : keysOf(part.users));
        }
        merged.mergeBytes(bytes);
      }
      return new Set(done.keys());
    },
    save: async (parts, bytes) => {
      const notes = parts.map(({ name, users }) => ({ name, users: users && textOf(users) }));
      const content = renderTallyFile(
        { identity, shard, stamps, cut: ownCut, finished: true, parts: notes },
        bytes,
      );
      const name = `${parts[0]!.name}.tally`;
      await writeTallyFile(join(folder, name), content, `${label}/${name}`);
    },
    clear: async () => {
      for (const name of await readdir(folder))
        if (NAME.test(name)) await rm(join(folder, name), { force: true });
    },
  };
}

/** What a folder holds, sorted; it is made where it is not there. */
async function namesIn(folder: string, label: string): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true });
    return (await readdir(folder)).sort();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new GolemError(
      {
        kind: 'unavailable',
        verb: 'keep checkpoints in',
        subject: label,
        reason: `no folder can be had there: ${error.message.replace(/, \w+ '.*$/, '')}`,
        next: `ls -ld ${shellQuote(dirname(label))}`,
      },
      { cause: error },
    );
  }
}

/** Parts whose tally is gone are replayed again, so one that cannot be used costs no more than its own work. */
function redo(place: string): string {
  return `rm ${shellQuote(place)}   # then --resume again: only what it held is replayed anew`;
}

/** `place` is the tally, `label` its folder. */
function refuseOther(
  header: TallyHeader,
  own: Pick<CheckpointOptions, 'identity' | 'shard' | 'stamps'> & { readonly cut: string },
  { place, label }: { readonly place: string; readonly label: string },
): void {
  const anew = `rm -r ${shellQuote(label)}   # to begin anew, or go on with the options it was begun with`;
  const refuse = (kind: 'usage' | 'data', reason: string): GolemError =>
    new GolemError({ kind, verb: 'resume from', subject: place, reason, place: { file: place }, next: anew });
  const { recordings: before, ...asked } = header.identity;
  const { recordings: now, ...askedNow } = own.identity;
  const differs = differenceBetween(asked, askedNow);
  if (differs !== null) throw refuse('usage', `it is of a run that differs in ${differs}`);
  if (header.shard.index !== own.shard.index || header.shard.of !== own.shard.of)
    throw refuse('usage', `it is of shard ${header.shard.index}/${header.shard.of}`);
  const isSame =
    differenceBetween({ recordings: before }, { recordings: now }) === null &&
    header.stamps?.join('\n') === own.stamps.join('\n');
  if (!isSame) throw refuse('data', 'the recordings have changed since');
  if (header.cut !== own.cut) throw refuse('usage', 'its recordings were cut in other parts');
}

function doubled(part: string, first: string, place: string): GolemError {
  return new GolemError({
    kind: 'data',
    verb: 'resume from',
    subject: place,
    reason: `part ${part} stands in it and in ${first}`,
    place: { file: place },
    next: redo(place),
  });
}

function textOf(keys: Uint32Array): string {
  return Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength).toString('base64');
}

function keysOf(text: string): Uint32Array {
  const bytes = Buffer.from(text, 'base64');
  const keys = new Uint32Array(bytes.length / Uint32Array.BYTES_PER_ELEMENT);
  new Uint8Array(keys.buffer).set(bytes);
  return keys;
}
