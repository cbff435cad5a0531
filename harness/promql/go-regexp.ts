/**
 * Go's regular expressions (RE2) translated to JavaScript's. Matchers, label_replace and Alertmanager's routes write RE2,
 * which differs in flags, classes and named groups; what RE2 refuses (look-around, back references) is refused here too.
 */

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

const SYNTAX_CHARACTERS = /[\^$\\.*+?()[\]{}|/]/;

/** How the pattern is anchored and whether `.` matches a line break (3.x does, 2.x does not). */
export interface GoRegexpOptions {
  readonly dotAll: boolean;
}

/** Compiles an RE2 pattern that must match the whole text; throws a SyntaxError that says what is wrong. */
export function compileAnchored(pattern: string, options: GoRegexpOptions): RegExp {
  const { source, flags } = translate(pattern, options.dotAll);
  return build(`^(?:${source})$`, flags);
}

/** Compiles an RE2 pattern to be searched for in a text; throws as `compileAnchored`. */
export function compileSearch(pattern: string, options: GoRegexpOptions): RegExp {
  const { source, flags } = translate(pattern, options.dotAll);
  return build(source, `${flags}g`);
}

/** JavaScript's word for what is wrong, without the translated pattern, which nobody wrote. */
function build(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const reason = (error as SyntaxError).message.replace(/^Invalid regular expression: .*: /s, '');
    throw new SyntaxError(reason.toLowerCase(), { cause: error });
  }
}

function translate(pattern: string, dotAll: boolean): { source: string; flags: string } {
  let rest = pattern;
  let ignoreCase = false;
  let dotMatchesAll = dotAll;
  let multiline = false;
  const leading = /^\(\?([imsU]*)(?:-([imsU]+))?\)/.exec(rest);
  if (leading) {
    if ((leading[1]! + (leading[2] ?? '')).includes('U'))
      throw new SyntaxError('ungreedy flag (?U) is not supported');
    ignoreCase = leading[1]!.includes('i') && !leading[2]?.includes('i');
    multiline = leading[1]!.includes('m') && !leading[2]?.includes('m');
    if (leading[1]!.includes('s')) dotMatchesAll = true;
    if (leading[2]?.includes('s')) dotMatchesAll = false;
    rest = rest.slice(leading[0].length);
  }
  const source = translateBody(rest);
  return { source, flags: `u${ignoreCase ? 'i' : ''}${dotMatchesAll ? 's' : ''}${multiline ? 'm' : ''}` };
}

function translateBody(pattern: string): string {
  let out = '';
  let index = 0;
  let inClass = false;
  while (index < pattern.length) {
    const char = pattern[index]!;
    if (char === '\\') {
      const translated = translateEscape(pattern, index, inClass);
      out += translated.text;
      index += translated.length;
    } else if (inClass) {
      const read = translateInClass(pattern, index);
      out += read.text;
      inClass = !read.closes;
      index += read.length;
    } else if (char === '[') {
      // RE2 takes a `]` that opens a class as a literal; JavaScript would close the class with it.
      const opening = /^\[\^?\]?/.exec(pattern.slice(index))![0];
      out += opening.replace(']', '\\]');
      inClass = true;
      index += opening.length;
    } else if (char === '(' && pattern[index + 1] === '?') {
      const group = translateGroup(pattern, index);
      out += group.text;
      index += group.length;
    } else if (char === '{' && !/^\{\d+(,\d*)?\}/.test(pattern.slice(index))) {
      out += '\\{';
      index += 1;
    } else if (char === '{') {
      const repeat = /^\{\d+(,\d*)?\}/.exec(pattern.slice(index))![0];
      out += repeat;
      index += repeat.length;
    } else if (char === '}' || char === ']') {
      out += `\\${char}`;
      index += 1;
    } else {
      out += char;
      index += 1;
    }
  }
  if (inClass) throw new SyntaxError('missing closing ]');
  return out;
}

function translateInClass(pattern: string, index: number): { text: string; length: number; closes: boolean } {
  const posix = /^\[:(\^?)([a-z]+):\]/.exec(pattern.slice(index));
  if (posix) {
    const inside = POSIX_CLASSES[posix[2]!];
    if (inside === undefined || posix[1] === '^')
      throw new SyntaxError(`invalid character class range ${posix[0]}`);
    return { text: inside, length: posix[0].length, closes: false };
  }
  const char = pattern[index]!;
  if (char === ']') return { text: ']', length: 1, closes: true };
  // Under the u flag these would need escaping inside a class; in RE2 they stand for themselves.
  return { text: char === '[' ? '\\[' : char, length: 1, closes: false };
}

function translateGroup(pattern: string, index: number): { text: string; length: number } {
  const rest = pattern.slice(index);
  if (rest.startsWith('(?:')) return { text: '(?:', length: 3 };
  const named = /^\(\?P?<([A-Za-z_]\w*)>/.exec(rest);
  if (named) return { text: `(?<${named[1]}>`, length: named[0].length };
  const flags = /^\(\?([ims]*)(?:-([ims]+))?:/.exec(rest);
  if (flags) return { text: flags[0], length: flags[0].length };
  throw new SyntaxError(`invalid or unsupported Perl syntax: ${rest.slice(0, 4)}`);
}

function translateEscape(pattern: string, index: number, inClass: boolean): { text: string; length: number } {
  const next = pattern[index + 1];
  if (next === undefined) throw new SyntaxError('trailing backslash at end of expression');
  if (next === 'Q') {
    const end = pattern.indexOf('\\E', index + 2);
    const literal = pattern.slice(index + 2, end < 0 ? undefined : end);
    const text = [...literal].map((char) => (SYNTAX_CHARACTERS.test(char) ? `\\${char}` : char)).join('');
    return { text, length: literal.length + (end < 0 ? 2 : 4) };
  }
  if (/[dDwWsSbB]/.test(next)) {
    if (inClass && /[bB]/.test(next)) throw new SyntaxError(`invalid escape sequence: \\${next}`);
    // RE2's \s has neither the vertical tab nor Unicode's spaces.
    if (next === 's') return { text: inClass ? '\\t\\n\\f\\r ' : '[\\t\\n\\f\\r ]', length: 2 };
    if (next === 'S' && !inClass) return { text: '[^\\t\\n\\f\\r ]', length: 2 };
    return { text: `\\${next}`, length: 2 };
  }
  if (next === 'A') return { text: '(?<![\\s\\S])', length: 2 };
  if (next === 'z') return { text: '(?![\\s\\S])', length: 2 };
  if (next === 'a') return { text: '\\x07', length: 2 };
  if (/[fnrtv]/.test(next)) return { text: `\\${next}`, length: 2 };
  const unicode = /^\\[pP](\{\^?\w+\}|\w)/.exec(pattern.slice(index));
  if (unicode) {
    const name = unicode[1]!.replace(/[{}]/g, '');
    const property = name.length <= 2 ? name : `Script=${name}`;
    return { text: `\\${next}{${property}}`, length: unicode[0].length };
  }
  const hex = /^\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]+)\})/.exec(pattern.slice(index));
  if (hex) return { text: `\\u{${hex[1] ?? hex[2]}}`, length: hex[0].length };
  const octal = /^\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(pattern.slice(index));
  if (octal) return { text: `\\u{${Number.parseInt(octal[1]!, 8).toString(16)}}`, length: octal[0].length };
  if (/[0-9A-Za-z]/.test(next)) throw new SyntaxError(`invalid escape sequence: \\${next}`);
  if (SYNTAX_CHARACTERS.test(next) || (inClass && next === '-')) return { text: `\\${next}`, length: 2 };
  return { text: next, length: 2 };
}

/** Go's Regexp.Expand: `$1`, `$name`, `${name}` and `$$`; a group that is missing is empty. */
export function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(
    /\$(?:\$|\{(\w+)\}|(\w+))/g,
    (whole, braced: string | undefined, plain: string | undefined) => {
      if (whole === '$$') return '$';
      const name = braced ?? plain ?? '';
      return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[name]) ?? '';
    },
  );
}
