/**
 * Rows of digit groups in a text, and the stretches of them that could be one number. A file of its own because it
 * only reads how digits are written; what a stretch is, is judged elsewhere.
 */

/** What stands between two groups of a row. */
type Gap = 'none' | 'space' | 'hyphen' | 'bracket' | 'dot' | 'comma' | 'line' | 'other';

/** A group of digits without anything between. */
interface Group {
  readonly start: number;
  readonly end: number;
  readonly digits: string;
  /** Between this group and the one before in its row. */
  readonly gap: Gap;
}

/** Groups that stand in one row: between them there is nothing but what people put into numbers and lists. */
export type Row = readonly Group[];

const GAP = /^[\s\-ー.()/_,:·・~*|+の]{1,4}$/;
/** Fewest and most digits of a number that is looked for; cards have up to nineteen. */
const FEWEST_DIGITS = 7;
const MOST_DIGITS = 19;
/** Groups whose sizes are still named one by one. */
const MOST_SIZES = 5;

/** Splits a text into rows. */
export function rowsOf(text: string): Row[] {
  const rows: Group[][] = [];
  let row: Group[] = [];
  let end = -1;
  for (const { 0: digits, index } of text.matchAll(/\d+/g)) {
    const between = end < 0 ? '' : text.slice(end, Math.min(index, end + 5));
    const joined = end >= 0 && GAP.test(between);
    if (!joined) {
      row = [];
      rows.push(row);
    }
    end = index + digits.length;
    row.push({ start: index, end, digits, gap: joined ? gapOf(between) : 'none' });
  }
  return rows;
}

function gapOf(between: string): Gap {
  if (between === ' ') return 'space';
  if (between === '-') return 'hyphen';
  if (/[()]/.test(between)) return 'bracket';
  const marks = between.replace(/\s/g, '');
  if (marks === '') return between.includes('\n') ? 'line' : 'space';
  if (/^[-ー]$/.test(marks)) return 'hyphen';
  if (marks === ',') return 'comma';
  return marks === '.' ? 'dot' : 'other';
}

/** Neighbouring groups of a row, read as one number. */
export class Stretch {
  readonly digits: string;
  /** How many groups. */
  readonly count: number;
  /** Gaps as people make them in numbers to be read aloud, freely mixed: spaces, hyphens, brackets. */
  soft = true;
  /** All gaps of one kind; brackets go with any. */
  uniform = true;
  /** Nothing but spaces between; false without a gap. */
  spaced: boolean;
  /** Nothing but hyphens between. */
  hyphenated = true;
  /** Nothing but hyphens, brackets and dots between. */
  tight = true;
  /** At least two groups of one digit each. */
  singles: boolean;
  commas = false;

  readonly #row: Row;
  readonly #first: number;
  readonly #text: string;

  constructor(row: Row, first: number, count: number, digits: string, text: string) {
    this.#row = row;
    this.#first = first;
    this.#text = text;
    this.count = count;
    this.digits = digits;
    this.spaced = count > 1;
    this.singles = count > 1 && digits.length === count;
    let kind: Gap | null = null;
    for (let index = first + 1; index < first + count; index++) {
      const { gap } = row[index]!;
      if (gap === 'bracket') {
        this.spaced = this.hyphenated = false;
        continue;
      }
      if (kind !== null && kind !== gap) this.uniform = false;
      kind = gap;
      if (gap !== 'space') this.spaced = false;
      if (gap !== 'hyphen') this.hyphenated = false;
      if (gap !== 'hyphen' && gap !== 'dot') this.tight = false;
      if (gap !== 'space' && gap !== 'hyphen') this.soft = false;
      if (gap === 'comma') this.commas = true;
    }
  }

  get start(): number {
    return this.#row[this.#first]!.start;
  }

  get end(): number {
    return this.#row[this.#first + this.count - 1]!.end;
  }

  /** Digits of the first group. */
  get head(): number {
    return this.#row[this.#first]!.digits.length;
  }

  /** Digits of the last group. */
  get tail(): number {
    return this.#row[this.#first + this.count - 1]!.digits.length;
  }

  /** Digits of each group, such as `3,4,4`; empty where there are too many groups for that to say anything. */
  get sizes(): string {
    return this.count > MOST_SIZES ? '' : this.groups.map((digits) => digits.length).join();
  }

  get groups(): string[] {
    return this.#row.slice(this.#first, this.#first + this.count).map(({ digits }) => digits);
  }

  /** A zero in brackets of its own, as in +81(0)90. */
  get trunkInBrackets(): boolean {
    return this.#row
      .slice(this.#first + 1, this.#first + this.count)
      .some(({ digits, gap }) => digits === '0' && gap === 'bracket');
  }

  /** True when hyphens lead on to one more group that would still fit. */
  get leadsOn(): boolean {
    const next = this.#row[this.#first + this.count];
    return next?.gap === 'hyphen' && this.digits.length + next.digits.length <= MOST_DIGITS;
  }

  /** The characters before and behind, as far as they say what a number is. */
  get before(): string {
    return this.#text.slice(Math.max(0, this.start - 24), this.start);
  }

  get after(): string {
    return this.#text.slice(this.end, this.end + 12);
  }
}

/** Every stretch of a row that has as many digits as a number can have. A single group may have more. */
export function* stretchesOf(row: Row, text: string): Generator<Stretch> {
  for (let first = 0; first < row.length; first++) {
    let digits = '';
    for (let count = 1; first + count <= row.length; count++) {
      digits += row[first + count - 1]!.digits;
      if (digits.length > MOST_DIGITS && count > 1) break;
      if (digits.length >= FEWEST_DIGITS) yield new Stretch(row, first, count, digits, text);
    }
  }
}
