/**
 * The options of a command that captures, the same words in `serve --record` and in `record`, and what the person who
 * stopped it is told. Apart from both commands, so that one capture cannot behave otherwise than the other.
 */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import { countOf, formatNumber } from '../gate/rows.ts';
import type { CaptureOptions } from '../recording/capture/options.ts';
import type { CaptureStats } from '../recording/capture/session.ts';

/** What both commands take, as Commander gives it. */
export interface CaptureArguments {
  readonly verbatim?: boolean;
  readonly overwrite?: boolean;
  readonly sample?: string;
  readonly seed?: string;
  readonly rotateSize?: string;
  readonly rotateTime?: string;
}

export const PRIVACY_HELP =
  '\nThe recording is anonymised while it is captured, with the key in' +
  '\nGOLEM_PSEUDONYM_KEY; APP_ENV and DIFF_TZ_OFFSET_MINUTES go into its header:' +
  '\n  $ export GOLEM_PSEUDONYM_KEY="$(openssl rand -base64 32)"';

export function addCaptureOptions(command: Command): void {
  command
    .option('--verbatim', 'record everything as it was sent; for development on your own data')
    .option('--overwrite', 'let the recording take the place of a file of that name')
    .option('--sample <share>', 'record this share of users only, such as 10%')
    .option('--seed <text>', 'which users a sample takes; the same text takes the same', 'golem')
    .option('--rotate-size <size>', 'in a folder, begin a new file at this size, such as 64MB', '256MB')
    .option('--rotate-time <time>', 'in a folder, begin a new file after this time, such as 15m', '1h');
}

/** The options of the session behind a command's arguments; `out` is as given. Throws usage errors. */
export function captureOptionsOf(
  out: string,
  given: CaptureArguments,
  cwd: string,
): Pick<CaptureOptions, 'to' | 'verbatim' | 'overwrite' | 'sample' | 'seed' | 'rotate'> {
  const bytes = given.rotateSize === undefined ? undefined : readSize(given.rotateSize);
  const seconds = given.rotateTime === undefined ? undefined : readTime(given.rotateTime);
  return {
    // Resolving drops the slash that says that a folder is meant.
    to: `${resolve(cwd, out)}${out.endsWith('/') ? '/' : ''}`,
    verbatim: given.verbatim ?? false,
    overwrite: given.overwrite ?? false,
    ...(given.sample === undefined ? {} : { sample: given.sample }),
    ...(given.seed === undefined ? {} : { seed: given.seed }),
    rotate: {
      ...(bytes === undefined ? {} : { bytes }),
      ...(seconds === undefined ? {} : { seconds }),
    },
  };
}

const SIZES = { KB: 1e3, MB: 1e6, GB: 1e9 } as const;
const TIMES = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

function readSize(text: string): number {
  const [, number, unit] = /^(\d{1,6})(KB|MB|GB)$/.exec(text) ?? [];
  const bytes = Number(number) * (SIZES[unit as keyof typeof SIZES] ?? Number.NaN);
  if (bytes > 0) return bytes;
  throw unreadable('--rotate-size', text, 'expected a size such as 64MB');
}

function readTime(text: string): number {
  const [, number, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = Number(number) * (TIMES[unit as keyof typeof TIMES] ?? Number.NaN);
  if (seconds > 0) return seconds;
  throw unreadable('--rotate-time', text, 'expected a time such as 15m or 1h');
}

function unreadable(option: string, text: string, reason: string): GolemError {
  return new GolemError({ kind: 'usage', verb: 'read', subject: `${option} ${text}`, reason });
}

/** What was captured, in lines for a person: files, then what is not in them and why. */
export function describeCapture(stats: CaptureStats, relative: (path: string) => string): string {
  const lines = stats.files.map((file) => `  ${relative(file)}`);
  for (const [reason, count] of Object.entries(stats.dropped))
    lines.push(`  lost, ${reason.replaceAll('_', ' ')}: ${count}`);
  for (const [reason, count] of Object.entries(stats.passed))
    if (count > 0) lines.push(`  not recorded, ${reason.replaceAll('_', ' ')}: ${count}`);
  if (stats.lateCalls > 0) lines.push(`  upstream calls after their record was made: ${stats.lateCalls}`);
  return lines.map((line) => `${line}\n`).join('');
}

/** `1,204 writes, 3 lost, 2 files`. */
export function summariseCapture(stats: CaptureStats): string {
  const lost = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
  return `${countOf(stats.captured, 'write')}, ${formatNumber(lost)} lost, ${countOf(stats.files.length, 'file')}`;
}

/** A capture whose disk refused must not look as if all were well. */
export function exitOf(stats: CaptureStats): number {
  return stats.diskFailure === null && stats.dropped.disk === undefined ? EXIT.pass : EXIT.unavailable;
}
