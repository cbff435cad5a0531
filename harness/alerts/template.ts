/**
 * Expands a parsed template with an alert's labels and value, as Go does with Prometheus' functions.
 * A fault while expanding becomes the text Prometheus puts there, because an alert fires all the same.
 */
import { parseDurationMs } from '../promql/durations.ts';
import {
  formatGoExponent,
  formatGoFixed,
  formatGoGeneral,
  formatGoValue,
  parseGoFloat,
  quoteGo,
} from '../promql/go-text.ts';
import { compileAnchored } from '../promql/go-regexp.ts';
import type { Template, TemplateNode, TemplateOperand, TemplatePipeline } from './template-syntax.ts';

/** What an alert's templates may read. */
export interface TemplateData {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

/** Go's integers print without a fraction or an exponent, so they are told from floats. */
interface GoInteger {
  readonly integer: number;
}

type GoMap = Readonly<Record<string, string>>;
type Value = string | number | boolean | GoInteger | GoMap | TemplateData;

const isInteger = (value: Value): value is GoInteger =>
  typeof value === 'object' && 'integer' in value && typeof value.integer === 'number';
const isData = (value: Value): value is TemplateData =>
  typeof value === 'object' && 'externalLabels' in value && typeof value.externalLabels === 'object';

class TemplateFault extends Error {}

interface Scope {
  readonly data: TemplateData;
  readonly dot: Value;
  readonly variables: Map<string, Value>;
}

/** Expands a template; never throws: what fails reads `<error expanding template: …>`, as in Prometheus. */
export function expandTemplate(template: Template, data: TemplateData): string {
  const variables = new Map<string, Value>([
    ['$', data],
    ['$labels', data.labels],
    ['$value', data.value],
    ['$externalLabels', data.externalLabels],
    ['$externalURL', data.externalUrl],
  ]);
  try {
    return expandNodes(template.nodes, { data, dot: data, variables });
  } catch (error) {
    if (error instanceof TemplateFault) return `<error expanding template: ${error.message}>`;
    throw error;
  }
}

/** Whether a template's text may change while its alert's labels stay the same. */
export function readsValue(template: Template): boolean {
  const { reads } = template;
  return reads.has('$value') || reads.has('.Value') || reads.has('$') || reads.has('.');
}

function expandNodes(nodes: readonly TemplateNode[], scope: Scope): string {
  let text = '';
  for (const node of nodes) {
    switch (node.kind) {
      case 'text':
        text += node.text;
        break;
      case 'output':
        text += print(evaluate(node.pipeline, scope));
        break;
      case 'assign':
        scope.variables.set(node.name, evaluate(node.pipeline, scope));
        break;
      default:
        text += expandBranch(node, scope);
    }
  }
  return text;
}

function expandBranch(node: Extract<TemplateNode, { kind: 'if' | 'with' }>, scope: Scope): string {
  const value = evaluate(node.pipeline, scope);
  const holds = isTrue(value);
  const dot = holds && node.kind === 'with' ? value : scope.dot;
  const variables = new Map(scope.variables);
  if (node.declares) variables.set(node.declares, value);
  return expandNodes(holds ? node.then : node.otherwise, { data: scope.data, dot, variables });
}

function evaluate(pipeline: TemplatePipeline, scope: Scope): Value {
  let last: Value | undefined;
  for (const command of pipeline) {
    const [head, ...rest] = command as readonly [TemplateOperand, ...TemplateOperand[]];
    if (head.kind !== 'call') {
      last = evaluateOperand(head, scope);
      continue;
    }
    const args = rest.map((operand) => evaluateOperand(operand, scope));
    last = call(head.name, last === undefined ? args : [...args, last], scope);
  }
  return last ?? '';
}

function evaluateOperand(operand: TemplateOperand, scope: Scope): Value {
  switch (operand.kind) {
    case 'literal':
      return operand.isInteger ? { integer: operand.value as number } : operand.value;
    case 'pipeline':
      return evaluate(operand.pipeline, scope);
    case 'variable':
      return follow(scope.variables.get(operand.name)!, operand.path);
    case 'field':
      return follow(scope.dot, operand.path);
    case 'call':
      return call(operand.name, [], scope);
  }
}

const DATA_FIELDS = {
  Labels: (data: TemplateData): Value => data.labels,
  Value: (data: TemplateData): Value => data.value,
  ExternalLabels: (data: TemplateData): Value => data.externalLabels,
  ExternalURL: (data: TemplateData): Value => data.externalUrl,
} as const;

function follow(start: Value, path: readonly string[]): Value {
  let value = start;
  for (const name of path) {
    if (isData(value)) {
      if (!Object.hasOwn(DATA_FIELDS, name))
        throw new TemplateFault(`can't evaluate field ${name} in type template data`);
      value = DATA_FIELDS[name as keyof typeof DATA_FIELDS](value);
    } else if (typeof value === 'object' && !isInteger(value)) {
      value = Object.hasOwn(value, name) ? value[name]! : '';
    } else {
      throw new TemplateFault(`can't evaluate field ${name} in type ${typeName(value)}`);
    }
  }
  return value;
}

const typeName = (value: Value): string =>
  isInteger(value)
    ? 'int'
    : typeof value === 'number'
      ? 'float64'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value === 'string'
          ? 'string'
          : 'map[string]string';

function isTrue(value: Value): boolean {
  if (isInteger(value)) return value.integer !== 0;
  if (typeof value === 'object') return isData(value) || Object.keys(value).length > 0;
  return typeof value === 'number' ? value !== 0 : value !== '' && value !== false;
}

/** Prints a value as Go's `%v`. */
function print(value: Value): string {
  if (isInteger(value)) return String(value.integer);
  if (typeof value === 'number') return formatGoValue(value);
  if (typeof value !== 'object') return String(value);
  if (isData(value))
    return `{${print(value.labels)} ${print(value.externalLabels)} ${value.externalUrl} ${print(value.value)}}`;
  const pairs = Object.keys(value)
    .sort()
    .map((name) => `${name}:${value[name]}`);
  return `map[${pairs.join(' ')}]`;
}

function toFloat(value: Value): number {
  if (typeof value === 'number') return value;
  if (isInteger(value)) return value.integer;
  if (typeof value === 'string') {
    const parsed = parseGoFloat(value);
    if (parsed !== undefined) return parsed;
    throw new TemplateFault(`strconv.ParseFloat: parsing ${quoteGo(value)}: invalid syntax`);
  }
  throw new TemplateFault(`can't convert ${typeName(value)} to float`);
}

function toText(value: Value): string {
  if (typeof value === 'string') return value;
  throw new TemplateFault(`wrong type for value; expected string; got ${typeName(value)}`);
}

type TemplateFunction = (args: readonly Value[], scope: Scope) => Value;

const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  printf: (args) => printf(toText(args[0]!), args.slice(1)),
  print: (args) => args.map(print).join(' '),
  humanize: (args) => humanize(toFloat(args[0]!)),
  humanize1024: (args) => humanize1024(toFloat(args[0]!)),
  humanizeDuration: (args) => humanizeDuration(toFloat(args[0]!)),
  humanizePercentage: (args) => `${formatGoGeneral(toFloat(args[0]!) * 100, 4)}%`,
  humanizeTimestamp: (args) => humanizeTimestamp(toFloat(args[0]!)),
  parseDuration: (args) => readDuration(toText(args[0]!)),
  // Go's strings.Title: the letter after each non-letter becomes a capital, the rest stays.
  title: (args) =>
    toText(args[0]!).replace(
      /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
      (_, before: string, letter: string) => before + letter.toUpperCase(),
    ),
  toUpper: (args) => toText(args[0]!).toUpperCase(),
  toLower: (args) => toText(args[0]!).toLowerCase(),
  stripPort: (args) =>
    toText(args[0]!).replace(
      /^(?:\[(.*)\]|([^:]*)):[^:]*$/,
      (_, bracketed?: string, plain?: string) => bracketed ?? plain ?? '',
    ),
  match: (args) => matches(toText(args[0]!), toText(args[1]!)),
  reReplaceAll: (args) => replaceAll(toText(args[0]!), toText(args[1]!), toText(args[2]!)),
  externalURL: (_, scope) => scope.data.externalUrl,
  eq: (args) => args.slice(1).some((other) => compare(args[0]!, other) === 0),
  ne: (args) => compare(args[0]!, args[1]!) !== 0,
  lt: (args) => compare(args[0]!, args[1]!) < 0,
  le: (args) => compare(args[0]!, args[1]!) <= 0,
  gt: (args) => compare(args[0]!, args[1]!) > 0,
  ge: (args) => compare(args[0]!, args[1]!) >= 0,
  and: (args) => args.find((value) => !isTrue(value)) ?? args.at(-1)!,
  or: (args) => args.find(isTrue) ?? args.at(-1)!,
  not: (args) => !isTrue(args[0]!),
};

function call(name: string, args: readonly Value[], scope: Scope): Value {
  return FUNCTIONS[name]!(args, scope);
}

/** Go compares only like with like: a float with an integer constant is an error there too. */
function compare(left: Value, right: Value): number {
  if (typeName(left) !== typeName(right)) throw new TemplateFault('incompatible types for comparison');
  const a = isInteger(left) ? left.integer : left;
  const b = isInteger(right) ? right.integer : right;
  if (typeof a === 'object' || typeof b === 'object') throw new TemplateFault('invalid type for comparison');
  if (a === b) return 0;
  return a < b ? -1 : a > b ? 1 : Number.NaN;
}

function matches(pattern: string, text: string): boolean {
  try {
    return compileAnchored(`(?s:.*)(?:${pattern})(?s:.*)`, { dotAll: false }).test(text);
  } catch (error) {
    throw new TemplateFault(`error parsing regexp: ${(error as SyntaxError).message}`);
  }
}

function replaceAll(pattern: string, replacement: string, text: string): string {
  try {
    const source = compileAnchored(pattern, { dotAll: false }).source.slice(1, -1);
    return text.replace(new RegExp(source, 'gu'), (whole, ...rest: unknown[]) => {
      const groups = rest.filter((part): part is string => typeof part === 'string').slice(0, -1);
      return replacement.replace(/\$(?:\$|\{(\d+)\}|(\d+))/g, (mark, braced?: string, plain?: string) =>
        mark === '$$' ? '$' : ([whole, ...groups][Number(braced ?? plain)] ?? ''),
      );
    });
  } catch (error) {
    throw new TemplateFault(`error parsing regexp: ${(error as SyntaxError).message}`);
  }
}

function readDuration(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined) throw new TemplateFault(`not a valid duration string: ${quoteGo(text)}`);
  return durationMs / 1000;
}

// --- Prometheus' number formats --------------------------------------------------------------------------------

const LARGE = ['k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
const SMALL = ['m', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
const isOrdinary = (value: number): boolean => value !== 0 && Number.isFinite(value);

function scaled(
  value: number,
  factor: number,
  prefixes: readonly string[],
  isDone: (value: number) => boolean,
): [number, string] {
  let rest = value;
  let prefix = '';
  for (const next of prefixes) {
    if (isDone(rest)) break;
    prefix = next;
    rest *= factor;
  }
  return [rest, prefix];
}

function humanize(value: number): string {
  if (!isOrdinary(value)) return formatGoGeneral(value, 4);
  let rest = value;
  let prefix = '';
  if (Math.abs(value) >= 1) {
    for (const next of LARGE) {
      if (Math.abs(rest) < 1000) break;
      prefix = next;
      rest /= 1000;
    }
  } else {
    [rest, prefix] = scaled(value, 1000, SMALL, (one) => Math.abs(one) >= 1);
  }
  return formatGoGeneral(rest, 4) + prefix;
}

function humanize1024(value: number): string {
  if (Math.abs(value) <= 1 || !isOrdinary(value)) return formatGoGeneral(value, 4);
  let rest = value;
  let prefix = '';
  for (const next of ['ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei', 'Zi', 'Yi']) {
    if (Math.abs(rest) < 1024) break;
    prefix = next;
    rest /= 1024;
  }
  return formatGoGeneral(rest, 4) + prefix;
}

function humanizeDuration(value: number): string {
  if (!Number.isFinite(value)) return formatGoGeneral(value, 4);
  if (value === 0) return `${formatGoGeneral(value, 4)}s`;
  if (Math.abs(value) < 1) {
    const [rest, prefix] = scaled(value, 1000, SMALL, (one) => Math.abs(one) >= 1);
    return `${formatGoGeneral(rest, 4)}${prefix}s`;
  }
  const sign = value < 0 ? '-' : '';
  const total = Math.trunc(Math.abs(value));
  const seconds = total % 60;
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600) % 24;
  const days = Math.floor(total / 86_400);
  if (days !== 0) return `${sign}${days}d ${hours}h ${minutes}m ${seconds}s`;
  if (hours !== 0) return `${sign}${hours}h ${minutes}m ${seconds}s`;
  if (minutes !== 0) return `${sign}${minutes}m ${seconds}s`;
  return `${sign}${formatGoGeneral(Math.abs(value), 4)}s`;
}

function humanizeTimestamp(value: number): string {
  if (!Number.isFinite(value)) return formatGoGeneral(value, 4);
  const atMs = Math.trunc(value * 1000);
  if (Math.abs(atMs) > 8.64e15)
    throw new TemplateFault(
      `${formatGoValue(value)} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  const [date, time] = new Date(atMs).toISOString().split('T') as [string, string];
  const [clock, fraction] = time.replace('Z', '').split('.') as [string, string];
  const shown = fraction.replace(/0+$/, '');
  return `${date} ${clock}${shown === '' ? '' : `.${shown}`} +0000 UTC`;
}

// --- printf ----------------------------------------------------------------------------------------------------

const VERB = /%(?<flags>[-+ #0]*)(?<width>\d+)?(?:\.(?<precision>\d*))?(?<verb>[\s\S])?/gu;

/** Go's Sprintf for the verbs v s q d x f F e g t and %. */
function printf(format: string, args: readonly Value[]): string {
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
        : typeof value === 'number' || isInteger(value)
          ? signed(print(value))
          : print(value);
    case 's':
      if (typeof value !== 'string')
        return typeof value === 'object' && !isInteger(value) ? print(value) : wrong();
      return precision === undefined ? value : [...value].slice(0, precision).join('');
    case 'q':
      return typeof value === 'string' ? quoteGo(value) : wrong();
    case 't':
      return typeof value === 'boolean' ? String(value) : wrong();
    case 'd':
      return isInteger(value) ? signed(String(value.integer)) : wrong();
    case 'x':
      return isInteger(value) ? signed(value.integer.toString(16)) : wrong();
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
