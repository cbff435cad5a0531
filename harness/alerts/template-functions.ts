/**
 * The functions a template may call: Go's own, and those that Prometheus adds. A table, so that the parser's counts of
 * arguments and what runs cannot disagree.
 */
import { parseDurationMs } from '../promql/durations.ts';
import { compileSearch, expandTemplate } from '../promql/go-regexp.ts';
import { formatGoGeneral, quoteGo } from '../promql/go-text.ts';
import { humanize, humanize1024, humanizeDuration, humanizeTimestamp } from './template-numbers.ts';
import { printf } from './template-printf.ts';
import {
  follow,
  GoInteger,
  isList,
  isMap,
  isTrue,
  print,
  TemplateFault,
  type TemplateData,
  toFloat,
  toSample,
  toSamples,
  toText,
  typeName,
  type Value,
} from './template-values.ts';

interface TemplateFunction {
  readonly fewest: number;
  readonly most: number;
  readonly run: (args: readonly Value[], data: TemplateData) => Value;
}

const fixed = (count: number, run: TemplateFunction['run']): TemplateFunction => ({
  fewest: count,
  most: count,
  run,
});
const atLeast = (count: number, run: TemplateFunction['run']): TemplateFunction => ({
  fewest: count,
  most: Infinity,
  run,
});
const onNumber = (run: (value: number) => string): TemplateFunction => fixed(1, ([a]) => run(toFloat(a!)));
const onText = (run: (text: string) => Value): TemplateFunction => fixed(1, ([a]) => run(toText(a!)));
const onTwo = (run: (a: Value, b: Value) => Value): TemplateFunction => fixed(2, ([a, b]) => run(a!, b!));

/** Every function, by name. */
export const TEMPLATE_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  // Go's own.
  printf: atLeast(1, ([format, ...rest]) => printf(toText(format!), rest)),
  print: atLeast(0, printAll),
  println: atLeast(0, (args) => `${args.map(print).join(' ')}\n`),
  len: fixed(1, ([a]) => new GoInteger(lengthOf(a!))),
  index: atLeast(1, ([a, ...keys]) => keys.reduce(itemOf, a!)),
  html: atLeast(0, (args) => escapeHtml(printAll(args))),
  urlquery: atLeast(0, (args) => queryEscape(printAll(args))),
  eq: atLeast(2, ([a, ...others]) => others.some((other) => compare(a!, other) === 0)),
  ne: onTwo((a, b) => compare(a, b) !== 0),
  lt: onTwo((a, b) => compare(a, b) < 0),
  le: onTwo((a, b) => compare(a, b) <= 0),
  gt: onTwo((a, b) => compare(a, b) > 0),
  ge: onTwo((a, b) => compare(a, b) >= 0),
  and: atLeast(1, (args) => args.find((value) => !isTrue(value)) ?? args.at(-1)!),
  or: atLeast(1, (args) => args.find(isTrue) ?? args.at(-1)!),
  not: fixed(1, ([a]) => !isTrue(a!)),
  // Queries and what they answer.
  query: fixed(1, ([expr], data) => {
    try {
      return data.query(toText(expr!));
    } catch (error) {
      throw new TemplateFault(`error calling query: ${(error as Error).message}`);
    }
  }),
  first: fixed(1, ([samples]) => {
    const [first] = toSamples(samples!);
    if (first) return first;
    throw new TemplateFault('first() called on vector with no elements');
  }),
  value: fixed(1, ([sample]) => toSample(sample!).value),
  label: onTwo((name, sample) => follow(toSample(sample).labels, [toText(name)])),
  strvalue: fixed(1, ([sample]) => follow(toSample(sample!).labels, ['__value__'])),
  sortByLabel: onTwo((name, samples) => {
    const labelOf = (sample: Value): string => toText(follow(toSample(sample).labels, [toText(name)]));
    return [...toSamples(samples)].sort((a, b) => compareText(labelOf(a), labelOf(b)));
  }),
  args: atLeast(0, (args) => Object.fromEntries(args.map((value, at) => [`arg${at}`, print(value)]))),
  // Numbers and texts for people.
  humanize: onNumber(humanize),
  humanize1024: onNumber(humanize1024),
  humanizeDuration: onNumber(humanizeDuration),
  humanizePercentage: onNumber((value) => `${formatGoGeneral(value * 100, 4)}%`),
  humanizeTimestamp: onNumber(humanizeTimestamp),
  parseDuration: onText(readDuration),
  title: onText(titleCase),
  toUpper: onText((text) => text.toUpperCase()),
  toLower: onText((text) => text.toLowerCase()),
  match: onTwo((pattern, text) => matches(toText(pattern), toText(text))),
  reReplaceAll: fixed(3, ([pattern, replacement, text]) =>
    replaceAll(toText(pattern!), toText(replacement!), toText(text!)),
  ),
  safeHtml: onText((text) => text),
  // Addresses.
  stripPort: onText((text) => splitHostPort(text)?.host ?? text),
  stripDomain: onText(stripDomain),
  externalURL: fixed(0, (_, data) => data.externalUrl),
  pathPrefix: fixed(0, (_, data) => (URL.canParse(data.externalUrl) ? pathOf(data.externalUrl) : '')),
  graphLink: onText((expr) => `/graph?g0.expr=${queryEscape(expr)}&g0.tab=0`),
  tableLink: onText((expr) => `/graph?g0.expr=${queryEscape(expr)}&g0.tab=1`),
};

/** Go's Sprint puts a space between two operands neither of which is a string. */
function printAll(args: readonly Value[]): string {
  return args.reduce<string>((text, value, at) => {
    const isApart = at > 0 && typeof value !== 'string' && typeof args[at - 1] !== 'string';
    return `${text}${isApart ? ' ' : ''}${print(value)}`;
  }, '');
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (isList(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  throw new TemplateFault(`error calling len: len of type ${typeName(value)}`);
}

function itemOf(value: Value, key: Value): Value {
  if (isMap(value)) return follow(value, [toText(key)]);
  if (!isList(value))
    throw new TemplateFault(`error calling index: can't index item of type ${typeName(value)}`);
  if (!(key instanceof GoInteger))
    throw new TemplateFault(`error calling index: cannot index slice/array with type ${typeName(key)}`);
  const item = value[key.integer];
  if (item === undefined) throw new TemplateFault(`error calling index: index out of range: ${key.integer}`);
  return item;
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Go compares only like with like: a float with an integer constant is an error there too. */
function compare(left: Value, right: Value): number {
  if (typeName(left) !== typeName(right)) throw new TemplateFault('incompatible types for comparison');
  const a = left instanceof GoInteger ? left.integer : left;
  const b = right instanceof GoInteger ? right.integer : right;
  if (typeof a === 'object' || typeof b === 'object') throw new TemplateFault('invalid type for comparison');
  if (a === b) return 0;
  return a < b ? -1 : a > b ? 1 : Number.NaN;
}

const HTML: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\uFFFD',
};
const escapeHtml = (text: string): string => text.replace(/["'&<>\0]/g, (char) => HTML[char]!);

const queryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

const pathOf = (url: string): string => {
  const { pathname } = new URL(url);
  return url.endsWith('/') || pathname !== '/' ? pathname : '';
};

/** Go's strings.Title: the letter after each non-letter becomes a capital, the rest stays. */
function titleCase(text: string): string {
  return text.replace(
    /(^|[^\p{L}\p{N}_'])(\p{L})/gu,
    (_, before: string, letter: string) => before + letter.toUpperCase(),
  );
}

function splitHostPort(text: string): { readonly host: string; readonly port: string } | undefined {
  const match = /^(?:\[(.*)\]|([^:]*)):([^:]*)$/.exec(text);
  return match ? { host: match[1] ?? match[2] ?? '', port: match[3]! } : undefined;
}

/** The first part of a host's name; addresses stay whole. */
function stripDomain(text: string): string {
  const { host, port } = splitHostPort(text) ?? { host: text, port: '' };
  if (/^\d+(?:\.\d+){3}$/.test(host) || host.includes(':')) return text;
  const name = host.split('.')[0]!;
  return port === '' ? name : `${name}:${port}`;
}

function matches(pattern: string, text: string): boolean {
  return searchFor(pattern).test(text);
}

function replaceAll(pattern: string, replacement: string, text: string): string {
  let replaced = '';
  let end = 0;
  for (const match of text.matchAll(searchFor(pattern))) {
    replaced += text.slice(end, match.index) + expandTemplate(replacement, match);
    end = match.index + match[0].length;
  }
  return replaced + text.slice(end);
}

function searchFor(pattern: string): RegExp {
  try {
    return compileSearch(pattern, { dotAll: false });
  } catch (error) {
    throw new TemplateFault(`error parsing regexp: ${(error as SyntaxError).message}`);
  }
}

function readDuration(text: string): number {
  const durationMs = parseDurationMs(text);
  if (durationMs === undefined) throw new TemplateFault(`not a valid duration string: ${quoteGo(text)}`);
  return durationMs / 1000;
}
