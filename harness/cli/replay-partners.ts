/**
 * Options of a replay that mean nothing without another one, or nothing beside it. Refused before any work is done: an
 * option that is taken and does nothing lets people believe that something else was replayed.
 */
import { GolemError } from '../errors.ts';
import type { ReplayCommandOptions } from './replay.ts';

/** Throws a usage error for the first option that could not have an effect. */
export function checkPartners(options: ReplayCommandOptions, recordings: readonly string[]): void {
  const share = recordings.find((name) => /^\d+(\.\d+)?%$/.test(name));
  if (options.shadowShare && share !== undefined)
    throw usage(`--shadow-share ${share}`, 'it takes no share: the steps of --ramp are the shares');
  refuseEmpty(options);
  checkTally(options);
  checkCheckpoint(options);
  if (options.distributed !== undefined) checkFleet(options);
  if (options.storeBatch !== undefined && options.store === 'memory')
    throw usage(`--store-batch ${options.storeBatch}`, 'it needs --store pglite or postgres://…');
}

/** Texts that stand for nothing when they are empty, as a variable of a shell that was never set leaves them. */
function refuseEmpty({ seed, out, json, junit, checkpoint }: ReplayCommandOptions): void {
  if (seed === '') throw usage('--seed', 'expected a text of at least one character');
  for (const [option, text] of Object.entries({ out, json, junit }))
    if (text === '') throw usage(`--${option}`, 'expected the name of a file');
  if (checkpoint === '') throw usage('--checkpoint', 'expected the name of a folder');
}

/** A shard has a tally and no report; a tally is of a shard. */
function checkTally(options: ReplayCommandOptions): void {
  const { shard, out, json, junit, ramp, watch, verbose, github } = options;
  if (shard !== undefined && out === undefined)
    throw usage(`--shard ${shard}`, 'it needs --out FILE, where its tally goes');
  if (out === undefined) return;
  if (json !== undefined || junit !== undefined || verbose || github)
    throw usage(`--out ${out}`, 'a tally has no report yet; golem merge makes one of all shards');
  const asked = ramp === undefined ? 'watch' : 'ramp';
  if (ramp !== undefined || watch !== undefined)
    throw usage(`--out ${out}`, `a tally has no ramp yet; golem merge --${asked} makes one of all shards`);
}

function checkCheckpoint({ resume, checkpoint, checkpointMs }: ReplayCommandOptions): void {
  if (checkpoint !== undefined) return;
  if (resume) throw usage('--resume', 'it needs --checkpoint FOLDER, the one of the run to go on from');
  if (checkpointMs !== undefined)
    throw usage(`--checkpoint-ms ${checkpointMs}`, 'it needs --checkpoint FOLDER');
}

/** What cuts, keeps or does work in this process says nothing to a fleet. */
function checkFleet({ shard, workers, onCrash, checkpoint, partBytes }: ReplayCommandOptions): void {
  const refused: readonly (readonly [string, string | undefined, string])[] = [
    ['--shard', shard, 'a fleet cuts the work itself'],
    ['--part-bytes', partBytes, 'a fleet cuts the work itself'],
    ['--workers', workers, "processes of 'golem worker' do the work of a fleet"],
    ['--on-crash', onCrash, 'what a worker of a fleet leaves undone is given to another one'],
    [
      '--checkpoint',
      checkpoint,
      "a fleet's database keeps what is finished; the same command goes on from it",
    ],
  ];
  for (const [option, text, reason] of refused)
    if (text !== undefined)
      throw usage(`${option} ${text}`, `${reason}; leave out ${option} or --distributed`);
}

/** A usage error about an option of a replay. */
export function usage(subject: string, reason: string): GolemError {
  return new GolemError({ kind: 'usage', verb: 'use', subject, reason, next: 'golem replay --help' });
}
