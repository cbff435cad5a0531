/**
 * YAML files read with the place of everything in them, so that every fault of a file can be told at once, each with
 * its line and column; also inside an expression that a scalar holds.
 */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair, type Scalar } from 'yaml';
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
  for (const error of [...document.errors])
    problems.push({ place: placeAt(error.pos[0]), reason: `YAML: ${error.message}` });
  const report = (place: Place, reason: string): void => {
    problems.push({ place, reason });
  };
  const wrap = (node: Node | null | undefined, fallback: Place): YamlNode =>
    nodeOf(node, fallback, text, placeAt, report);
  const contents = document.contents as Node | null;
  return { file, problems, root: contents ? wrap(contents, placeAt(0)) : undefined, report };
}

function nodeOf(
  node: Node | null | undefined,
  fallback: Place,
  source: string,
  placeAt: (offset: number) => Place,
  report: (place: Place, reason: string) => void,
): YamlNode {
  const place = node?.range ? placeAt(node.range[0]) : fallback;
  const wrap = (child: Node | null | undefined, otherwise: Place): YamlNode =>
    nodeOf(child, otherwise, source, placeAt, report);
  const isNull = !node || (isScalar(node) && node.value === null);
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
      return node.items.map((pair: Pair) => {
        const key = pair.key as Node;
        const keyPlace = key.range ? placeAt(key.range[0]) : place;
        return {
          key: isScalar(key) ? scalarText(key) : '',
          keyPlace,
          value: wrap(pair.value as Node | null, keyPlace),
        };
      });
    },
    items(what) {
      if (isNull) return [];
      if (!isSeq(node)) {
        report(place, `expected ${what} to be a list`);
        return [];
      }
      return node.items.map((item) => wrap(item as Node | null, place));
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
    reason: others.length === 0 ? first.reason : `${count}:\n${renderProblems(problems)}\n`,
    ...(others.length === 0 ? { place: first.place } : {}),
  });
}
