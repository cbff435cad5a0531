/**
 * Rows of the gate that change if cases are accepted, as lines. A file of its own because it says what the comparison
 * rests on: golden files as they are and as they would be, not two runs.
 */
import type { AlertPlan } from '../../alerts/rule-sets.ts';
import type { GolemConfig } from '../../config.ts';
import { acceptedDocuments, type CaseChange, type ComparedSuite } from '../../golden/work.ts';
import { alertRowChanges, alertRowText, alertRowTurns, alertStates } from './alert-rows.ts';
import { breachRowChanges, breachRowText, breachRowTurns } from './breach-rows.ts';
import { type Line, line, span } from './lines.ts';
import type { RowsThatChange } from './model.ts';

/** The rule files, and the environment that each suite's recording says it comes from. */
export interface AlertsOfSuites {
  readonly plan: AlertPlan;
  readonly envs: ReadonlyMap<string, string>;
}

/** Makes the function that tells which rows change when these cases are accepted. */
export function rowLines(
  compared: readonly ComparedSuite[],
  config: Pick<GolemConfig, 'limits' | 'suites' | 'migration'>,
  alerts: AlertsOfSuites | null,
): (chosen: readonly CaseChange[]) => RowsThatChange {
  const breachRows = breachRowChanges(compared, config);
  const alertRows = alertRowsOf(compared, config, alerts);
  return (chosen) => {
    const breaches = breachRows(chosen).map((row) => ({
      text: breachRowText(row),
      turns: breachRowTurns(row),
    }));
    const fired = alertRows?.(chosen).map((row) => ({ text: alertRowText(row), turns: alertRowTurns(row) }));
    return {
      lines: [
        ...headed('  breach rows', breaches.map(turnLine)),
        ...(fired === undefined
          ? [line('  alert rows: not compared, nothing says what is observed')]
          : headed('  alert rows', fired.map(turnLine))),
        line(span('  (told from the golden files as they are and as they would be)', 'faint')),
      ],
      turningRed: [...breaches, ...(fired ?? [])].filter(({ turns }) => turns === 'red').length,
    };
  };
}

function headed(what: string, rows: readonly Line[]): Line[] {
  return rows.length === 0 ? [line(`${what}: none changes`)] : [line(`${what}:`), ...rows];
}

function alertRowsOf(
  compared: readonly ComparedSuite[],
  { suites, migration }: Pick<GolemConfig, 'suites' | 'migration'>,
  alerts: AlertsOfSuites | null,
) {
  if (alerts === null || migration.observe === undefined) return null;
  const accepted = new Map(compared.map((one) => [one.suite, acceptedDocuments(one)]));
  const states = (suite: string, documents: Iterable<Parameters<typeof alertStates>[0][number]>) =>
    alertStates([...documents], alerts.plan, alerts.envs.get(suite) ?? '', migration);
  const before = new Map<string, ReturnType<typeof states>>();
  return (chosen: readonly CaseChange[]) =>
    [...Map.groupBy(chosen, (change) => change.suite)].flatMap(([name, changes]) => {
      const suite = suites.find((one) => one.name === name);
      const documents = accepted.get(name);
      if (suite === undefined || documents === undefined) return [];
      const now = before.get(name) ?? states(name, documents.values());
      before.set(name, now);
      const then = new Map(documents);
      for (const { key, current } of changes) {
        if (current === null) then.delete(key);
        else then.set(key, current);
      }
      return alertRowChanges(suite, now, states(name, then.values()));
    });
}

function turnLine({ text, turns }: { readonly text: string; readonly turns: 'red' | 'green' | null }): Line {
  if (turns === null) return line(`    ${text}`);
  return line(`    ${text}: `, span(`turns ${turns}`, turns === 'red' ? 'alarm' : 'added'));
}
