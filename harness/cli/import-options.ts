/**
 * Options that importing from a database and from HAR files share. Apart from both, so that one option means the same
 * in each.
 */
import { type Command, Option } from 'commander';
import { GolemError } from '../errors.ts';
import type { RecordingHeader } from '../recording/format.ts';

export interface SharedImportOptions {
  readonly out?: string;
  readonly env: RecordingHeader['env'];
  readonly tzOffset: string;
  readonly strict?: boolean;
  readonly overwrite?: boolean;
  readonly verbose?: boolean;
}

/** Adds where the recording goes and what its header says. */
export function addImportOptions(command: Command): void {
  command
    .option('--out <file>', 'the recording to write: .ndjson, .ndjson.gz or .ndjson.zst (required)')
    .addOption(
      new Option('--env <env>', 'the environment it was captured in')
        .choices(['prod', 'stg', 'dev', 'local'])
        .default('prod'),
    )
    .option('--tz-offset <minutes>', "minutes east of UTC that decide a write's local day", '0')
    .option('--strict', 'write nothing and exit 65 when anything is not taken')
    .option('--overwrite', 'take the place of a recording of that name')
    .option('--verbose', 'list everything that was not taken');
}

/** Reads `--tz-offset`: whole minutes from UTC−12 to UTC+14. */
export function parseOffset(text: string, command: string): number {
  const minutes = /^[+-]?\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (minutes >= -720 && minutes <= 840) return minutes;
  throw new GolemError({
    kind: 'usage',
    verb: 'read',
    subject: `--tz-offset ${text}`,
    reason: 'expected whole minutes east of UTC from -720 to 840, such as 540',
    next: `${command} --help`,
  });
}
