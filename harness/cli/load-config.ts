/**
 * Finds, loads and checks the config, through which alone the harness learns what it replays. The boundary between
 * a file someone wrote and everything that trusts it.
 */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import { configFaults, migrationFaults } from './config-schema.ts';

/** A config that can be trusted, and the folder that its paths are relative to. */
export interface LoadedConfig {
  readonly config: GolemConfig;
  /** Absolute path of the folder the config file stands in. */
  readonly root: string;
  /** Absolute path of the config file, for threads that have to load it themselves. */
  readonly file?: string;
}

const DEFAULT_NAMES = ['golem.config.ts', 'golem.config.js', 'golem.config.mjs'];

/** The config file that is meant, relative to `cwd` or as given; undefined where there is none. */
export function configName(given: string | null, cwd: string): string | undefined {
  return given ?? DEFAULT_NAMES.find((name) => existsSync(resolve(cwd, name)));
}

/**
 * Loads the config at `given` (relative to `cwd`), or the default one in `cwd`. The file exports it as `config` or
 * as its default. Rejects with kind `usage`, naming the path of the first wrong value within the config.
 */
export async function loadConfig(given: string | null, cwd: string): Promise<LoadedConfig> {
  const shown = configName(given, cwd);
  if (shown === undefined) {
    throw new GolemError({
      kind: 'usage',
      verb: 'find',
      subject: 'golem.config.ts',
      reason: 'this folder has no config',
      next: 'golem gate --config path/to/golem.config.ts',
    });
  }
  const path = resolve(cwd, shown);
  const config = await importConfig(path, shown);
  const unsound = migrationFaults(config);
  const trusted = config as GolemConfig;
  const faults = unsound.length > 0 ? unsound : configFaults(config, trusted.migration);
  const [first, ...others] = faults;
  if (first !== undefined) {
    const more = others.map(({ path: at, reason }) => `; also ${at}: ${reason}`).join('');
    throw new GolemError({
      kind: 'usage',
      verb: 'use',
      subject: first.path,
      reason: `${first.reason}${more}`,
      place: { file: shown },
    });
  }
  return { config: trusted, root: dirname(path), file: path };
}

async function importConfig(path: string, shown: string): Promise<unknown> {
  const refuse = (reason: string, cause?: unknown): GolemError =>
    new GolemError({ kind: 'usage', verb: 'load', subject: shown, reason }, { cause });
  if (!existsSync(path)) throw refuse('there is no such file');
  let module: { readonly config?: unknown; readonly default?: unknown };
  try {
    module = await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof GolemError) throw error;
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw refuse(reason.replaceAll(/\s+/g, ' ').replace(/\.$/, ''), error);
  }
  const config = module.config ?? module.default;
  if (config === undefined) throw refuse('it exports no "config"');
  return config;
}
