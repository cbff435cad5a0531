/**
 * Rows of the gate that change if cases are accepted, as lines. A file of its own because it says what the comparison
 * rests on: golden files before and after, not two runs.
 */
import type { GolemConfig } from '../../config.ts';
import type { CaseChange, ComparedSuite } from '../../golden/work.ts';
import { breachRowChanges, breachRowText, breachRowTurns } from './breach-rows.ts';
import { type Line, line, span } from './lines.ts';

/** Makes the function that tells which rows change when these cases are accepted. */
export function rowLines(
  compared: readonly ComparedSuite[],
  config: Pick<GolemConfig, 'limits' | 'suites' | 'migration'>,
): (chosen: readonly CaseChange[]) => readonly Line[] {
  const breachRows = breachRowChanges(compared, config);
  return (chosen) => {
    const breaches = breachRows(chosen).map((row) => turnLine(breachRowText(row), breachRowTurns(row)));
    if (breaches.length === 0) return [line('  breach rows: none changes')];
    return [line('  breach rows, counted in the golden files before and after:'), ...breaches];
  };
}

function turnLine(text: string, turns: 'red' | 'green' | null): Line {
  if (turns === null) return line(`    ${text}`);
  return line(`    ${text}: `, span(`turns ${turns}`, turns === 'red' ? 'alarm' : 'added'));
}
