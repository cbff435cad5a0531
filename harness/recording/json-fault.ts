/**
 * Finds where in a line a fault stands: the place of a syntax error, of too deep a nesting, or of the value at a
 * path. It runs only once something is already known to be wrong, because engines tell no position for many syntax
 * errors and a validator knows paths, not columns.
 */

/** A fault in a JSON text; `offset` counts UTF-16 units from 0. */
export interface JsonFault {
  readonly offset: number;
  /** What was expected and what was found, without a full stop. */
  readonly reason: string;
  /** True when the text ends before the value does. */
  readonly ended: boolean;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters JSON forbids in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

class Fault extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault.reason);
    this.fault = fault;
  }
}

/** Walks one JSON text; `found` holds the offset of the deepest part of `path` seen so far. */
class Scanner {
  readonly text: string;
  readonly path: readonly PropertyKey[];
  readonly maxDepth: number;
  at = 0;
  found = 0;

  constructor(text: string, path: readonly PropertyKey[], maxDepth: number) {
    this.text = text;
    this.path = path;
    this.maxDepth = maxDepth;
  }

  scan(): void {
    this.value(0, true);
    this.space();
    if (this.at < this.text.length) {
      this.fail('the end of the line');
    }
  }

  private fail(expected: string): never {
    const ended = this.at >= this.text.length;
    const character = String.fromCodePoint(this.text.codePointAt(this.at) ?? 0);
    const found = ended ? 'the line ends' : `found ${JSON.stringify(character)}`;
    throw new Fault({ offset: this.at, reason: `expected ${expected}, ${found}`, ended });
  }

  private space(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const hit = pattern.exec(this.text);
    if (hit === null) {
      return false;
    }
    this.at = pattern.lastIndex;
    return true;
  }

  private string(): string {
    const start = this.at;
    this.take(STRING);
    const next = this.text[this.at];
    if (next === '"') {
      this.at += 1;
      return JSON.parse(this.text.slice(start, this.at)) as string;
    }
    if (next === undefined) {
      throw new Fault({
        offset: this.at,
        reason: 'expected the end of a string, the line ends',
        ended: true,
      });
    }
    return this.fail(
      next === '\\' ? 'an escape such as \\n or \\u00e9' : 'a string without raw control characters',
    );
  }

  private enter(depth: number, key: PropertyKey, offset: number, onPath: boolean): boolean {
    if (!onPath || String(this.path[depth]) !== String(key)) {
      return false;
    }
    this.found = offset;
    return true;
  }

  private value(depth: number, onPath: boolean): void {
    this.space();
    const character = this.text[this.at];
    if ((character === '{' || character === '[') && depth >= this.maxDepth) {
      const reason = `objects and arrays are nested deeper than ${this.maxDepth} levels`;
      throw new Fault({ offset: this.at, reason, ended: false });
    }
    if (character === '{') {
      this.object(depth, onPath);
    } else if (character === '[') {
      this.array(depth, onPath);
    } else if (character === '"') {
      this.string();
    } else if (!this.take(NUMBER) && !this.take(WORD)) {
      this.fail('a JSON value');
    }
  }

  private object(depth: number, onPath: boolean): void {
    this.at += 1;
    this.space();
    if (this.text[this.at] === '}') {
      this.at += 1;
      return;
    }
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text[this.at] !== '"') {
        this.fail('a key in double quotes');
      }
      const key = this.string();
      this.space();
      if (this.text[this.at] !== ':') {
        this.fail('":" after a key');
      }
      this.at += 1;
      this.value(depth + 1, this.enter(depth, key, start, onPath));
      this.space();
      if (this.text[this.at] === '}') {
        this.at += 1;
        return;
      }
      if (this.text[this.at] !== ',') {
        this.fail('"," or "}" after a value');
      }
      this.at += 1;
    }
  }

  private array(depth: number, onPath: boolean): void {
    this.at += 1;
    this.space();
    if (this.text[this.at] === ']') {
      this.at += 1;
      return;
    }
    for (let index = 0; ; index += 1) {
      this.space();
      this.value(depth + 1, this.enter(depth, index, this.at, onPath));
      this.space();
      if (this.text[this.at] === ']') {
        this.at += 1;
        return;
      }
      if (this.text[this.at] !== ',') {
        this.fail('"," or "]" after a value');
      }
      this.at += 1;
    }
  }
}

/** The first fault of `text` as JSON nested at most `maxDepth` deep, or null when it has none. */
export function findJsonFault(text: string, maxDepth: number): JsonFault | null {
  try {
    new Scanner(text, [], maxDepth).scan();
    return null;
  } catch (error) {
    if (error instanceof Fault) {
      return error.fault;
    }
    throw error;
  }
}

/**
 * The offset of the key (or array element) at `path` in a text that parses; where the path leads nowhere, of the
 * deepest part of it that is there, and 0 when none is. Of repeated keys the last counts, as for JSON.parse.
 */
export function findPathOffset(text: string, path: readonly PropertyKey[]): number {
  const scanner = new Scanner(text, path, Number.POSITIVE_INFINITY);
  scanner.scan();
  return scanner.found;
}
