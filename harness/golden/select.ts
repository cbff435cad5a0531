/**
 * Which cases a pattern on the command line means. A file of its own because a pattern decides what gets overwritten,
 * so what it matches must be plain to read and to test.
 */
import { GolemError } from '../errors.ts';
import { byCodeUnit } from './json.ts';

/** Cases by suite and key, as `<suite>/<user>/<date>`. */
export type CaseName = string;

/**
 * A test for one pattern: `*` stands for any characters, `/` included, and `?` for one that is not `/`; a pattern
 * also means everything below it, so a suite's name means the suite. The path of a golden or pending file means its
 * case.
 */
export function matcherFor(pattern: string, goldenDir: string): (name: CaseName) => boolean {
  const wanted = barePattern(pattern, goldenDir);
  const source = wanted.replace(/[\\^$.*+?()[\]{}|/]/g, (character) => {
    if (character === '*') return '.*';
    return character === '?' ? '[^/]' : `\\${character}`;
  });
  const expression = new RegExp(`^${source}(/.*)?$`, 's');
  return (name) => expression.test(name);
}

/**
 * The cases that any of the patterns means, sorted; all of them without a pattern. `noun` is what a name is. Throws a
 * `GolemError` of kind `usage` for a pattern that means none, because a mistyped pattern must not pass for "nothing to do".
 */
export function selectCases(
  names: readonly CaseName[],
  patterns: readonly string[],
  goldenDir: string,
  noun = 'case',
): readonly CaseName[] {
  if (patterns.length === 0) return [...names].sort(byCodeUnit);
  const selected = new Set<CaseName>();
  for (const pattern of patterns) {
    const matches = names.filter(matcherFor(pattern, goldenDir));
    if (matches.length === 0) {
      throw new GolemError({
        kind: 'usage',
        verb: 'find a case for pattern',
        subject: pattern,
        reason: noneOf(names.length, noun),
        next: 'npx golem golden status',
      });
    }
    for (const name of matches) selected.add(name);
  }
  return [...selected].sort(byCodeUnit);
}

function noneOf(count: number, noun: string): string {
  if (count === 0) return `no ${noun} and no suite is called so`;
  return count === 1 ? `the one ${noun} there is does not match` : `none of the ${count} ${noun}s matches`;
}

/** True when a pattern could mean a case of this suite, so that other suites need no replay. */
export function mayConcern(suite: string, pattern: string, goldenDir: string): boolean {
  const literal = barePattern(pattern, goldenDir).split(/[*?]/)[0] ?? '';
  return `${suite}/`.startsWith(literal) || `${literal}/`.startsWith(`${suite}/`);
}

/** A pattern as it reads below the golden folder, without a file's ending. */
export function barePattern(pattern: string, goldenDir: string): string {
  const below = pattern.startsWith(`${goldenDir}/`) ? pattern.slice(goldenDir.length + 1) : pattern;
  return below.replace(/(\.pending)?\.json$/, '').replace(/\/+$/, '');
}
