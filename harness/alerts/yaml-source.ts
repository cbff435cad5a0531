/**
 * YAML files read with the place of everything in them, so that every fault of a file can be told at once, each with
 * its line and column; also inside an expression that a scalar holds.
 */
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { GolemError, renderPlace, type Place } from '../errors.ts';

/** One fault of a file. */
export interface Problem {
  readonly place: Place;
  readonly reason: string;
}

/** One key of a mapping with its value. */
export interface YamlEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: YamlNode;
}

/** A node of the document: asked for what it should be, it answers or reports a problem. */
export interface YamlNode {
  readonly place: Place;
  /** The scalar's text as it stands in the file, unquoted; undefined where it is no scalar. Null reads as ''. */
  readonly text: string | undefined;
  readonly isNull: boolean;
  readonly isList: boolean;
  /** The place of the scalar text's n-th character. */
  placeWithin(offset: number): Place;
  /** The entries of a mapping; a problem and none where it is something else. */
  entries(what: string): readonly YamlEntry[];
  /** The items of a sequence; a problem and none where it is something else. */
  items(what: string): readonly YamlNode[];
}

/** A file being read, collecting its problems. */
export interface YamlFile {
  readonly file: string;
  readonly problems: Problem[];
  readonly root: YamlNode | undefined;
  report(place: Place, reason: string): void;
}

/** Parses YAML; syntax errors and repeated keys become problems. `file` names it in every place. */
export function readYaml(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    version: '1.1',
    prettyErrors: false,
  });
  const problems: Problem[] = [];
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  for (const error of document.errors) {
    const isSecond = error.code === 'MULTIPLE_DOCS';
    const reason = isSecond
      ? 'a second document begins here, which Prometheus would not read'
      : error.message;
    problems.push({ place: placeAt(error.pos[0]), reason: `YAML: ${reason}` });
  }
  const told = new Set<string>();
  const report = (place: Place, reason: string): void => {
    const key = `${renderPlace(place)} ${reason}`;
    if (!told.has(key)) problems.push({ place, reason });
    told.add(key);
  };
  const named = new Map<Node, Node>();
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      // What contains itself has no end.
      if (target && !path.includes(target)) named.set(alias, target);
    },
  });
  const contents = document.contents as Node | null;
  const reading = { source: text, placeAt, report, named };
  return {
    file,
    problems,
    root: contents ? nodeOf(contents, placeAt(0), reading) : undefined,
    report,
  };
}

/** What reading a node needs of its document. */
interface Reading {
  readonly source: string;
  readonly placeAt: (offset: number) => Place;
  readonly report: (place: Place, reason: string) => void;
  /** What each alias stands for. */
  readonly named: ReadonlyMap<Node, Node>;
}

/** The entries of a mapping with those merged in with `<<` first, where the mapping does not have the key itself. */
function entriesOf(map: YAMLMap, place: Place, reading: Reading): YamlEntry[] {
  const own: YamlEntry[] = [];
  const merged: YamlEntry[] = [];
  for (const pair of map.items as Pair[]) {
    const key = pair.key as Node;
    const keyPlace = key.range ? reading.placeAt(key.range[0]) : place;
    const value = nodeOf(pair.value as Node | null, keyPlace, reading);
    if (!isScalar(key) || key.source !== '<<' || key.type !== 'PLAIN') {
      own.push({ key: isScalar(key) ? scalarText(key) : '', keyPlace, value });
      continue;
    }
    // Of several mappings the first that has a key counts.
    for (const source of value.isList ? value.items('what is merged') : [value])
      for (const entry of source.entries('what is merged'))
        if (!merged.some((known) => known.key === entry.key)) merged.push(entry);
  }
  return [...merged.filter((entry) => !own.some((known) => known.key === entry.key)), ...own];
}

function nodeOf(written: Node | null | undefined, fallback: Place, reading: Reading): YamlNode {
  const { source, placeAt, report } = reading;
  const place = written?.range ? placeAt(written.range[0]) : fallback;
  const node = written && isAlias(written) ? reading.named.get(written) : written;
  if (node !== written && !node)
    report(place, `there is no anchor ${JSON.stringify((written as Alias).source)} here`);
  const isNull = !written || (isScalar(node) && node.value === null);
  return {
    place,
    isNull,
    isList: isSeq(node),
    text: isNull ? '' : isScalar(node) ? scalarText(node) : undefined,
    placeWithin(offset) {
      if (!isScalar(node) || !node.range) return place;
      return placeAt(sourceOffset(source, node.range[0], scalarText(node), offset));
    },
    entries(what) {
      if (isNull) return [];
      if (!isMap(node)) {
        report(place, `expected ${what} to be a mapping`);
        return [];
      }
      return entriesOf(node, place, reading);
    },
    items(what) {
      if (isNull) return [];
      if (!isSeq(node)) {
        report(place, `expected ${what} to be a list`);
        return [];
      }
      return node.items.map((item) => nodeOf(item as Node | null, place, reading));
    },
  };
}

/** A scalar as written: `1_0` and `yes` are labels' values too, and must not come out as 10 and true. */
function scalarText(node: Scalar): string {
  if (typeof node.value === 'string') return node.value;
  return node.source ?? String(node.value);
}

/**
 * Where in the file the n-th character of a scalar's text stands: walks source and text side by side, over the white
 * space, quotes and escapes that only the source has.
 */
function sourceOffset(source: string, start: number, text: string, offset: number): number {
  let at = start;
  const opening = source[at];
  if (opening === '"' || opening === "'") at++;
  else if (opening === '|' || opening === '>') at = source.indexOf('\n', at) + 1;
  for (let index = 0; index <= offset && index <= text.length; index++) {
    const wanted = text[index];
    if (wanted === undefined || /\s/.test(wanted)) {
      if (index === offset) return at;
      at++;
      continue;
    }
    while (at < source.length && source[at] !== wanted && /[\s\\'"]/.test(source[at]!)) at++;
    if (index === offset) return at;
    at++;
  }
  return at;
}

/** The places and reasons, one a line: the files in the order they were read, each from its first line to its last. */
export function renderProblems(problems: readonly Problem[]): string {
  const byFile = Map.groupBy(problems, ({ place }) => place.file);
  return [...byFile.values()]
    .flatMap((own) =>
      own.sort(
        (a, b) => (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0),
      ),
    )
    .map((problem) => `${renderPlace(problem.place)}: ${problem.reason}`)
    .join('\n');
}

/** Throws all problems as one data error (exit 65); does nothing without any. `verb` and `subject` as in Failure. */
export function refuseProblems(problems: readonly Problem[], verb: string, subject: string): void {
  const [first, ...others] = problems;
  if (!first) return;
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  throw new GolemError({
    kind: 'data',
    verb,
    subject,
    reason: others.length === 0 ? first.reason : `${count}:\n${renderProblems(problems)}`,
    ...(others.length === 0 ? { place: first.place } : {}),
  });
}
