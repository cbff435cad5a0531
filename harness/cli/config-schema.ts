/**
 * What a config must look like before anything runs on it. Stricter than its type: a limit that can never be
 * exceeded, a limit on a field that does not exist, or a suite listed twice would keep the gate green in silence.
 */
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import type { GolemConfig } from '../config.ts';
import type { Migration } from '../migration.ts';
import { parseDurationMs } from '../promql/durations.ts';
import { coverageFaults } from './coverage-faults.ts';
import { flagFault } from './flag-fault.ts';
import { didYouMean } from './nearest.ts';

/** One thing wrong with the config, at a path such as `suites[3].limits.record.*.rate`. */
export interface ConfigFault {
  readonly path: string;
  readonly reason: string;
}

/** Checks the migration by itself first: the rest of the config is checked against what it names. */
export function migrationFaults(config: unknown): readonly ConfigFault[] {
  if (typeof config !== 'object' || config === null) {
    return [
      { path: 'config', reason: `it is ${show(config)}, expected the value that defineConfig returns` },
    ];
  }
  return faultsOf(z.looseObject({ migration: z.looseObject(MIGRATION_SHAPE) }).safeParse(config));
}

/** Everything wrong with a config whose migration is sound, in the order of its keys; empty when it can be used. */
export function configFaults(config: unknown, migration: Migration): readonly ConfigFault[] {
  return faultsOf(configSchema(migration).safeParse(config));
}

const isFunction = value('a function', (input) => typeof input === 'function');
const list = value('a list', Array.isArray);
const dictionary = value('an object', (input) => typeof input === 'object' && input !== null);

const MIGRATION_SHAPE = {
  name: text(),
  measures: list,
  fields: list,
  metrics: list,
  flags: dictionary,
  redCodes: list,
  defects: list,
  checkFlag: isFunction,
  openStore: isFunction,
  createService: isFunction,
  rolloutBucket: isFunction,
  importer: dictionary,
  serve: isFunction,
};

const COUNT = 'a whole number of 0 or more';
const count = value(COUNT, (input) => Number.isSafeInteger(input) && (input as number) >= 0);
const rate = value('a ratio from 0 to 1', (input) => isFigure(input) && input >= 0 && input <= 1);
const figure = value('a finite number of 0 or more', (input) => isFigure(input) && input >= 0);
const flag = value('true or false', (input) => typeof input === 'boolean');

function configSchema(migration: Migration): z.ZodType {
  const fields = migration.fields.map(({ name }) => name);
  const fieldLimits = strict({
    breaches: count.exactOptional(),
    rate: rate.exactOptional(),
    p95: figure.exactOptional(),
  });
  const levelLimits = strict(
    Object.fromEntries(['*', ...fields].map((name) => [name, fieldLimits.exactOptional()])),
  );
  const limits = strict({
    record: levelLimits.exactOptional(),
    day: levelLimits.exactOptional(),
    failed_writes: strict({ legacy: count.exactOptional(), v2: count.exactOptional() }).exactOptional(),
    refused: count.exactOptional(),
    skipped: count.exactOptional(),
    swallowed: count.exactOptional(),
    red_codes: count.exactOptional(),
  });
  const suite = strict({
    name: value(
      'a folder name: letters, digits, ".", "_", "-", with "/" between',
      (input) => typeof input === 'string' && /^\w[\w.-]*(\/\w[\w.-]*)*$/.test(input),
    ),
    limits: limits.exactOptional(),
    defect: oneOf('defect of the migration', migration.defects).exactOptional(),
    golden: flag.exactOptional(),
    coverage: z.unknown().exactOptional(),
    must_fail: value(
      'the code of a finding, such as "golden/missing"',
      (input) => typeof input === 'string' && /^[\w*-]+(\/[\w*-]+)*$/.test(input),
    ).exactOptional(),
    alerts: z.record(z.string(), z.array(text())).exactOptional(),
    fires_at: value(
      'a time such as "2025-09-01T00:21:00Z"',
      (input) => typeof input === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(input),
    ).exactOptional(),
  }).superRefine((input, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if ('defect' in input && !('must_fail' in input))
      refuse('defect', 'a suite with a defect must name the finding it has to produce, in must_fail');
    if ('fires_at' in input && !String(input.must_fail).startsWith('alert/'))
      refuse('fires_at', 'only a suite that must fail by an alert has a time at which it fires');
  });
  const flags = flagTexts(migration);
  return strict({
    migration: z.unknown(),
    fixtures: folder(),
    golden: folder(),
    seed: text(),
    store: value('"memory" or "pglite"', (input) => input === 'memory' || input === 'pglite'),
    settings: strict({ alone: flags, base: flags, full: flags, shares: z.array(flags) }),
    limits,
    alerts: alertsSchema().exactOptional(),
    rollout: rolloutSchema(fields).exactOptional(),
    coverage: z.unknown().exactOptional(),
    ledger: configFile().exactOptional(),
    privacy: strict({ names: z.array(text()) }).exactOptional(),
    suites: z.array(suite).superRefine((suites, context) => {
      const seen = new Map<unknown, number>();
      suites.forEach(({ name }, index) => {
        const first = seen.get(name);
        if (first === undefined) seen.set(name, index);
        else {
          const message = `${show(name)} is the name of suites[${first}] already`;
          context.addIssue({ code: 'custom', path: [index, 'name'], message });
        }
      });
    }),
  }).superRefine((input, context) => {
    const { alerts, coverage, suites } = input as Partial<
      Pick<GolemConfig, 'alerts' | 'coverage' | 'suites'>
    >;
    const known = Object.keys(alerts?.rulesets ?? {});
    const refuseCoverage = (given: unknown, at: readonly (string | number)[]) => {
      for (const { path, message } of coverageFaults(given, migration))
        context.addIssue({ code: 'custom', path: [...at, 'coverage', ...path], message });
    };
    refuseCoverage(coverage, []);
    (suites ?? []).forEach((suite, index) => {
      refuseCoverage(suite.coverage, ['suites', index]);
      for (const name of Object.keys(suite.alerts ?? {})) {
        if (known.includes(name)) continue;
        const message = `no rule set is called ${show(name)}${didYouMean(name, known)}`;
        context.addIssue({ code: 'custom', path: ['suites', index, 'alerts', name], message });
      }
    });
  });
}

function configFile() {
  return value(
    'a file relative to the config',
    (input) => typeof input === 'string' && input !== '' && !isAbsolute(input),
  );
}

function duration() {
  return value(
    'a duration such as "15s"',
    (input) => typeof input === 'string' && (parseDurationMs(input) ?? 0) > 0,
  );
}

/** Limits of 1 and more could never be exceeded. */
function rolloutSchema(fields: readonly string[]) {
  const share = value('a ratio from 0 to below 1', (input) => isFigure(input) && input >= 0 && input < 1);
  const shares = strict(Object.fromEntries(['*', ...fields].map((name) => [name, share.exactOptional()])));
  return strict({
    users: strict({ record: shares.exactOptional(), day: shares.exactOptional() }).exactOptional(),
    alerts: share.exactOptional(),
    confidence: value(
      'a ratio above 0.5 and below 1',
      (input) => isFigure(input) && input > 0.5 && input < 1,
    ).exactOptional(),
    watch: duration().exactOptional(),
    days: value(
      'a whole number of days from 1',
      (input) => Number.isSafeInteger(input) && (input as number) >= 1,
    ).exactOptional(),
  });
}

function alertsSchema() {
  const file = configFile();
  return strict({
    rulesets: z.record(z.string(), z.array(file).min(1, 'a rule set needs at least one file')),
    alertmanager: file.exactOptional(),
    scrape_interval: duration().exactOptional(),
    evaluation_interval: duration().exactOptional(),
    tail: duration().exactOptional(),
    prometheus: value('2 or 3', (input) => input === 2 || input === 3).exactOptional(),
  });
}

/** Flag texts by name, each known to the migration and acceptable to it. */
function flagTexts(migration: Migration): z.ZodType {
  return z.record(z.string(), text()).superRefine((flags, context) => {
    for (const [name, chosen] of Object.entries(flags)) {
      const message = flagFault(migration, name, String(chosen));
      if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
    }
  });
}

function isFigure(input: unknown): input is number {
  return Number.isFinite(input);
}

function value(expected: string, accepts: (input: unknown) => boolean) {
  return z.custom<unknown>(accepts, {
    error: ({ input }) =>
      input === undefined ? `expected ${expected}` : `${show(input)} is not ${expected}`,
  });
}

function text() {
  return value('a text that is not empty', (input) => typeof input === 'string' && input.trim() !== '');
}

function folder() {
  return value(
    'a folder relative to the config',
    (input) => typeof input === 'string' && input !== '' && !isAbsolute(input),
  );
}

function oneOf(what: string, known: readonly string[]) {
  return z.custom<unknown>((input) => known.includes(input as string), {
    error: ({ input }) => `no ${what} is called ${show(input)}${didYouMean(String(input), known)}`,
  });
}

/** An object that has these keys and no others; an unknown key gets the nearest known one as a suggestion. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return `${show(issue.input)} is not an object`;
      const key = issue.keys[0] ?? '';
      return `there is no such setting${didYouMean(key, Object.keys(shape))}`;
    },
  });
}

function faultsOf(result: z.ZodSafeParseResult<unknown>): readonly ConfigFault[] {
  return (result.error?.issues ?? []).flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    if (issue.code !== 'unrecognized_keys') return [{ path: renderPath(path), reason: issue.message }];
    return [{ path: renderPath([...path, issue.keys[0] ?? '']), reason: issue.message }];
  });
}

function renderPath(path: readonly (string | number)[]): string {
  const parts = path.map((part, index) => {
    if (typeof part === 'number') return `[${part}]`;
    return index === 0 ? part : `.${part}`;
  });
  return parts.join('') || 'config';
}

/** A value as it stands in a message: NaN, -1, "text", a list. */
function show(input: unknown): string {
  if (typeof input === 'string') return JSON.stringify(input.length > 60 ? `${input.slice(0, 59)}…` : input);
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object' && input !== null) return 'an object';
  return typeof input === 'function' ? 'a function' : String(input);
}
