/**
 * What a rollout is held to: the config's word with its defaults. Apart from the judgement, so that the defaults stand
 * in one place.
 */
import type { RolloutConfig } from '../../config.ts';
import { parseDurationMs } from '../../promql/durations.ts';

/** A level that the config does not speak of. */
const DEFAULT_SHARES = { '*': 0.01 };
const DEFAULT_WATCH = '1d';
/** A week: people do otherwise on its last days than on its first. */
const DEFAULT_DAYS = 7;

export interface RolloutLimits {
  /** The largest share of all users with a breach, by level and field; null where none is set. */
  readonly users: (level: 'record' | 'day', field: string) => number | null;
  readonly alerts: number;
  readonly confidence: number;
  readonly watchMs: number;
  /** The least number of days that the records replayed must span for a go. */
  readonly days: number;
}

/** The limits of a config; `watch`, a duration, takes the place of its own. Texts were checked at the boundary. */
export function rolloutLimits(config: RolloutConfig | undefined, watch?: string): RolloutLimits {
  return {
    users: (level, field) => {
      const shares: Readonly<Record<string, number>> = config?.users?.[level] ?? DEFAULT_SHARES;
      return shares[field] ?? shares['*'] ?? null;
    },
    alerts: config?.alerts ?? 0.05,
    confidence: config?.confidence ?? 0.95,
    watchMs: parseDurationMs(watch ?? config?.watch ?? DEFAULT_WATCH) ?? Number.NaN,
    days: config?.days ?? DEFAULT_DAYS,
  };
}
