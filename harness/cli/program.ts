/**
 * The command line as a whole: global options, the list of commands, help, and what a mistyped line is answered.
 * Apart from `main.ts` so that tests run it on a shell of their own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, GolemError } from '../errors.ts';
import { COMMANDS, type CommandContext } from './commands.ts';
import { redactCommandLine } from './redact.ts';
import { type GlobalOptions, type Shell, textWidth } from './shell.ts';

const AFTER_HELP = `
Examples:
  $ golem gate                        everything the config names, as CI runs it
  $ golem gate everyday --verbose     one suite, every check shown
  $ golem replay sample.ndjson --flags DUAL_WRITE_V2=10%

Exit codes:
  0 pass   1 fail   2 inconclusive   64 usage or configuration   65 bad input data
  69 something outside is unavailable   70 golem's own fault   130 interrupted`;

/** Runs the command that the shell's arguments name; resolves to the exit code, rejects with what went wrong. */
export async function runCommandLine(shell: Shell): Promise<number> {
  let exit: number = EXIT.pass;
  const program = new Command('golem');
  const context: CommandContext = {
    shell,
    globals: () => readGlobals(program),
    finish: (code) => {
      exit = code;
    },
  };
  describeProgram(program, shell);
  for (const { name, summary } of COMMANDS) program.command(name).summary(summary);
  program.hook('preSubcommand', async (_, command) => {
    const define = await COMMANDS.find(({ name }) => name === command.name())?.load();
    define?.(command, context);
  });
  try {
    await program.parseAsync(helpLast(shell.args), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.pass;
    // Help that stands in for a missing command was printed already, to standard error.
    if (error.code === 'commander.help') return EXIT.usage;
    throw usageError(error, program, shell.args);
  }
  return exit;
}

function describeProgram(program: Command, shell: Shell): void {
  program
    .description(
      'Replays recorded traffic through the legacy and the V2 write path of a migration, compares what each leaves ' +
        'behind, and says pass or fail.',
    )
    .version(golemVersion(), '--version', 'print the version')
    .option('--config <file>', 'the config to use (default: golem.config.ts, .js or .mjs in this folder)')
    .option('--debug', 'add stack traces to errors')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .helpOption('--help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', AFTER_HELP)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => shell.stdout.write(text),
      writeErr: (text) => shell.stderr.write(text),
      // Errors reach the reader once, as golem's own line.
      outputError: () => undefined,
      getOutHelpWidth: () => textWidth(shell.stdout, shell.env),
      getErrHelpWidth: () => textWidth(shell.stderr, shell.env),
    });
}

/** `golem help gate` and `golem --help gate` are `golem gate --help`, which knows the command's own options. */
function helpLast(args: readonly string[]): string[] {
  const [first, ...rest] = args;
  if (first !== 'help' && first !== '--help') return [...args];
  const isKnown = rest.length === 0 || COMMANDS.some(({ name }) => name === rest[0]);
  return isKnown ? [...rest, '--help'] : rest;
}

function readGlobals(program: Command): GlobalOptions {
  const { config, debug, color } = program.opts<{ config?: string; debug?: boolean; color: boolean }>();
  return { config: config ?? null, debug: debug ?? false, color };
}

/** Commander's complaint as golem's one line, with its suggestion and the help to look at. */
function usageError(error: CommanderError, program: Command, args: readonly string[]): GolemError {
  const reason = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, ', did you mean $1')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');
  let named = program;
  for (const arg of args) named = named.commands.find((one) => one.name() === arg) ?? named;
  return new GolemError({
    kind: 'usage',
    verb: 'run',
    subject: redactCommandLine(args),
    reason,
    next: `${commandPath(named)} --help`,
  });
}

/** The command as it is typed, such as `golem golden accept`. */
function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}

/** The version in golem's own package.json: two folders up in the repository, three in the built package. */
export function golemVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    const url = new URL(up, import.meta.url);
    if (existsSync(url)) return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
  }
  throw new Error('golem has lost its package.json');
}
