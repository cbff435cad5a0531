/**
 * Which alert rows of the gate change if cases are accepted: the rule files over what the golden files of a suite say
 * now, and over what they would. A file of its own because accepted outcomes were never scraped: their differences are
 * observed again, each at its record's time.
 */
import type { AlertPlan } from '../../alerts/rule-sets.ts';
import { emulateReplay } from '../../alerts/rule-sets.ts';
import type { Suite } from '../../config.ts';
import { worstOf } from '../../gate/alert-checks.ts';
import type { GoldenDocument } from '../../golden/case.ts';
import { isJsonObject, type Json, type JsonObject, memberOf } from '../../golden/json.ts';
import type { FieldValues, Migration } from '../../migration.ts';
import { ScrapeTally } from '../../tally/scrapes.ts';

/** How far an alert comes. */
export type AlertState = 'inactive' | 'pending' | 'firing';

/** An alert that would come another way than it does. */
export interface AlertRowChange {
  readonly suite: string;
  readonly ruleset: string;
  readonly alert: string;
  readonly before: AlertState;
  readonly after: AlertState;
  /** True where the suite is allowed to raise it. */
  readonly allowed: boolean;
}

type Observing = Pick<Migration, 'fields' | 'metrics' | 'observe' | 'exposition' | 'dryRun'>;

/** How far each alert of a plan comes over these outcomes, by `ruleset/alert`; empty where nothing is observed. */
export function alertStates(
  documents: readonly GoldenDocument[],
  plan: AlertPlan,
  env: string,
  migration: Observing,
): ReadonlyMap<string, AlertState> {
  const scrapes = scrapesOf(documents, plan.settings.scrapeIntervalMs, migration);
  const emulated = emulateReplay(plan, new Map([[env, scrapes]]), migration);
  const byAlert = Map.groupBy(emulated?.run.outcomes ?? [], ({ ruleset, alert }) => `${ruleset}/${alert}`);
  return new Map([...byAlert].map(([key, outcomes]) => [key, worstOf(outcomes).state]));
}

/** Alerts whose state is another after than before, by name. */
export function alertRowChanges(
  suite: Pick<Suite, 'name' | 'alerts'>,
  before: ReadonlyMap<string, AlertState>,
  after: ReadonlyMap<string, AlertState>,
): AlertRowChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((key) => {
    const [ruleset = '', alert = ''] = key.split('/');
    const was = before.get(key) ?? 'inactive';
    const is = after.get(key) ?? 'inactive';
    const allowed = suite.alerts?.[ruleset]?.includes(alert) ?? false;
    return was === is ? [] : [{ suite: suite.name, ruleset, alert, before: was, after: is, allowed }];
  });
}

function scrapesOf(
  documents: readonly GoldenDocument[],
  intervalMs: number,
  migration: Observing,
): ScrapeTally {
  const scrapes = new ScrapeTally(migration.metrics, { intervalMs });
  const names = migration.fields.map(({ name }) => name);
  let atMs = 0;
  const sink = scrapes.sink({ nowMs: () => atMs });
  for (const { base } of documents) {
    for (const outcome of base) {
      atMs = Date.parse(String(outcome.at));
      const breached = memberOf(outcome, 'breached');
      const seen = (part: string, level: string): { values: FieldValues; breached: number } | null => {
        const values = memberOf(outcome, part);
        if (!isJsonObject(values)) return null;
        const listed = isJsonObject(breached) ? memberOf(breached, level) : undefined;
        return { values: fieldValues(values, names), breached: bitsOf(listed, names) };
      };
      migration.observe?.(sink, { record: seen('difference', 'record'), day: seen('day', 'day') });
    }
  }
  return scrapes;
}

/** Values in the order of the fields; golden documents leave out those that are 0. */
function fieldValues(values: JsonObject, names: readonly string[]): FieldValues {
  return names.map((name) => {
    const value = memberOf(values, name);
    return typeof value === 'number' ? value : value === null ? null : 0;
  });
}

function bitsOf(listed: Json | undefined, names: readonly string[]): number {
  if (typeof listed !== 'string') return 0;
  return listed.split(' ').reduce((bits, name) => bits | (1 << names.indexOf(name)), 0);
}

/** The row in words: `edges legacy/AnAlert: inactive → firing`. */
export function alertRowText({ suite, ruleset, alert, before, after, allowed }: AlertRowChange): string {
  return `${suite} ${ruleset}/${alert}: ${STATE[before]} → ${STATE[after]}${allowed ? ', which it may' : ''}`;
}

const STATE: Readonly<Record<AlertState, string>> = {
  inactive: 'quiet',
  pending: 'pending',
  firing: 'fires',
};

/** Whether the row would turn red or green, or stay as it is. */
export function alertRowTurns({ before, after, allowed }: AlertRowChange): 'red' | 'green' | null {
  if (allowed || (before === 'firing') === (after === 'firing')) return null;
  return after === 'firing' ? 'red' : 'green';
}
