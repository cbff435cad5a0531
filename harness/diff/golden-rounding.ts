/**
 * Totals that are rounded otherwise than they were when accepted. Such a change is slight and everywhere, so that
 * whatever entry happens to lie among the records it moved would look guilty; but traces hold what each path had before
 * it rounded, and both totals lie within a step of that. A file of its own because it is settled before any suspect.
 */
import type { OutcomeChange } from '../golden/changes.ts';
import type { Explanations, TraceEntry } from '../migration.ts';
import type { Direction } from './causes.ts';
import type { GoldenCase, TracedWrite } from './golden-causes.ts';
import { columnsOf, TOTALS } from './golden-evidence.ts';
import type { Evidence } from './suspects.ts';

/** Records that moved for no other reason than how their totals are rounded, by the stage that rounds. */
export interface Rounding {
  readonly stage: string;
  /** The paths that round otherwise, sorted. */
  readonly paths: readonly string[];
  readonly direction: Direction;
  readonly members: readonly Evidence[];
}

/** Fewer records could lie on one side of a half by chance. */
const LEAST_RECORDS = 4;
/** Below this share of moved totals among all that lie as they do between two steps, no rule of rounding says so. */
const LEAST_PRECISION = 0.5;
/** Floating-point noise, in steps. */
const NOISE = 1e-6;
/** More decimals are no rounding. */
const MOST_DECIMALS = 6;

const PATHS = ['legacy', 'v2'] as const;
type Path = (typeof PATHS)[number];

/** A total of one path of one record that is not as accepted. */
interface Move {
  readonly path: Path;
  readonly measure: string;
  readonly accepted: number;
  readonly seen: number;
}

/** Where an unrounded total lies between two steps: every rule of rounding treats all of one place alike, save ties. */
type Place = 'exact' | 'below' | 'tie' | 'above';

/** The last stage of a path in one write, and its totals before and after. */
interface Ending {
  readonly stage: string;
  readonly unrounded: readonly number[];
  readonly rounded: readonly number[];
  /** How many changes the stage reported: at none it did nothing but round, and after each it may round again. */
  readonly reported: number;
}

/**
 * The roundings that changed, and the evidence that is left. In what is left, a total that only a rounding moved says
 * nothing of the way a record went. `measures` are names in the order of a trace's totals.
 */
export function takeRoundings(
  cases: readonly GoldenCase[],
  evidence: readonly Evidence[],
  explain: Explanations | undefined,
  measures: readonly string[],
): { readonly roundings: readonly Rounding[]; readonly rest: readonly Evidence[] } {
  const rounds = new RoundingRules(cases, evidence, measures);
  const stages = new Map<string, Evidence[]>();
  const rest: Evidence[] = [];
  for (const one of evidence) {
    const stage = rounds.stageOf(one, explain);
    if (stage === null) rest.push(rounds.withoutRounded(one));
    else stages.set(stage, [...(stages.get(stage) ?? []), one]);
  }
  const roundings = [...stages].map(([stage, members]) => ({ stage, ...rounds.told(stage), members }));
  return { roundings, rest };
}

class RoundingRules {
  readonly #measures: readonly string[];
  readonly #writes = new Map<string, TracedWrite>();
  /** Width of one step of the last stored place, by path and measure. */
  readonly #steps = new Map<string, number>();
  /** Rules that are not what they were, by path, measure and direction, with the stage that applies them. */
  readonly #rules = new Map<string, string>();

  constructor(cases: readonly GoldenCase[], evidence: readonly Evidence[], measures: readonly string[]) {
    this.#measures = measures;
    for (const { name, writes } of cases) {
      for (const [record, write] of writes) this.#writes.set(recordKey(name, record), write);
    }
    if (measures.length === 0 || !evidence.some(({ changes }) => changes.length > 0)) return;
    this.#measureSteps(evidence);
    this.#findRules(evidence);
  }

  /** The paths and the direction of a stage's rules. */
  told(stage: string): Pick<Rounding, 'paths' | 'direction'> {
    const rules = [...this.#rules].filter(([, at]) => at === stage).map(([rule]) => rule.split('/'));
    const directions = new Set(rules.map(([, , direction]) => direction));
    return {
      paths: [...new Set(rules.map(([path]) => path!))].sort(),
      direction: directions.size === 1 ? ([...directions][0] as '+' | '-') : null,
    };
  }

  /** The stage whose rounding alone explains what changed in a record, else null. */
  stageOf(one: Evidence, explain: Explanations | undefined): string | null {
    if (this.#rules.size === 0 || one.changes.length === 0) return null;
    const moves = movesOf(one.changes);
    const matched = moves.filter((move) => this.#matches(one, move));
    const stage = matched.map((move) => this.#rules.get(ruleOf(move))!)[0] ?? null;
    if (stage === null) return this.#repeated(one);
    const own = explain?.stages.find((each) => each.stage === stage)?.codes ?? [];
    const switched = [...one.strong.values()].filter(({ direction }) => direction === 'switched');
    if (switched.some(({ suspect }) => !own.includes(suspect.code ?? ''))) return null;
    if (!one.changes.every((change) => this.#isOfTotals(change, switched.length > 0))) return null;
    const share = Math.max(
      ...matched.map(({ accepted, seen }) => Math.abs(seen - accepted) / Math.max(1, accepted)),
    );
    const follows = (move: Move): boolean => {
      if (matched.includes(move)) return true;
      if (this.#reported(one, move) === 0 && switched.length === 0) return false;
      const step = this.#stepOf(move.path, move.measure);
      return (
        switched.length > 0 ||
        Math.abs(move.seen - move.accepted) <= step * (1 + NOISE) + share * move.accepted
      );
    };
    return moves.every(follows) ? stage : null;
  }

  /** The same evidence, going the way of the first total that no rounding moved. */
  withoutRounded(one: Evidence): Evidence {
    if (this.#rules.size === 0 || one.moved === null) return one;
    const move = movesOf(one.changes).find((each) => !this.#matches(one, each));
    return move === undefined ? one : { ...one, moved: wayOf(move) };
  }

  /** A step is one in the last decimal place of any outcome as accepted. */
  #measureSteps(evidence: readonly Evidence[]): void {
    const decimals = new Map<string, number>();
    const see = (key: string, value: number): void => {
      decimals.set(key, Math.max(decimals.get(key) ?? 0, decimalsOf(value)));
    };
    // A repeat that is as accepted has the trace of its first, which may not be.
    const moved = new Set<unknown>();
    for (const one of evidence) {
      for (const { path, measure, accepted } of movesOf(one.changes)) {
        see(`${path}/${measure}`, accepted);
        moved.add(this.#write(one)?.[path]);
      }
    }
    for (const one of evidence) {
      for (const path of PATHS) {
        if (one.changes.length > 0 || moved.has(this.#write(one)?.[path])) continue;
        const rounded = this.#ending(one, path)?.rounded ?? [];
        for (const [index, value] of rounded.entries()) see(`${path}/${this.#measures[index]}`, value);
      }
    }
    for (const [key, places] of decimals) this.#steps.set(key, places > MOST_DECIMALS ? 0 : 10 ** -places);
  }

  #findRules(evidence: readonly Evidence[]): void {
    const moved = new Map<string, Evidence[]>();
    const places = new Map<string, Set<Place>>();
    for (const one of evidence) {
      const isSwitched = [...one.strong.values()].some(({ direction }) => direction === 'switched');
      if (one.totals.size === 0 || isSwitched) continue;
      for (const move of movesOf(one.changes)) {
        const place = this.#place(one, move.path, move.measure);
        if (place === null || place === 'exact') continue;
        if (this.#ending(one, move.path)?.reported !== 0 || !this.#isWithinStep(one, move)) continue;
        moved.set(ruleOf(move), [...(moved.get(ruleOf(move)) ?? []), one]);
        places.set(ruleOf(move), (places.get(ruleOf(move)) ?? new Set()).add(place));
      }
    }
    const precisionOf = suspectPrecision(evidence);
    for (const [rule, members] of moved) {
      if (members.length < LEAST_RECORDS) continue;
      const [path, measure] = rule.split('/') as [Path, string];
      // A repeat has the trace of its first and seldom its totals.
      const alike = new Set<unknown>();
      for (const one of evidence) {
        const place = this.#ending(one, path)?.reported === 0 ? this.#place(one, path, measure) : null;
        if (place !== null && places.get(rule)!.has(place)) alike.add(this.#write(one)![path]);
      }
      const precision = new Set(members.map((one) => this.#write(one)![path])).size / alike.size;
      if (precision < LEAST_PRECISION) continue;
      const [first, ...others] = members.map((one) => new Set([...one.present.keys(), ...one.strong.keys()]));
      const shared = [...first!].filter((key) => others.every((keys) => keys.has(key)));
      if (shared.some((key) => precisionOf(key) >= precision)) continue;
      this.#rules.set(rule, this.#ending(members[0]!, path)!.stage);
    }
  }

  /** True where a rule that changed explains a move: by where it lay before rounding, or, bent since, by its size. */
  #matches(one: Evidence, move: Move): boolean {
    if (!this.#rules.has(ruleOf(move))) return false;
    if (this.#isWithinStep(one, move)) return true;
    const reported = this.#reported(one, move);
    return reported > 0 && this.#isSlight(move, 1 + reported);
  }

  /** True where accepted and seen are both what some rule makes of the same unrounded total. */
  #isWithinStep(one: Evidence, { path, measure, accepted, seen }: Move): boolean {
    const unrounded = this.#ending(one, path)?.unrounded[this.#measures.indexOf(measure)];
    const step = this.#stepOf(path, measure);
    if (unrounded === undefined || step === 0) return false;
    // Rounded down, a total a billionth short of a step comes out a whole step less.
    const [was, is] = [accepted, seen].map((value) => Math.abs(value - unrounded));
    return was! < step * (1 - NOISE) && is! < step * (1 + NOISE);
  }

  #isSlight({ path, measure, accepted, seen }: Move, steps = 1): boolean {
    return Math.abs(seen - accepted) <= this.#stepOf(path, measure) * steps * (1 + NOISE);
  }

  /** A repeat answers what its first stored: its answer alone moved, by a step of a measure that is rounded otherwise. */
  #repeated(one: Evidence): string | null {
    if (one.totals.size > 0) return null;
    const stages = one.changes.map((change): string | null => {
      const { accepted, seen } = change;
      if (typeof accepted !== 'number' || typeof seen !== 'number') return null;
      const moves = PATHS.map((path) => ({ path, measure: columnsOf(change)[0]!, accepted, seen }));
      const move = moves.find((each) => this.#rules.has(ruleOf(each)) && this.#isSlight(each));
      return move === undefined ? null : this.#rules.get(ruleOf(move))!;
    });
    return stages.every((stage) => stage !== null && stage === stages[0]) ? stages[0]! : null;
  }

  #isOfTotals(change: OutcomeChange, switched: boolean): boolean {
    if (switched && change.path.split('/').includes('warnings')) return true;
    return columnsOf(change).every((column) => this.#measures.includes(column));
  }

  #place(one: Evidence, path: Path, measure: string): Place | null {
    const unrounded = this.#ending(one, path)?.unrounded[this.#measures.indexOf(measure)];
    const step = this.#stepOf(path, measure);
    if (unrounded === undefined || step === 0) return null;
    const over = unrounded / step - Math.floor(unrounded / step + NOISE);
    if (over < NOISE) return 'exact';
    if (Math.abs(over - 0.5) < NOISE) return 'tie';
    return over < 0.5 ? 'below' : 'above';
  }

  #stepOf(path: Path, measure: string): number {
    return this.#steps.get(`${path}/${measure}`) ?? 0;
  }

  #reported(one: Evidence, { path }: Move): number {
    return this.#ending(one, path)?.reported ?? 0;
  }

  #write(one: Evidence): TracedWrite | undefined {
    return this.#writes.get(recordKey(one.case, one.record));
  }

  #ending(one: Evidence, path: Path): Ending | null {
    const trace = this.#write(one)?.[path];
    return trace === undefined ? null : endingOf(trace);
  }
}

function endingOf(trace: readonly TraceEntry[]): Ending | null {
  const [before, last] = trace.slice(-2);
  if (!before?.totals || !last?.totals) return null;
  return {
    stage: last.stage,
    unrounded: before.totals,
    rounded: last.totals,
    reported: last.changes.length,
  };
}

/** How large a share of the records that have a suspect changed. */
function suspectPrecision(evidence: readonly Evidence[]): (key: string) => number {
  const [changed, having] = [new Map<string, number>(), new Map<string, number>()];
  for (const { changes, present, strong } of evidence) {
    for (const key of new Set([...present.keys(), ...strong.keys()])) {
      having.set(key, (having.get(key) ?? 0) + 1);
      if (changes.length > 0) changed.set(key, (changed.get(key) ?? 0) + 1);
    }
  }
  return (key) => (changed.get(key) ?? 0) / (having.get(key) ?? 1);
}

/** Each total that moved, once, in the order of the changes. */
function movesOf(changes: readonly OutcomeChange[]): Move[] {
  const moves = new Map<string, Move>();
  for (const { path, accepted, seen } of changes) {
    const [, side, measure] = TOTALS.exec(path) ?? [];
    if (measure === undefined || typeof accepted !== 'number' || typeof seen !== 'number') continue;
    if (!moves.has(path)) moves.set(path, { path: side as Path, measure, accepted, seen });
  }
  return [...moves.values()];
}

function wayOf({ accepted, seen }: Move): '+' | '-' {
  return seen > accepted ? '+' : '-';
}

function ruleOf(move: Move): string {
  return `${move.path}/${move.measure}/${wayOf(move)}`;
}

function recordKey(name: string, record: string): string {
  return JSON.stringify([name, record]);
}

function decimalsOf(value: number): number {
  const text = String(value);
  return text.includes('e-') ? MOST_DECIMALS + 1 : (text.split('.')[1]?.length ?? 0);
}
