/**
 * Expands a parsed template with an alert's labels and value, as Go does with Prometheus' functions.
 * A fault while expanding becomes the text Prometheus puts there, because an alert fires all the same.
 */
import { TEMPLATE_FUNCTIONS } from './template-functions.ts';
import type { Template, TemplateNode, TemplateOperand, TemplatePipeline } from './template-syntax.ts';
import {
  follow,
  GoInteger,
  isList,
  isMap,
  isTrue,
  print,
  type TemplateData,
  TemplateFault,
  type Value,
} from './template-values.ts';

/** The variables of a block, inside those of the blocks around it. */
class Variables {
  private readonly own = new Map<string, Value>();
  private readonly outer: Variables | undefined;

  constructor(outer?: Variables) {
    this.outer = outer;
  }

  get(name: string): Value {
    const value = this.own.get(name);
    return value === undefined && this.outer ? this.outer.get(name) : value!;
  }

  declare(name: string, value: Value): void {
    this.own.set(name, value);
  }

  /** Gives a variable a new value in the block that declared it. */
  assign(name: string, value: Value): void {
    if (this.own.has(name) || !this.outer) this.own.set(name, value);
    else this.outer.assign(name, value);
  }
}

interface Scope {
  readonly template: Template;
  readonly data: TemplateData;
  readonly dot: Value;
  readonly variables: Variables;
  /** How many templates include each other here. */
  readonly depth: number;
}

/** What ended a list of nodes: its end, or an action of the loop around it. */
type Flow = 'end' | 'break' | 'continue';

/** Go allows more, but what includes itself so often never ends. */
const MOST_DEPTH = 1000;

/** Expands a template; never throws: what fails reads `<error expanding template: …>`, as in Prometheus. */
export function expandTemplate(template: Template, data: TemplateData): string {
  const variables = new Variables();
  variables.declare('$', data);
  variables.declare('$labels', data.labels);
  variables.declare('$value', data.value);
  variables.declare('$externalLabels', data.externalLabels);
  variables.declare('$externalURL', data.externalUrl);
  const out: string[] = [];
  try {
    expandNodes(template.nodes, { template, data, dot: data, variables, depth: 0 }, out);
    return out.join('');
  } catch (error) {
    if (error instanceof TemplateFault) return `<error expanding template: ${error.message}>`;
    throw error;
  }
}

/** Whether a template's text may change while its alert's labels stay the same. */
export function readsValue({ reads }: Template): boolean {
  return reads.has('$value') || reads.has('.Value') || reads.has('$') || reads.has('.') || reads.has('query');
}

/** Whether a template asks queries of its own, whatever its alert's expression reads. */
export const asksQueries = ({ reads }: Template): boolean => reads.has('query');

function expandNodes(nodes: readonly TemplateNode[], scope: Scope, out: string[]): Flow {
  for (const node of nodes) {
    const flow = expandNode(node, scope, out);
    if (flow !== 'end') return flow;
  }
  return 'end';
}

function expandNode(node: TemplateNode, scope: Scope, out: string[]): Flow {
  switch (node.kind) {
    case 'text':
      out.push(node.text);
      return 'end';
    case 'output':
      out.push(print(evaluate(node.pipeline, scope)));
      return 'end';
    case 'assign': {
      const value = evaluate(node.pipeline, scope);
      if (node.declares) scope.variables.declare(node.name, value);
      else scope.variables.assign(node.name, value);
      return 'end';
    }
    case 'if':
    case 'with':
      return expandBranch(node, scope, out);
    case 'range':
      return expandRange(node, scope, out);
    case 'include':
      return expandInclude(node, scope, out);
    default:
      return node.kind;
  }
}

function expandBranch(
  node: Extract<TemplateNode, { kind: 'if' | 'with' }>,
  scope: Scope,
  out: string[],
): Flow {
  const value = evaluate(node.pipeline, scope);
  const holds = isTrue(value);
  const variables = new Variables(scope.variables);
  if (node.declares) variables.declare(node.declares, value);
  const dot = holds && node.kind === 'with' ? value : scope.dot;
  return expandNodes(holds ? node.then : node.otherwise, { ...scope, dot, variables }, out);
}

function expandRange(node: Extract<TemplateNode, { kind: 'range' }>, scope: Scope, out: string[]): Flow {
  const items = itemsOf(evaluate(node.pipeline, scope));
  for (const [key, item] of items) {
    const variables = new Variables(scope.variables);
    const [first, second] = node.declares;
    if (second !== undefined) variables.declare(first!, key);
    const name = second ?? first;
    if (name !== undefined) variables.declare(name, item);
    if (expandNodes(node.then, { ...scope, dot: item, variables }, out) === 'break') break;
  }
  if (items.length > 0) return 'end';
  return expandNodes(node.otherwise, { ...scope, variables: new Variables(scope.variables) }, out);
}

/** A list's items by number, a map's by key in order. */
function itemsOf(value: Value): (readonly [Value, Value])[] {
  if (isList(value)) return value.map((item, at) => [new GoInteger(at), item]);
  if (isMap(value))
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]!]);
  throw new TemplateFault(`range can't iterate over ${print(value)}`);
}

/** Expands a template defined beside this one: it sees the value given and no variable of its reader. */
function expandInclude(node: Extract<TemplateNode, { kind: 'include' }>, scope: Scope, out: string[]): Flow {
  const dot = node.pipeline ? evaluate(node.pipeline, scope) : '';
  if (scope.depth >= MOST_DEPTH) throw new TemplateFault(`exceeded maximum template depth (${MOST_DEPTH})`);
  const variables = new Variables();
  variables.declare('$', dot);
  const nodes = scope.template.defined.get(node.name)!;
  expandNodes(nodes, { ...scope, dot, variables, depth: scope.depth + 1 }, out);
  return 'end';
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
      return operand.isInteger ? new GoInteger(operand.value as number) : operand.value;
    case 'pipeline':
      return follow(evaluate(operand.pipeline, scope), operand.path);
    case 'variable':
      return follow(scope.variables.get(operand.name), operand.path);
    case 'field':
      return follow(scope.dot, operand.path);
    case 'call':
      return call(operand.name, [], scope);
  }
}

const call = (name: string, args: readonly Value[], { data }: Scope): Value =>
  TEMPLATE_FUNCTIONS[name]!.run(args, data);
