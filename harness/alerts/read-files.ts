/**
 * Rule files, unit-test files and Alertmanager configurations from disk, refused with all their faults at once.
 * The one door of this folder to the file system; everything else takes text.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { GolemError } from '../errors.ts';
import { parseAlertmanagerConfig, type AlertmanagerConfig } from './alertmanager-config.ts';
import { parseRuleFile, type RuleGroup } from './rule-file.ts';
import { parseUnitTestFile, type UnitTestFile } from './unit-test-file.ts';
import { refuseProblems } from './yaml-source.ts';

function readText(path: string, verb: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new GolemError({ kind: 'data', verb, subject: path, reason }, { cause: error });
  }
}

/** Reads rule files; throws one data error (exit 65) with every fault of all of them. */
export function readRuleFiles(paths: readonly string[]): RuleGroup[] {
  const files = paths.map((path) => parseRuleFile(path, readText(path, 'read the rule file')));
  refuseProblems(
    files.flatMap((file) => file.problems),
    'read the rule files',
    paths.join(', '),
  );
  return files.flatMap((file) => file.groups);
}

/** A unit-test file with the rule groups it names; patterns that match no file are listed. */
export interface ReadUnitTests {
  readonly file: UnitTestFile;
  readonly rules: readonly RuleGroup[];
  readonly unmatched: readonly string[];
}

/** Reads a unit-test file and, relative to it, the rule files of its patterns. Throws as `readRuleFiles` does. */
export function readUnitTests(path: string): ReadUnitTests {
  const file = parseUnitTestFile(path, readText(path, 'read the unit tests'));
  refuseProblems(file.problems, 'read the unit tests', path);
  const unmatched: string[] = [];
  const ruleFiles = file.ruleFiles.flatMap(({ pattern }) => {
    const found = globSync(isAbsolute(pattern) ? pattern : join(dirname(path), pattern)).sort();
    if (found.length === 0) unmatched.push(pattern);
    return found;
  });
  return { file, rules: readRuleFiles(ruleFiles), unmatched };
}

/** Reads an Alertmanager configuration; throws as `readRuleFiles` does. */
export function readAlertmanagerConfig(path: string): AlertmanagerConfig {
  const { config, problems } = parseAlertmanagerConfig(
    path,
    readText(path, 'read the Alertmanager configuration'),
  );
  refuseProblems(problems, 'read the Alertmanager configuration', path);
  return config!;
}
