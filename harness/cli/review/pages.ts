/**
 * What each screen of a review says, as lines of whatever length the terminal's width makes them, with the lines that
 * the cursor takes. A file of its own because the words of a screen and the way it is fitted into rows change apart.
 */
import { formatNumber } from '../../gate/rows.ts';
import type { DayShift } from '../../golden/shift.ts';
import { countCases } from './decide.ts';
import { signed } from './diff-lines.ts';
import { clipLine, type Line, line, type Span, span, wrapLine } from './lines.ts';
import type { ReviewCause, ReviewModel } from './model.ts';
import { caseAt, countMarks, type Mark, type ReviewState, shownFrame, type Size } from './state.ts';

/** A screen before it is fitted into rows. */
export interface Page {
  /** What the screen is about; one line. */
  readonly heading: Line;
  readonly body: readonly Line[];
  /** The lines of the body that must be in sight; null where the reader scrolls. */
  readonly cursor: { readonly first: number; readonly last: number } | null;
}

/** Rows of a screen that are not the body's: title, heading, notice, keys. */
export const FRAME_ROWS = 4;

/** Rows that the body of a page has. */
export function bodyRows({ rows }: Size): number {
  return Math.max(1, rows - FRAME_ROWS);
}

/** The page of the screen that is shown. */
export function pageOf(model: ReviewModel, state: ReviewState, size: Size): Page {
  const { columns } = size;
  switch (shownFrame(state).screen) {
    case 'causes':
      return causesPage(model, state, columns);
    case 'cause':
      return causePage(model, state, size);
    case 'case':
      return casePage(model, state, columns);
    case 'diff':
      return diffPage(model, state, columns);
    case 'help':
      return { heading: line('Keys'), body: HELP.flatMap((one) => wrapLine(one, columns, 12)), cursor: null };
  }
}

function causesPage(model: ReviewModel, state: ReviewState, columns: number): Page {
  const body: Line[] = [];
  let cursor = { first: 0, last: 0 };
  for (const [index, cause] of model.causes.entries()) {
    const { accepted, rejected, left } = countMarks(model, state, cause.cases);
    const isHere = index === state.cause;
    const done = left === 0 ? ` · done: ${accepted} accepted, ${rejected} rejected` : '';
    const some = left > 0 && left < cause.cases.length ? ` · ${left} left` : '';
    const first = body.length;
    const style = left === 0 ? 'faint' : isHere ? 'cursor' : 'plain';
    body.push(
      clipLine(line(isHere ? '> ' : '  ', span(cause.label, style), span(`  ${cause.id}`, 'faint')), columns),
      clipLine(line(span(`    ${sizeOf(cause)}${some}${done}${summaryOf(model, cause)}`, 'faint')), columns),
    );
    if (isHere) cursor = { first, last: body.length - 1 };
  }
  const heading = line(`${model.causes.length} cause${model.causes.length === 1 ? '' : 's'}`);
  return { heading, body, cursor };
}

function causePage(model: ReviewModel, state: ReviewState, size: Size): Page {
  const { columns } = size;
  const cause = model.causes[state.cause]!;
  const consequence = consequenceLines(model, cause.cases).flatMap((one) => wrapLine(one, columns));
  // The cases must stay in reach: they get what they need, or at least half of the screen.
  const rows = bodyRows(size);
  const room = Math.max(1, Math.floor(rows / 2), rows - 2 - cause.cases.length);
  const isCut = consequence.length > room;
  const body = [
    ...consequence.slice(0, isCut ? room - 1 : room),
    ...(isCut ? [line(span('  … o shows all', 'faint'))] : []),
    line(''),
    line(span('Cases', 'strong')),
  ];
  let cursor = { first: 0, last: 0 };
  for (const [place, index] of cause.cases.entries()) {
    const { change, causes } = model.cases[index]!;
    const isHere = place === state.place;
    const others =
      causes.length > 1 ? ` +${causes.length - 1} other cause${causes.length > 2 ? 's' : ''}` : '';
    if (isHere) cursor = { first: place === 0 ? 0 : body.length, last: body.length };
    body.push(
      clipLine(
        line(
          isHere ? '> ' : '  ',
          markSpan(state.marks.get(index)),
          span(change.name, isHere ? 'cursor' : 'plain'),
          span(others, 'changed'),
        ),
        columns,
      ),
    );
  }
  return { heading: line(`${cause.label} · ${sizeOf(cause)}`), body, cursor };
}

function casePage(model: ReviewModel, state: ReviewState, columns: number): Page {
  const index = caseAt(model, state)!;
  const { change, causes } = model.cases[index]!;
  const others = causes.filter((cause) => cause !== state.cause).map((cause) => model.causes[cause]!);
  const body = [
    ...others.map(({ id, label }) => line(span(`It has another cause too, ${id}: ${label}`, 'changed'))),
    ...shiftLines(model, model.shifts([index])),
    line(''),
    ...model.diff(index, 'short').slice(0, SHORT_LINES),
  ];
  const more = model.diff(index, 'short').length - SHORT_LINES;
  if (more > 0) body.push(line(span(`  and ${more} more lines: o shows all`, 'faint')));
  return {
    heading: line(`${change.name}, ${state.marks.get(index) ?? WAS[change.was]}`),
    body: body.flatMap((one) => wrapLine(one, columns)),
    cursor: null,
  };
}

/** Lines of a case's short diff. */
const SHORT_LINES = 200;

/** Of a case everything; of a cause what accepting it means, and each of its cases in short. */
function diffPage(model: ReviewModel, state: ReviewState, columns: number): Page {
  if (state.stack.at(-2)?.screen === 'case') {
    const index = caseAt(model, state)!;
    const body = model.wrapped(`case ${index}`, columns, () => model.diff(index, 'whole'));
    return { heading: line(`${model.cases[index]!.change.name}, whole`), body, cursor: null };
  }
  const cause = model.causes[state.cause]!;
  const body = model.wrapped(`cause ${state.cause}`, columns, () => [
    ...consequenceLines(model, cause.cases),
    ...cause.cases.flatMap((index) => [
      line(''),
      line(span(model.cases[index]!.change.name, 'strong')),
      ...model.diff(index, 'short'),
    ]),
  ]);
  return { heading: line(`${cause.label}, whole`), body, cursor: null };
}

const WAS = {
  changed: 'changed',
  missing: 'new: it has no golden file yet',
  damaged: 'its golden file is damaged',
  orphaned: 'gone: no record of it is replayed any more',
} as const;

function markSpan(mark: Mark | undefined): Span {
  if (mark === undefined) return span('          ');
  return span(mark.padEnd(10), mark === 'accepted' ? 'added' : mark === 'rejected' ? 'removed' : 'faint');
}

function sizeOf({ cases, count }: ReviewCause): string {
  return `${countCases(cases.length)}, ${count} difference${count === 1 ? '' : 's'}`;
}

/** The consequence in half a line: the first measure that moves. */
function summaryOf(model: ReviewModel, cause: ReviewCause): string {
  const shift = model.shifts(cause.cases)[0];
  if (shift === undefined) return '';
  return ` · ${pathName(shift)} ${shift.measure} ${signed(shift.sum)} in sum, ${signed(shift.worst)} at worst`;
}

/** What accepting these cases would mean. */
function consequenceLines(model: ReviewModel, cases: readonly number[]): Line[] {
  return [
    line(span('If accepted', 'strong')),
    ...shiftLines(model, model.shifts(cases)),
    ...model.rows(cases).lines,
  ];
}

function shiftLines(model: ReviewModel, shifts: readonly DayShift[]): Line[] {
  if (shifts.length === 0) return [line('  day totals do not move')];
  return shifts.map((shift) => {
    const unit = model.measures.find(({ name }) => name === shift.measure)?.unit ?? '';
    const days = shift.days === 1 ? 'on 1 day' : `in sum over ${formatNumber(shift.days)} days`;
    const worst = shift.days === 1 ? '' : `, ${signed(shift.worst)} at worst (${shift.worstCase})`;
    return line(
      `  day totals, ${pathName(shift)} ${shift.measure}: `,
      span(`${signed(shift.sum)} ${unit}`, 'strong'),
      ` ${days}${worst}`,
    );
  });
}

function pathName({ path }: DayShift): string {
  return path === 'v2' ? 'V2' : path;
}

const HELP: readonly Line[] = [
  ['Enter', 'open: cause, case, whole diff'],
  ['b or Esc', 'back'],
  ['up, down', 'move; also k and j, PageUp and PageDown, Home and End'],
  ['a', 'accept the case under the cursor; in the list of causes the whole cause'],
  ['A', 'accept what is left of the cause'],
  ['r, R', 'reject the case, or what is left of the cause: its pending file goes, what is accepted stays'],
  ['s', 'skip: decide later'],
  ['n, p', 'next cause, previous cause'],
  ['o', 'open the whole diff'],
  ['u', 'undo the last decision'],
  ['e', "change the cause's reason"],
  ['q', 'end the review; decisions are on the disk already'],
  ['Ctrl-C', 'the same, with exit code 130'],
  ['', ''],
  ['+ - ~', 'added, removed, changed: accepted on the left, seen now on the right'],
].map(([key = '', what = '']) => line(span(key.padEnd(12), 'strong'), what));
