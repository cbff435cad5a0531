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

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a file of text; a data error where there is none, or where it is not UTF-8. */
export function readText(path: string, verb: string, shown: string = path): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
    throw new GolemError({ kind: 'data', verb, subject: shown, reason }, { cause: error });
  }
  const wrong = firstWrongLine(bytes);
  if (wrong === null) return utf8.decode(bytes);
  const place = { file: shown, line: wrong };
  throw new GolemError({ kind: 'data', verb, subject: shown, reason: 'the line is not UTF-8', place });
}

/** The first line that is not UTF-8; null where all are. */
function firstWrongLine(bytes: Buffer): number | null {
  const isWrong = (part: Uint8Array): boolean => {
    try {
      utf8.decode(part);
      return false;
    } catch {
      return true;
    }
  };
  if (!isWrong(bytes)) return null;
  let line = 1;
  for (let from = 0; ; line++) {
    const end = bytes.indexOf(0x0a, from);
    if (end < 0 || isWrong(bytes.subarray(from, end))) return line;
    from = end + 1;
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
