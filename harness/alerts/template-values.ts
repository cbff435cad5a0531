/**
 * The values that flow through a template, with Go's ideas of type, truth and printing. Apart from expansion because
 * functions and `printf` ask the same.
 */
import { formatGoValue, parseGoFloat, quoteGo } from '../promql/go-text.ts';

/** What an alert's templates may read. */
export interface TemplateData {
  readonly labels: GoMap;
  readonly value: number;
  readonly externalLabels: GoMap;
  readonly externalUrl: string;
  /** Answers `query "…"` as of the evaluation; an Error's message becomes the template's fault. */
  readonly query: (expr: string) => readonly TemplateSample[];
}

/** Go's integers print without a fraction or an exponent, so they are told from floats. */
export class GoInteger {
  readonly integer: number;
  constructor(integer: number) {
    this.integer = integer;
  }
}

/** One sample of a query's answer. */
export class TemplateSample {
  readonly labels: GoMap;
  readonly value: number;
  constructor(labels: GoMap, value: number) {
    this.labels = labels;
    this.value = value;
  }
}

export type GoMap = Readonly<Record<string, string>>;
export type Value =
  | string
  | number
  | boolean
  | GoInteger
  | TemplateSample
  | readonly Value[]
  | GoMap
  | TemplateData;

/** A fault while expanding; its text takes the template's place. */
export class TemplateFault extends Error {}

const isData = (value: object): value is TemplateData =>
  'query' in value && typeof value.query === 'function';
export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isMap = (value: Value): value is GoMap =>
  typeof value === 'object' &&
  !isList(value) &&
  !(value instanceof GoInteger) &&
  !(value instanceof TemplateSample) &&
  !isData(value);

const DATA_FIELDS: Readonly<Record<string, (data: TemplateData) => Value>> = {
  Labels: (data) => data.labels,
  Value: (data) => data.value,
  ExternalLabels: (data) => data.externalLabels,
  ExternalURL: (data) => data.externalUrl,
};
const SAMPLE_FIELDS: Readonly<Record<string, (sample: TemplateSample) => Value>> = {
  Labels: (sample) => sample.labels,
  Value: (sample) => sample.value,
};

/** Follows `.a.b` from a value; a map's missing key is the empty string. */
export function follow(start: Value, path: readonly string[]): Value {
  let value = start;
  for (const name of path) {
    if (isMap(value)) value = Object.hasOwn(value, name) ? value[name]! : '';
    else if (value instanceof TemplateSample && Object.hasOwn(SAMPLE_FIELDS, name))
      value = SAMPLE_FIELDS[name]!(value);
    else if (
      typeof value === 'object' &&
      !(value instanceof TemplateSample) &&
      isData(value) &&
      Object.hasOwn(DATA_FIELDS, name)
    )
      value = DATA_FIELDS[name]!(value);
    else throw new TemplateFault(`can't evaluate field ${name} in type ${typeName(value)}`);
  }
  return value;
}

/** A value's type as Go names it. */
export function typeName(value: Value): string {
  if (typeof value === 'number') return 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof GoInteger) return 'int';
  if (value instanceof TemplateSample) return '*template.sample';
  if (isList(value)) return 'template.queryResult';
  return isMap(value) ? 'map[string]string' : 'template data';
}

/** Whether `if`, `with`, `and` and `or` take a value for true: anything but its type's zero. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'number') return value !== 0;
  if (typeof value !== 'object') return value !== '' && value !== false;
  if (value instanceof GoInteger) return value.integer !== 0;
  if (isList(value)) return value.length > 0;
  return !isMap(value) || Object.keys(value).length > 0;
}

/** Prints a value as Go's `%v`. */
export function print(value: Value): string {
  if (typeof value === 'number') return formatGoValue(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof GoInteger) return String(value.integer);
  if (value instanceof TemplateSample) return `&{${print(value.labels)} ${print(value.value)}}`;
  if (isList(value)) return `[${value.map(print).join(' ')}]`;
  if (isMap(value)) {
    const pairs = Object.keys(value)
      .sort()
      .map((name) => `${name}:${value[name]}`);
    return `map[${pairs.join(' ')}]`;
  }
  return `{${print(value.labels)} ${print(value.externalLabels)} ${value.externalUrl} ${print(value.value)}}`;
}

/** A value as a float, as Prometheus' number functions read it. */
export function toFloat(value: Value): number {
  if (typeof value === 'number') return value;
  if (value instanceof GoInteger) return value.integer;
  if (typeof value === 'string') {
    const parsed = parseGoFloat(value);
    if (parsed !== undefined) return parsed;
    throw new TemplateFault(`strconv.ParseFloat: parsing ${quoteGo(value)}: invalid syntax`);
  }
  throw new TemplateFault(`can't convert ${typeName(value)} to float`);
}

const wrongType = (expected: string, value: Value): TemplateFault =>
  new TemplateFault(`wrong type for value; expected ${expected}; got ${typeName(value)}`);

/** A value as a string; nothing is converted. */
export function toText(value: Value): string {
  if (typeof value === 'string') return value;
  throw wrongType('string', value);
}

export function toSample(value: Value): TemplateSample {
  if (value instanceof TemplateSample) return value;
  throw wrongType('*template.sample', value);
}

/** A query's answer. */
export function toSamples(value: Value): readonly TemplateSample[] {
  if (isList(value)) return value.map(toSample);
  throw wrongType('template.queryResult', value);
}
