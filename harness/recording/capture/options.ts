/**
 * What a service says when it wires capture in, and what becomes of it: everything is checked once, when the service
 * starts, so that a wrong option is a refusal then and never a failure during a request.
 */
import type { IncomingMessage } from 'node:http';
import { GolemError } from '../../errors.ts';
import type { CaptureRules, Migration } from '../../migration.ts';
import type { RecordingHeader } from '../format.ts';
import { readPseudonymKey } from '../privacy/pseudonym.ts';
import { createRedactor } from '../privacy/redactor.ts';
import { stepsOfShare } from '../sample-share.ts';
import { SAMPLE_STEPS, samplePlace } from '../user-key.ts';
import { CAPTURE_BOUNDS, type CaptureBounds } from './bounds.ts';
import type { Redactor } from './raw-write.ts';
import { verbatimRedactor } from './recorded-write.ts';
import type { Rotation } from './recording-files.ts';
import type { UpstreamAddress } from './upstream-calls.ts';

/**
 * Gives the signed-in user of a request; null or undefined while nobody is. In Express it gets Express' request, in
 * Fastify Fastify's, else Node's; what sign-in put there decides, and capture cannot know its type.
 */
// biome-ignore lint/suspicious/noExplicitAny: the request's type is the framework's and the service's own
export type UserOf = (request: any) => string | null | undefined;

/** What a migration must tell capture. */
export type CapturedMigration = Pick<Migration, 'rolloutBucket' | 'capture' | 'privacy'>;

export interface CaptureOptions {
  /** The migration whose writes are captured; it says which requests these are. */
  readonly migration: CapturedMigration;
  /** A file (`.ndjson`, `.ndjson.gz`, `.ndjson.zst`) or a folder, which ends in `/` or exists. */
  readonly to: string;
  /** The signed-in user, or the name of the header that carries it. */
  readonly user: string | UserOf;
  /** Upstream addresses whose answers the write paths need. */
  readonly upstream?: readonly (string | UpstreamAddress)[];
  /** Watches Node's own `fetch` and every undici client without a dispatcher of its own, for those addresses. */
  readonly globalFetch?: boolean;
  /** The secret that pseudonyms are made with; by default what GOLEM_PSEUDONYM_KEY says. */
  readonly key?: string;
  /** Names of people to look for in texts, beside what has a form of its own. */
  readonly names?: readonly string[];
  /** Takes out what is personal in place of the migration's own rules. */
  readonly redactor?: Redactor;
  /** Keeps everything as the sender sent it; for development on one's own data. */
  readonly verbatim?: boolean;
  /** Where the service runs; by default what APP_ENV says, else `local`. */
  readonly env?: RecordingHeader['env'];
  /** Minutes east of UTC that decide a write's local day; by default what DIFF_TZ_OFFSET_MINUTES says, else 0. */
  readonly tzOffsetMinutes?: number;
  /** Names the capture in the header; by default `capture`. */
  readonly source?: string;
  /** Share of users such as `10%`; by default all. The same seed takes the same users. */
  readonly sample?: string;
  readonly seed?: string;
  /** For a folder: when a file is completed and the next begun. By default 256 MiB or an hour. */
  readonly rotate?: { readonly bytes?: number; readonly seconds?: number };
  /** For a folder: how completed files are compressed. A single file's name says it. */
  readonly compress?: 'none' | 'gzip' | 'zstd';
  /** Lets a single file take the place of one of that name. */
  readonly overwrite?: boolean;
  /** Beginning of the path that the service's paths have and the migration's have not, such as `/api`. */
  readonly pathPrefix?: string;
  readonly bounds?: Partial<CaptureBounds>;
  /** Gets a line when writes were lost, at most once a minute; by default a warning of the process. */
  readonly onDrop?: (line: string) => void;
}

/** The options once checked, with every default in its place. */
export interface CaptureSettings {
  readonly rules: CaptureRules;
  readonly rolloutBucket: (user: string) => number;
  readonly redactor: Redactor;
  /** What a thread needs to make that redactor by itself, null for none at all; absent where it cannot be made there. */
  readonly privacy: { readonly key: string; readonly names: readonly string[] } | null | undefined;
  readonly header: Omit<RecordingHeader, 'captured'>;
  readonly rotation: Rotation;
  readonly bounds: CaptureBounds;
  readonly isSampled: (user: string) => boolean;
  readonly userOf: (request: IncomingMessage, subject: unknown) => string | null;
  readonly pathPrefix: string;
}

const ROTATE_BYTES = 256 * 1024 * 1024;
const ROTATE_SECONDS = 3600;
const ENVIRONMENTS: readonly string[] = ['prod', 'stg', 'dev', 'local'] satisfies RecordingHeader['env'][];

/** Checks the options; `environment` is the process's. Throws a usage error that names what is wrong. */
export function readCaptureOptions(
  options: CaptureOptions,
  environment: Readonly<Record<string, string | undefined>>,
): CaptureSettings {
  const { migration } = options;
  if (migration.capture === undefined) {
    throw refusal('migration', 'it does not say which requests are its writes (Migration.capture)');
  }
  const sample = readShare(options.sample);
  const seed = options.seed ?? 'golem';
  return {
    rules: migration.capture,
    rolloutBucket: (user) => migration.rolloutBucket(user),
    ...redactorOf(options, environment),
    header: {
      golem: 'recording',
      version: 1,
      source: options.source ?? 'capture',
      env: environmentOf(options.env ?? (environment.APP_ENV || 'local')),
      tz_offset_minutes: offsetOf(options.tzOffsetMinutes ?? environment.DIFF_TZ_OFFSET_MINUTES ?? 0),
      anonymised: options.verbatim !== true,
      simulated: false,
      ...(options.sample === undefined ? {} : { sample: { share: options.sample, seed } }),
    },
    rotation: rotationOf(options.rotate),
    bounds: boundsOf(options.bounds),
    isSampled: sample === SAMPLE_STEPS ? () => true : (user) => samplePlace(seed, user) < sample,
    userOf: userReader(options.user),
    pathPrefix: (options.pathPrefix ?? '').replace(/\/+$/, ''),
  };
}

function refusal(subject: string, reason: string): GolemError {
  return new GolemError({ kind: 'usage', verb: 'capture', subject, reason });
}

function redactorOf(
  { migration, redactor, verbatim, key, names = [] }: CaptureOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<CaptureSettings, 'redactor' | 'privacy'> {
  if (redactor !== undefined && verbatim === true) {
    throw refusal('verbatim', 'a recording is either redacted or verbatim, not both');
  }
  if (verbatim === true) return { redactor: verbatimRedactor, privacy: null };
  if (redactor !== undefined) return { redactor, privacy: undefined };
  const rules = migration.privacy;
  if (rules === undefined) {
    throw refusal('migration', 'it does not say what of a write may be kept (Migration.privacy)');
  }
  const privacy = { key: key ?? readPseudonymKey(environment), names };
  return { redactor: createRedactor({ ...privacy, rules }), privacy };
}

function environmentOf(env: string): RecordingHeader['env'] {
  if (!ENVIRONMENTS.includes(env))
    throw refusal(env, `expected one of ${ENVIRONMENTS.join(', ')} as APP_ENV`);
  return env as RecordingHeader['env'];
}

function offsetOf(given: number | string): number {
  const minutes = given === '' ? 0 : Number(given);
  if (Number.isInteger(minutes) && minutes >= -720 && minutes <= 840) return minutes;
  throw refusal(String(given), 'expected whole minutes east of UTC, from -720 to 840');
}

/** A share of users in ten-thousandths. */
function readShare(text: string | undefined): number {
  if (text === undefined) return SAMPLE_STEPS;
  const steps = stepsOfShare(text);
  if (steps !== null) return steps;
  throw refusal(text, 'expected a percentage of users above 0% and up to 100%');
}

function rotationOf(rotate: CaptureOptions['rotate']): Rotation {
  const bytes = rotate?.bytes ?? ROTATE_BYTES;
  const seconds = rotate?.seconds ?? ROTATE_SECONDS;
  if (!(bytes > 0)) throw refusal('rotate.bytes', 'expected a number of bytes above 0');
  if (!(seconds > 0)) throw refusal('rotate.seconds', 'expected a number of seconds above 0');
  return { bytes, ms: seconds * 1000 };
}

function boundsOf(given: Partial<CaptureBounds> | undefined): CaptureBounds {
  const bounds = { ...CAPTURE_BOUNDS, ...given };
  for (const [name, value] of Object.entries(bounds)) {
    if (!(value >= 0)) throw refusal(`bounds.${name}`, 'expected a number of 0 or more');
  }
  return bounds;
}

function userReader(user: string | UserOf): CaptureSettings['userOf'] {
  const read =
    typeof user === 'string'
      ? (request: IncomingMessage) => request.headers[user.toLowerCase()]
      : (_: IncomingMessage, subject: unknown) => user(subject);
  return (request, subject) => {
    try {
      const found = read(request, subject);
      return typeof found === 'string' && found !== '' ? found : null;
    } catch {
      // A reader that cannot read the user yet finds nobody; it is asked again at the end.
      return null;
    }
  };
}
