/**
 * Every command by name, with the line that `golem --help` shows. The modules behind them are loaded only when
 * their command runs, so that help and a usage error need none of the harness.
 */
import type { Command } from 'commander';
import type { GlobalOptions, Shell } from './shell.ts';

/** What a command's action gets besides its own options. */
export interface CommandContext {
  readonly shell: Shell;
  /** The options common to all commands; call it inside the action, after parsing. */
  globals(): GlobalOptions;
  /** Hands back the exit code. */
  finish(exit: number): void;
}

/** Adds a command's arguments, options, help and action to the empty command of its name. */
export type DefineCommand = (command: Command, context: CommandContext) => void;

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<DefineCommand>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'gate',
    summary: 'replay the suites of the config, compare with golden, judge',
    load: async () => (await import('./gate.ts')).defineGate,
  },
  {
    name: 'replay',
    summary: 'replay recordings under given flags and judge what would change',
    load: async () => (await import('./replay.ts')).defineReplay,
  },
  {
    name: 'merge',
    summary: 'one report of the tallies that the shards of a replay left',
    load: async () => (await import('./merge.ts')).defineMerge,
  },
  {
    name: 'explain',
    summary: 'why the two outcomes of a write or a day differ, stage by stage',
    load: async () => (await import('./explain.ts')).defineExplain,
  },
  {
    name: 'golden',
    summary: 'see, accept or clear away changed outcomes',
    load: async () => (await import('./golden.ts')).defineGolden,
  },
  {
    name: 'alerts',
    summary: 'the alerts production would raise over a recording, and whether its rules are sound',
    load: async () => (await import('./alerts.ts')).defineAlerts,
  },
  {
    name: 'import',
    summary: 'turn files of another format into a recording',
    load: async () => (await import('./import.ts')).defineImport,
  },
  {
    name: 'recordings',
    summary: 'what recordings cover: guards, words, hours, sizes, users and days',
    load: async () => (await import('./recordings.ts')).defineRecordings,
  },
  {
    name: 'record',
    summary: 'record a service from outside, as a reverse proxy',
    load: async () => (await import('./record.ts')).defineRecord,
  },
  {
    name: 'shrink',
    summary: 'the smallest recording that still shows a breach, an alert or a changed case',
    load: async () => (await import('./shrink.ts')).defineShrink,
  },
  {
    name: 'anonymise',
    summary: 'take everything personal out of a recording, or look for what still is',
    load: async () => (await import('./anonymise.ts')).defineAnonymise,
  },
  {
    name: 'worker',
    summary: 'replay parts for whoever asks a fleet to',
    load: async () => (await import('./worker.ts')).defineWorker,
  },
  {
    name: 'serve',
    summary: 'run the reference service',
    load: async () => (await import('./serve.ts')).defineServe,
  },
];
