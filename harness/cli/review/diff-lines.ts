/**
 * What changed in a case as lines: by record, then by path, accepted on the left and seen now on the right, with a sign
 * for those who see no colours. A file of its own because both the page of a case and the whole diff are made of these.
 */
import { type OutcomeChange, oneLine } from '../../golden/changes.ts';
import { formatNumber } from '../../gate/rows.ts';
import { type Line, line, span } from './lines.ts';

/** Characters of a value that a short diff shows. */
const VALUE_SHOWN = 60;

/** How much of a diff to show: `short` leaves out what only follows from the rest, and cuts long values. */
export type DiffLength = 'short' | 'whole';

/** Lines of a case's changes. */
export function diffLines(changes: readonly OutcomeChange[], length: DiffLength): Line[] {
  const base = changes.filter(({ setting }) => setting === 'base');
  const full = changes.filter(({ setting }) => setting === 'full');
  if (length === 'whole') {
    const under =
      full.length === 0 ? [] : [line(span('under the full flags', 'strong')), ...byRecord(full, length)];
    return [...byRecord(base, length), ...under];
  }
  const own = base.filter(({ side }) => side !== 'derived');
  const shown = own.length > 0 ? own : base.length > 0 ? base : full;
  const rest = [
    ...(shown === own && base.length > own.length
      ? [`${base.length - own.length} that follow from these`]
      : []),
    ...(shown !== full && full.length > 0 ? [`${full.length} under the full flags`] : []),
  ];
  const more = rest.length === 0 ? [] : [line(span(`  and ${rest.join(', ')}: o shows all`, 'faint'))];
  return [...byRecord(shown, length), ...more];
}

function byRecord(changes: readonly OutcomeChange[], length: DiffLength): Line[] {
  return [...Map.groupBy(changes, ({ record }) => record)].flatMap(([record, ofRecord]) => [
    line(span(record === '' ? 'the records as a whole' : `record ${record}`, 'strong')),
    ...(length === 'whole' ? ofRecord.map((change) => changeLine(change, length)) : shortLines(ofRecord)),
  ]);
}

/** The changes of one record, totals first; one that only repeats another, such as a column a total, is counted there. */
function shortLines(changes: readonly OutcomeChange[]): Line[] {
  const ordered = [...changes].sort((a, b) => rank(a) - rank(b));
  const groups = Map.groupBy(ordered, ({ path, kind, accepted, seen }) =>
    JSON.stringify([path.split('/').at(-1), kind, oneLine(accepted), oneLine(seen)]),
  );
  return [...groups.values()].map(([first, ...repeats]) => {
    const shown = changeLine(first!, 'short');
    return repeats.length === 0 ? shown : [...shown, span(` and ${repeats.length} × the same`, 'faint')];
  });
}

function rank({ path }: OutcomeChange): number {
  if (/^(legacy|v2)\/totals/.test(path)) return 0;
  return /^(legacy|v2)\/warnings/.test(path) ? 1 : 2;
}

function changeLine({ path, kind, accepted, seen }: OutcomeChange, length: DiffLength): Line {
  const shown = (value: unknown): string => (length === 'whole' ? oneLine(value) : brief(value));
  const where = path === '' ? 'the record' : path;
  if (kind === 'extra') return line(span(`  + ${where}: `, 'added'), span(shown(seen), 'added'), ' added');
  if (kind === 'missing')
    return line(span(`  - ${where}: `, 'removed'), span(shown(accepted), 'removed'), ' removed');
  const what = kind === 'order' || kind === 'length' ? ` (${kind})` : '';
  const delta = deltaOf(accepted, seen);
  return line(
    span(`  ~ ${where}${what}: `, 'changed'),
    span(shown(accepted), 'removed'),
    ' → ',
    span(shown(seen), 'added'),
    ...(delta === '' ? [] : [span(` (${delta})`, 'faint')]),
  );
}

/** By how much a number moved, signed; empty for anything else. */
function deltaOf(accepted: unknown, seen: unknown): string {
  if (typeof accepted !== 'number' || typeof seen !== 'number') return '';
  return signed(seen - accepted);
}

/** A number with its sign, to six decimals. */
export function signed(value: number): string {
  return value < 0 ? `−${formatNumber(-value)}` : `+${formatNumber(value)}`;
}

function brief(value: unknown): string {
  const characters = [...oneLine(value)];
  if (characters.length <= VALUE_SHOWN) return characters.join('');
  return `${characters.slice(0, VALUE_SHOWN - 1).join('')}…`;
}
