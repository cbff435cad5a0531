/**
 * Which causes a reader sees, and their headings: those of changed outcomes always, those of breaches where a breach
 * is why a check is red. Its own file so that the terminal, GitHub and JUnit say the same.
 */
import type { CauseReport, Report, Row } from './shape.ts';

/** Causes of one kind under their heading. */
export interface CauseBlock {
  readonly kind: CauseReport['kind'];
  /** `47 outcomes changed, 2 causes`. */
  readonly title: string;
  readonly causes: readonly CauseReport[];
}

type Judged = Pick<Report, 'causes' | 'rows' | 'ramp'>;

/**
 * Blocks to show. Causes of breaches are those of suites in which a breach is why a check is red, counted there;
 * `everything` shows those within their limits too, and so does a ramp, in which a breach that leaves a step open makes
 * no check red and has to be explained all the same.
 */
export function causeBlocks({ causes, rows, ramp }: Judged, everything: boolean): readonly CauseBlock[] {
  const isRamp = (ramp?.steps.length ?? 0) > 0;
  const red = new Set(rows.filter((row) => !row.passed && standsForBreaches(row)).map(({ suite }) => suite));
  const golden = causes.filter(({ kind }) => kind === 'golden');
  const breaches = causes.filter(({ kind }) => kind === 'breach');
  return [
    ...block('golden', golden),
    ...block('breach', everything || isRamp ? breaches : breaches.flatMap((cause) => within(cause, red))),
  ];
}

function block(kind: CauseReport['kind'], causes: readonly CauseReport[]): CauseBlock[] {
  return causes.length === 0 ? [] : [{ kind, title: titleOf(kind, causes), causes }];
}

/** The cause as these suites have it; none where they have not. */
function within(cause: CauseReport, suites: ReadonlySet<string>): CauseReport[] {
  const own = Object.entries(cause.suites).filter(([suite]) => suites.has(suite));
  if (own.length === 0) return [];
  const count = own.reduce((sum, [, amount]) => sum + amount.count, 0);
  const expected = own.reduce((sum, [, amount]) => sum + amount.expected, 0);
  const first = cause.subjects[0] ?? '';
  const nearest = cause.subjects.find((subject) => own.some(([suite]) => subject.startsWith(`${suite}/`)));
  const look = nearest === undefined ? cause.look : cause.look.replace(`'${first}'`, `'${nearest}'`);
  return [{ ...cause, count, expected, look, suites: Object.fromEntries(own) }];
}

/** Causes that stand behind one red row. */
export function causesBehind(row: Row, causes: readonly CauseReport[]): readonly CauseReport[] {
  if (row.passed) return [];
  if (row.finding === 'golden') return causes.filter(({ kind }) => kind === 'golden');
  if (!standsForBreaches(row)) return [];
  const field = row.finding.split('/').at(-1) ?? '';
  return causes
    .filter(({ kind, fields }) => kind === 'breach' && fields.includes(field))
    .flatMap((cause) => within(cause, new Set([row.suite])));
}

function standsForBreaches({ finding }: Row): boolean {
  return /^(breach|breach_rate|p95)\//.test(finding);
}

function titleOf(kind: CauseReport['kind'], causes: readonly CauseReport[]): string {
  const count = causes.reduce((sum, cause) => sum + cause.count, 0);
  const number = `${causes.length} cause${causes.length === 1 ? '' : 's'}`;
  const what =
    kind === 'golden'
      ? `outcome${count === 1 ? '' : 's'} changed`
      : `record${count === 1 ? '' : 's'} and running days in breach`;
  return `${grouped(count)} ${what}, ${number}`;
}

/** Causes that the one-line form names. */
const NAMED = 3;

/** A block in one line: `47 outcomes changed, 2 causes: oil absorption (41), unit \`go\` in grams (6)`. */
export function causeSentence({ title, causes }: CauseBlock): string {
  const named = causes.slice(0, NAMED).map(({ label, count }) => `${label} (${grouped(count)})`);
  const more = causes.length - named.length;
  return `${title}: ${[...named, ...(more > 0 ? [`${more} more`] : [])].join(', ')}.`;
}

/** How much of a cause there is: `41`, or `41, of which 6 expected`. */
export function causeSize({ count, expected }: CauseReport): string {
  return expected === 0 ? grouped(count) : `${grouped(count)}, of which ${grouped(expected)} expected`;
}

/** What a cause touches: fields, and how many cases or users. */
export function causeReach({ kind, fields, subjects, users }: CauseReport): string {
  const cases = kind === 'golden' ? [`${subjects.length} case${subjects.length === 1 ? '' : 's'}`] : [];
  if (users !== undefined) cases.push(`${grouped(users)} user${users === 1 ? '' : 's'}`);
  return [...cases, fields.join(', ')].filter((text) => text !== '').join(': ');
}

/** What the ledger covers, in a sentence an entry; empty without a ledger. */
export function expectedLines({ expected }: Pick<Report, 'expected'>): readonly string[] {
  const says = {
    in_use: (covered: number) => `covers ${grouped(covered)} breach${covered === 1 ? '' : 'es'}`,
    unused: () => 'covers nothing',
    expired: () => 'has run out',
    partial: () => 'covers nothing of what was run',
  };
  return expected.map(
    ({ id, owner, reason, expires, covered, state }) =>
      `${id} ${says[state](covered)}, until ${expires}, answered for by ${owner}: ${reason}`,
  );
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
