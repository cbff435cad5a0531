/**
 * The one text of a JSON value: sorted keys, a value a line, so that equal values are equal bytes and `git diff`
 * shows one changed value as one changed line. It is a file of its own because the text is hashed: whatever changes
 * here changes every golden file.
 */
import { hash } from 'node:crypto';
import { byCodeUnit, isJsonArray, isScalar, type Json, type JsonObject, type Scalar } from './json.ts';

/**
 * Most columns that the text of a small object or array may take to stand on one line, indentation and key not
 * counted. Wide enough for one item of a write with its amounts, which is what a reviewer compares at a glance.
 */
export const LEAF_COLUMNS = 160;

/**
 * The text of a leaf, which is a scalar, or an object or array of scalars whose text fits one line; null for
 * anything larger.
 */
export function leafText(value: Json): string | null {
  if (isScalar(value)) return scalarText(value);
  const text = isJsonArray(value) ? arrayLeaf(value) : objectLeaf(value as JsonObject);
  return text !== null && text.length <= LEAF_COLUMNS ? text : null;
}

/**
 * Renders a JSON value canonically: object keys sorted by code unit, numbers as JSON writes them, two spaces of
 * indentation, leaves on one line, LF, and one newline at the end.
 */
export function renderCanonical(value: Json): string {
  return `${render(value, '')}\n`;
}

/** `sha256:` and 64 hexadecimal digits over a canonical text. */
export function contentHash(text: string): string {
  return `sha256:${hash('sha256', text, 'hex')}`;
}

/** `sha256:` and the first 16 hexadecimal digits over a value's canonical text: enough to tell values apart, short enough to read. */
export function shortHash(value: Json): string {
  return contentHash(renderCanonical(value)).slice(0, 'sha256:'.length + 16);
}

/** The lines of one member of an object whose text is `renderObject` of all its members' lines. */
export function renderMember(name: string, value: Json, indent = '  '): string {
  return `${indent}${quotedName(name)}: ${render(value, indent)}`;
}

/** The text of an object from the lines of its members, which are sorted by name; for a value too large for a line. */
export function renderObject(members: readonly string[], indent = ''): string {
  return `{\n${members.join(',\n')}\n${indent}}`;
}

function render(value: Json, indent: string): string {
  const leaf = leafText(value);
  if (leaf !== null) return leaf;
  const inner = `${indent}  `;
  if (isJsonArray(value)) {
    return `[\n${value.map((part) => inner + render(part, inner)).join(',\n')}\n${indent}]`;
  }
  const object = value as JsonObject;
  const names = Object.keys(object).sort(byCodeUnit);
  return renderObject(
    names.map((name) => renderMember(name, object[name]!, inner)),
    indent,
  );
}

function arrayLeaf(elements: readonly Json[]): string | null {
  return elements.every(isScalar) ? `[${elements.map(scalarText).join(', ')}]` : null;
}

function objectLeaf(object: JsonObject): string | null {
  const names = Object.keys(object);
  if (names.length > LEAF_COLUMNS || !names.every((name) => isScalar(object[name]!))) return null;
  let text = '';
  for (const name of names.sort(byCodeUnit)) {
    text += `${text === '' ? '{' : ', '}${quotedName(name)}: ${scalarText(object[name] as Scalar)}`;
  }
  return text === '' ? '{}' : `${text}}`;
}

/** JSON's own text (numbers are finite and never -0 here); a lone surrogate is written as an escape, so the text is always valid UTF-8. */
function scalarText(value: Scalar): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${value}`;
}

/** Names repeat from record to record, and quoting them anew would be the dearest part of a golden comparison. */
const quotedNames = new Map<string, string>();
const QUOTED_NAMES_KEPT = 4096;

function quotedName(name: string): string {
  let quoted = quotedNames.get(name);
  if (quoted === undefined) {
    quoted = JSON.stringify(name);
    if (quotedNames.size >= QUOTED_NAMES_KEPT) quotedNames.clear();
    quotedNames.set(name, quoted);
  }
  return quoted;
}
