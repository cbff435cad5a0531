/**
 * Go's `printf` for templates: verbs, flags, width and precision, and Go's words for what does not fit.
 */
import {
  formatGoExponent,
  formatGoFixed,
  formatGoGeneral,
  formatGoValue,
  quoteGo,
} from '../promql/go-text.ts';
import { GoInteger, print, typeName, type Value } from './template-values.ts';

const VERB = /%(?<flags>[-+ #0]*)(?<width>\d+)?(?:\.(?<precision>\d*))?(?<verb>[\s\S])?/gu;

/** Go's Sprintf for the verbs v s q d x f F e g t and %. */
export function printf(format: string, args: readonly Value[]): string {
  let next = 0;
  const text = format.replace(VERB, (...match: unknown[]) => {
    const { flags, width, precision, verb } = match.at(-1) as Record<string, string | undefined>;
    if (verb === '%') return '%';
    if (verb === undefined) return '%!(NOVERB)';
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const value = args[next]!;
    next++;
    const digits = precision === undefined ? undefined : Number(precision || 0);
    return pad(formatVerb(verb, value, digits, flags ?? ''), flags ?? '', Number(width ?? 0));
  });
  const extra = args.slice(next);
  if (extra.length === 0) return text;
  return `${text}%!(EXTRA ${extra.map((value) => `${typeName(value)}=${print(value)}`).join(', ')})`;
}

function formatVerb(verb: string, value: Value, precision: number | undefined, flags: string): string {
  const wrong = (): string => `%!${verb}(${typeName(value)}=${print(value)})`;
  const signed = (text: string): string =>
    /^[+-]/.test(text) || /^NaN/.test(text)
      ? text
      : flags.includes('+')
        ? `+${text}`
        : flags.includes(' ')
          ? ` ${text}`
          : text;
  switch (verb) {
    case 'v':
      return typeof value === 'number' && precision !== undefined
        ? signed(formatGoGeneral(value, precision))
        : typeof value === 'number' || value instanceof GoInteger
          ? signed(print(value))
          : print(value);
    case 's':
      if (typeof value !== 'string')
        return typeof value === 'object' && !(value instanceof GoInteger) ? print(value) : wrong();
      return precision === undefined ? value : [...value].slice(0, precision).join('');
    case 'q':
      return typeof value === 'string' ? quoteGo(value) : wrong();
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong();
    case 'd':
      return value instanceof GoInteger ? signed(String(value.integer)) : wrong();
    case 'x':
      return value instanceof GoInteger ? signed(value.integer.toString(16)) : wrong();
    case 'f':
    case 'F':
      return typeof value === 'number' ? signed(formatGoFixed(value, precision ?? 6)) : wrong();
    case 'e':
      return typeof value === 'number' ? signed(formatGoExponent(value, precision ?? 6)) : wrong();
    case 'g':
      return typeof value === 'number'
        ? signed(precision === undefined ? formatGoValue(value) : formatGoGeneral(value, precision))
        : wrong();
    default:
      return wrong();
  }
}

function pad(text: string, flags: string, width: number): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || !/^[+-]?\d/.test(text)) return text.padStart(width);
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
