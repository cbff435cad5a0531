/**
 * A screen of a review fitted into a terminal's rows and columns: title, heading, as much of the body as there is room
 * for, a line for what is asked or was done, and the keys. Pure: the same state and size give the same text.
 */
import { countCases } from './decide.ts';
import { clipLine, type Line, line, lineWidth, paintLine, span } from './lines.ts';
import type { ReviewModel } from './model.ts';
import { bodyRows, FRAME_ROWS, type Page, pageOf } from './pages.ts';
import { countMarks, type Prompt, type ReviewState, type Screen, shownFrame, type Size } from './state.ts';

/** Below this there is no room for a body. */
const SMALLEST: Size = { columns: 20, rows: FRAME_ROWS + 1 };

/** The whole screen: exactly `rows` lines of at most `columns` columns, each at its place, and nothing else touched. */
export function render(model: ReviewModel, state: ReviewState, size: Size, color: boolean): string {
  const lines = screenLines(model, state, size);
  return lines.map((one, row) => `\u001b[${row + 1};1H${paintLine(one, color)}\u001b[K`).join('');
}

/** The lines of a screen, without colours or commands. */
export function screenLines(model: ReviewModel, state: ReviewState, size: Size): readonly Line[] {
  const { columns, rows } = size;
  if (columns < SMALLEST.columns || rows < SMALLEST.rows) return tooSmall(size);
  const page = pageOf(model, state, size);
  const height = bodyRows(size);
  const top = firstRow({ ...page, top: shownFrame(state).top }, size);
  const body = page.body.slice(top, top + height);
  const shown = `${Math.min(top + height, page.body.length)} of ${page.body.length} lines`;
  const lines = [
    filled(titleLine(model, state), columns),
    clipLine(page.heading, columns),
    ...body.map((one) => clipLine(one, columns)),
    ...Array.from({ length: height - body.length }, () => line('')),
    noticeLine(model, state, page.body.length > height ? shown : '', columns),
    keysLine(shownFrame(state).screen, state.prompt, columns),
  ];
  return lines;
}

/** The first line of the body that is shown: where the reader scrolled to, as far as the cursor and the end allow. */
export function firstRow(
  { body, cursor, top }: Pick<Page, 'body' | 'cursor'> & { readonly top: number },
  size: Size,
): number {
  const height = bodyRows(size);
  const last = Math.max(0, body.length - height);
  if (cursor === null) return Math.min(Math.max(0, top), last);
  // The cursor stands in the middle of a long list, so that both of its neighbours are in sight.
  if (cursor.last < height) return 0;
  const middle = cursor.last - Math.floor(height / 2);
  return Math.min(Math.max(0, middle), last);
}

function titleLine(model: ReviewModel, state: ReviewState): Line {
  const { accepted, rejected, left } = countMarks(model, state);
  const done = left === 0 ? 'all decided' : `${left} left`;
  return line(
    span(
      `golden review  ${countCases(model.cases.length)}: ${done}, ${accepted} accepted, ${rejected} rejected`,
      'bar',
    ),
  );
}

/** The title as a bar over the whole width. */
function filled(title: Line, columns: number): Line {
  const clipped = clipLine(title, columns);
  return [...clipped, { text: ' '.repeat(Math.max(0, columns - lineWidth(clipped))), style: 'bar' }];
}

function noticeLine(model: ReviewModel, state: ReviewState, scrolled: string, columns: number): Line {
  const { prompt, notice } = state;
  if (prompt?.kind === 'fewer') {
    const gone = prompt.cases.filter((index) => model.cases[index]!.change.current === null).length;
    return clipLine(
      line(span(`This removes ${countCases(gone)} from golden. Type y to go on.`, 'alarm')),
      columns,
    );
  }
  if (prompt?.kind === 'reason') {
    const { before, after } = prompt.typed;
    const red = model.rows(prompt.cases).turningRed;
    const warning =
      red === 0 ? '' : columns < 50 ? `${red} red! ` : `${red} row${red === 1 ? '' : 's'} would turn red. `;
    const label = columns < 50 ? 'Why? ' : `Why is it right (${countCases(prompt.cases.length)})? `;
    const room = Math.max(1, columns - warning.length - label.length - 1);
    return clipLine(
      line(
        span(warning, 'alarm'),
        span(label, 'strong'),
        ...tail(before, room),
        span('_', 'bar'),
        span(after),
      ),
      columns,
    );
  }
  const { left } = countMarks(model, state);
  const text =
    notice !== '' ? notice : left === 0 ? 'everything is decided: q ends the review, u undoes' : scrolled;
  return clipLine(line(span(text, notice === '' ? 'faint' : 'strong')), columns);
}

/** The end of a text, as much of it as fits. */
function tail(text: string, columns: number): Line {
  let characters = [...text];
  while (characters.length > 0 && lineWidth(line({ text: characters.join(''), style: 'plain' })) > columns)
    characters = characters.slice(1);
  return [{ text: characters.join(''), style: 'plain' }];
}

const KEYS: Readonly<Record<Screen, readonly string[]>> = {
  causes: ['? help', 'q quit', 'Enter cases', 'a accept all', 'r reject all', 'n next', 'o diff', 'u undo'],
  cause: [
    '? help',
    'q quit',
    'a accept',
    'r reject',
    's skip',
    'Enter open',
    'A accept all',
    'n next cause',
    'b back',
    'u undo',
  ],
  case: [
    '? help',
    'q quit',
    'a accept',
    'r reject',
    's skip',
    'n next cause',
    'o whole diff',
    'b back',
    'u undo',
  ],
  diff: ['? help', 'q quit', 'b back', 'a accept', 'r reject', 's skip', 'n next cause'],
  help: ['b back', 'q quit'],
};

/** As many keys as fit; the way to all of them comes first. */
function keysLine(screen: Screen, prompt: Prompt | null, columns: number): Line {
  const keys =
    prompt?.kind === 'reason'
      ? ['Enter accepts', 'Esc leaves it', 'Ctrl-U clears']
      : prompt?.kind === 'fewer'
        ? ['y removes them', 'Esc leaves it']
        : KEYS[screen];
  let text = '';
  for (const key of keys) {
    const next = text === '' ? key : `${text}  ${key}`;
    if (next.length > columns) break;
    text = next;
  }
  return line(span(text, 'faint'));
}

function tooSmall({ columns, rows }: Size): readonly Line[] {
  const text = columns < 20 ? 'too small' : 'the window is too small';
  return Array.from({ length: Math.max(1, rows) }, (_, row) =>
    clipLine(line(row === 0 ? text : ''), Math.max(1, columns)),
  );
}
