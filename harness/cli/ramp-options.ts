/**
 * The options that ask a replay about a rollout, read and refused the same way wherever a command has them.
 */
import type { Command } from 'commander';
import { GolemError } from '../errors.ts';
import { parseDurationMs } from '../promql/durations.ts';
import type { RampAsk } from '../run/ramp.ts';

export interface RampOptions {
  readonly ramp?: string;
  readonly shadowShare?: boolean;
  readonly watch?: string;
  /** Of a replay: a sample has alerts to watch without a ramp. Tallies know their own. */
  readonly sample?: string;
}

export function addRampOptions(command: Command): Command {
  return command
    .option(
      '--ramp <percents>',
      'says go, no-go or how much more evidence it takes for each share of users, such as 10,50,100',
    )
    .option('--shadow-share', 'the service ramps its shadow too: alerts then depend on the step')
    .option('--watch <duration>', "how long a step is watched, such as 2h (default: the config's, or 1d)");
}

/** Reads the options; a share, a duration or a combination that makes no sense is a usage error. */
export function parseRamp(options: RampOptions, command: 'replay' | 'merge' = 'replay'): RampAsk {
  const refuse = refusalOf(command);
  const steps =
    options.ramp === undefined ? [] : options.ramp.split(',').map((text) => readStep(text, options, refuse));
  if (steps.some((step, index) => index > 0 && step <= steps[index - 1]!))
    throw refuse('--ramp', options.ramp ?? '', 'expected shares that rise, such as 10,50,100');
  if (options.watch !== undefined && !((parseDurationMs(options.watch) ?? 0) >= 60_000))
    // The longest is Prometheus' own: what 64 bits of nanoseconds hold.
    throw refuse('--watch', options.watch, 'expected a duration from a minute to 106751d, such as 2h');
  if (options.watch !== undefined && steps.length === 0 && command === 'replay' && !isSample(options))
    throw refuse('--watch', options.watch, WATCH_NEEDS);
  if (options.shadowShare && steps.length === 0)
    throw refuse('--shadow-share', '', 'it needs --ramp, whose steps are the shares');
  return { steps, shadowShare: options.shadowShare ?? false, watch: options.watch ?? null };
}

/** What `--watch` says nothing without. */
export const WATCH_NEEDS = 'it needs --ramp, or a --sample whose alerts are judged';

function isSample({ sample }: RampOptions): boolean {
  return sample !== undefined && Number.parseFloat(sample) !== 100;
}

function readStep(text: string, { ramp = '' }: RampOptions, refuse: Refusal): number {
  const step = /^\s*(\d{1,3})\s*%?\s*$/.exec(text)?.[1];
  const percent = Number(step);
  if (step === undefined || percent < 1 || percent > 100)
    throw refuse('--ramp', ramp, `"${text}" is no whole percentage from 1 to 100`);
  return percent;
}

type Refusal = (option: string, text: string, reason: string) => GolemError;

function refusalOf(command: string): Refusal {
  return (option, text, reason) =>
    new GolemError({
      kind: 'usage',
      verb: 'read',
      subject: `${option} ${text}`.trim(),
      reason,
      next: `golem ${command} --help`,
    });
}
