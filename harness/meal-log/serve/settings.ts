/**
 * What the environment says about one running service: flags, labels, the local day. Read and checked in one place
 * at the start, so that a misspelt value stops the start and not the first request.
 */
import { GolemError } from '../../errors.ts';
import type { FlagTexts } from '../../migration.ts';
import { FLAG_DEFAULTS, readFlags } from '../flags.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ServeSettings {
  readonly flags: FlagTexts;
  /** Minutes east of UTC, from `DIFF_TZ_OFFSET_MINUTES`. */
  readonly tzOffsetMinutes: number;
  /** Default labels of every metric. */
  readonly labels: { readonly env: string; readonly shadow_version: string; readonly ai_provider: string };
  readonly build: { readonly app_version: string; readonly model: string };
}

const ENVIRONMENTS = ['prod', 'stg', 'dev', 'local'];
/** The widest offsets in use: UTC−12 and UTC+14. */
const MIN_OFFSET = -720;
const MAX_OFFSET = 840;

/** Reads the settings; throws a usage error that names the variable and what it takes. */
export function readSettings(environment: Environment): ServeSettings {
  const flags: Record<string, string> = {};
  for (const [name, fallback] of Object.entries(FLAG_DEFAULTS)) flags[name] = environment[name] || fallback;
  readFlags(flags);
  const env = environment.APP_ENV || 'local';
  if (!ENVIRONMENTS.includes(env)) throw unusable('APP_ENV', `expected one of ${ENVIRONMENTS.join(', ')}`);
  return {
    flags,
    tzOffsetMinutes: readOffset(environment.DIFF_TZ_OFFSET_MINUTES || '0'),
    labels: {
      env,
      shadow_version: environment.SHADOW_VERSION || 'v2',
      ai_provider: environment.AI_PROVIDER || 'http',
    },
    build: {
      app_version: environment.APP_VERSION || 'unknown',
      model: environment.AI_MODEL || 'unknown',
    },
  };
}

function readOffset(text: string): number {
  const minutes = /^[+-]?\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(minutes >= MIN_OFFSET && minutes <= MAX_OFFSET)) {
    throw unusable('DIFF_TZ_OFFSET_MINUTES', `expected whole minutes from ${MIN_OFFSET} to ${MAX_OFFSET}`);
  }
  return minutes;
}

function unusable(variable: string, reason: string): GolemError {
  return new GolemError({ kind: 'usage', verb: 'read the environment', subject: variable, reason });
}
