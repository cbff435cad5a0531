/**
 * What a command may see of the process: arguments, environment, folder, streams, clock. A type of its own, so that
 * every command runs in a test as it runs in a terminal, and only `main.ts` touches the real process.
 */

/** A stream to write text to, with what is known of the terminal behind it. */
export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in columns; null when there is no terminal. */
  readonly columns: number | null;
}

export interface Shell {
  /** Arguments after the command's own name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Milliseconds from an arbitrary start, for progress lines only. */
  elapsedMs(): number;
  /**
   * Says what an interruption does to the running command: the handler's exit code becomes golem's. Without one an
   * interruption ends the run at once with 130.
   */
  onInterrupt(handler: () => Promise<number>): void;
}

/** Options that stand before or after any command. */
export interface GlobalOptions {
  /** Path of the config file as given; null for the default in the working directory. */
  readonly config: string | null;
  readonly debug: boolean;
  /** False when `--no-color` was given. */
  readonly color: boolean;
}

/** True where a build server runs the command: there nothing that is accepted may be written. */
export function isContinuousIntegration(env: Shell['env']): boolean {
  const value = env.CI ?? '';
  return value !== '' && value !== '0' && value.toLowerCase() !== 'false';
}

/**
 * Whether to colour what goes to `output`: never under `--no-color` or a non-empty NO_COLOR (no-color.org), always
 * under FORCE_COLOR, else where a terminal that knows colours reads it.
 */
export function wantsColor(output: Output, env: Shell['env'], options: GlobalOptions): boolean {
  if (!options.color || (env.NO_COLOR ?? '') !== '') return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return output.isTerminal && env.TERM !== 'dumb';
}

/** Columns to lay text out in: the terminal's, else COLUMNS, else 80; between 40 and 120, beyond which lines tire. */
export function textWidth(output: Output, env: Shell['env']): number {
  const told = Number.parseInt(env.COLUMNS ?? '', 10);
  const width = output.columns ?? (Number.isNaN(told) ? 80 : told);
  return Math.min(120, Math.max(40, width));
}
