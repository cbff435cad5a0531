/**
 * What recordings are called: in errors as they were typed, in reports by no more of their path than tells them apart.
 * A file of its own because a report must have the same bytes wherever the recordings lie, and yet never call two of them
 * the same.
 */
import { basename, isAbsolute, join, relative, resolve } from 'node:path';

/** A file that a name or pattern stands for. */
export interface NamedFile {
  /** What its door takes: an absolute path, or an address. */
  readonly name: string;
  /** As it was given, or would have been: what errors call it. */
  readonly label: string;
  /** What a report may call it if nothing else is called so: never an absolute path. */
  readonly shown: string;
}

const ADDRESS = /^[a-z][a-z0-9+.-]+:\/\//;
/** Names that mean another pipe in each process. */
const INPUT = /^\/(dev\/stdin|(dev|proc\/self)\/fd\/\d+)$/;
const PATTERN = /[*?[{]/;

/** A file that `text`, typed in the folder `cwd`, was found to stand for. */
export function namedFile(name: string, text: string, cwd: string): NamedFile {
  if (INPUT.test(name)) return { name, label: text, shown: '-' };
  if (ADDRESS.test(name)) return { name, label: name, shown: name };
  if (resolve(cwd, text) === name) return { name, label: text, shown: shownText(text) };
  const fixed = fixedPart(text);
  const within = relative(resolve(cwd, fixed), name);
  const label = join(fixed, within);
  return { name, label, shown: isAbsolute(text) ? within : label };
}

/** A name or pattern as reports may carry it: of an absolute one what is not fixed, such as `*`/a.ndjson. */
export function shownText(text: string): string {
  if (!isAbsolute(text)) return text;
  if (INPUT.test(text)) return '-';
  return PATTERN.test(text) ? relative(fixedPart(text), text) : basename(text);
}

/** The folders of a pattern before the first part that can vary. */
export function fixedPart(text: string): string {
  const parts = text.split('/');
  const varies = parts.findIndex((part) => PATTERN.test(part));
  return parts.slice(0, Math.max(0, varies)).join('/') || (isAbsolute(text) ? '/' : '');
}

/**
 * What a report calls each of these different files, in their order: what it may be called, and where several would be
 * called the same, so many folders before it as tell them apart.
 */
export function tellApart(files: readonly NamedFile[]): string[] {
  let shown = files.map((file) => file.shown);
  for (let more = 1; new Set(shown).size < shown.length; more++) {
    const alike = new Map(shown.map((one) => [one, 0]));
    for (const one of shown) alike.set(one, alike.get(one)! + 1);
    const longer = files.map((file, index) =>
      alike.get(shown[index]!)! > 1 ? ending(file.name, depthOf(file.shown) + more) : shown[index]!,
    );
    if (longer.every((one, index) => one === shown[index])) break;
    shown = longer;
  }
  return shown;
}

function depthOf(path: string): number {
  return path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..').length;
}

/** The last so many parts of an absolute path. */
function ending(name: string, parts: number): string {
  return name.split('/').filter(Boolean).slice(-parts).join('/');
}
