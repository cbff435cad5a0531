/**
 * What shrinking did, for a person at a terminal: what is still shown, how little is left, what was written, how to see
 * it again. Apart from the command so that the words can be tested without a replay.
 */
import { plainText, wrapText } from './display-text.ts';
import { counted } from './import-report.ts';
import { decimal } from './page.ts';

export interface ShrinkReport {
  readonly text: string;
  readonly before: { readonly records: number; readonly users: number };
  readonly after: { readonly records: number; readonly users: number; readonly bytes: number };
  readonly replays: number;
  readonly most: number;
  readonly stopped: boolean;
  /** Files written, as a person should see them. */
  readonly files: readonly string[];
  /** Commands that show it again. */
  readonly again: readonly string[];
  /** A line for the config; empty where it needs none. */
  readonly line: string;
  /** What else is to be done or known, a sentence each. */
  readonly notes: readonly string[];
}

const LABEL_WIDTH = 10;

/** Lays the report out at most `width` columns wide; commands and the config's line stay whole, to be copied. */
export function renderShrink(report: ShrinkReport, width: number): string {
  const { before, after, replays, most } = report;
  const left = `${counted(after.records, 'record')} of ${counted(after.users, 'user')}`;
  const lines = [
    ...labelled('shows', report.text, width),
    ...labelled(
      'reduced',
      `${counted(before.records, 'record')} of ${counted(before.users, 'user')} → ${left}, ${counted(after.bytes, 'byte')}`,
      width,
    ),
    ...labelled('replays', `${decimal(replays)} of at most ${decimal(most)}`, width),
    ...report.files.flatMap((file) => whole('wrote', file)),
    ...report.again.flatMap((command) => whole('run', command)),
    ...(report.line === '' ? [] : whole('config', report.line)),
    ...report.notes.flatMap((note) => labelled('note', note, width)),
    `golem: shrunk · ${counted(before.records, 'record')} → ${left} in ${counted(replays, 'replay')}, ` +
      `${report.stopped ? 'stopped at the bound, --max-runs goes on' : 'nothing more can go'}`,
  ];
  return `${lines.join('\n')}\n`;
}

function labelled(label: string, text: string, width: number): string[] {
  return wrapText(plainText(text), width - LABEL_WIDTH).map(
    (line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`,
  );
}

function whole(label: string, text: string): string[] {
  return [`${label.padEnd(LABEL_WIDTH)}${plainText(text)}`];
}
