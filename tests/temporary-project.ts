/**
 * A copy of this project in a temporary folder, for tests that run the real command and then look at what it said,
 * how it ended and what changed on the disk. A file of its own because many tests break a project in their own way
 * and none may touch the one they stand in.
 */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ran, runGolem } from './cli/run-golem.ts';

/** The project these tests stand in. */
export const REPOSITORY = fileURLToPath(new URL('../', import.meta.url));

export interface ProjectChoice {
  /** Suites of the real config to keep, with their fixtures and golden files. Default: all. */
  readonly suites?: readonly string[];
  /**
   * True for tests that edit the harness. The others get a link to the real one, whose compiled form Node already
   * has, which halves the time of a command.
   */
  readonly ownHarness?: boolean;
}

export interface Project {
  readonly root: string;
  /** Runs golem in the project; `env` is added to a clean environment, `cwd` is relative to the project. */
  golem(args: readonly string[], options?: RunChoice): Promise<Ran>;
  path(file: string): string;
  read(file: string): string;
  bytes(file: string): Uint8Array;
  write(file: string, text: string | Uint8Array): void;
  /** Replaces the one place where `from` stands; throws when it stands nowhere or at several places. */
  edit(file: string, from: string, to: string): void;
  remove(file: string): void;
  exists(file: string): boolean;
  /** Makes the config what `change`, statements on a mutable `config`, turns the real one into. */
  changeConfig(change: string): void;
  /** Every file, folder and link with what it holds and when it was last written, dependencies aside. */
  listing(): readonly string[];
  /** Golden, fixtures, config and an own harness as they were at first; nothing else is left behind. */
  restore(): void;
  dispose(): void;
}

export interface RunChoice {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Looks at what was said so far; returns a signal to send, once. */
  readonly until?: (out: string, err: string) => NodeJS.Signals | null;
}

const CONFIG = 'golem.config.ts';
const WHOLE_CONFIG = 'whole.config.ts';
const COPIED = ['bin', 'package.json', 'tsconfig.json'];

/** Makes a project; call `dispose` when done. */
export function temporaryProject(choice: ProjectChoice = {}): Project {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'golem-project-')));
  const path = (file: string): string => join(root, file);
  const read = (file: string): string => readFileSync(path(file), 'utf8');
  const write = (file: string, text: string | Uint8Array): void => {
    mkdirSync(dirname(path(file)), { recursive: true });
    writeFileSync(path(file), text);
  };
  const changeConfig = (change: string): void => write(CONFIG, configText(choice.suites, change));
  fill(root, choice);
  changeConfig('');
  return {
    root,
    golem: (args, { env, cwd, until } = {}) =>
      runGolem(args, {
        cwd: cwd === undefined ? root : path(cwd),
        launcher: path('bin/golem.js'),
        ...(env && { env }),
        ...(until && { until }),
      }),
    path,
    read,
    bytes: (file) => readFileSync(path(file)),
    write,
    edit(file, from, to) {
      const parts = read(file).split(from);
      if (parts.length !== 2) throw new Error(`"${from}" stands ${parts.length - 1} times in ${file}`);
      write(file, parts.join(to));
    },
    remove(file) {
      rmSync(path(file), { recursive: true });
    },
    exists: (file) => existsSync(path(file)),
    changeConfig,
    listing: () => listing(root),
    restore() {
      for (const name of readdirSync(root)) {
        if (name !== 'node_modules') rmSync(path(name), { recursive: true });
      }
      fill(root, choice);
      changeConfig('');
    },
    dispose() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function fill(root: string, { suites, ownHarness = false }: ProjectChoice): void {
  for (const name of COPIED) cpSync(join(REPOSITORY, name), join(root, name), { recursive: true });
  cpSync(join(REPOSITORY, CONFIG), join(root, WHOLE_CONFIG));
  if (ownHarness) {
    cpSync(join(REPOSITORY, 'harness'), join(root, 'harness'), {
      recursive: true,
      filter: (source) => !source.endsWith('.test.ts'),
    });
  } else {
    symlinkSync(join(REPOSITORY, 'harness'), join(root, 'harness'));
  }
  if (!existsSync(join(root, 'node_modules'))) {
    symlinkSync(realpathSync(join(REPOSITORY, 'node_modules')), join(root, 'node_modules'));
  }
  // What the config names beside harness, fixtures and golden, such as rule files.
  for (const name of ['observability']) {
    if (existsSync(join(REPOSITORY, name)))
      cpSync(join(REPOSITORY, name), join(root, name), { recursive: true });
  }
  for (const kind of ['fixtures', 'golden']) {
    mkdirSync(join(root, kind), { recursive: true });
    for (const name of suites ?? ['']) {
      const from = join(REPOSITORY, kind, name);
      if (!existsSync(from)) continue;
      cpSync(from, join(root, kind, name), {
        recursive: true,
        filter: (source) => !source.endsWith('.pending.json'),
      });
    }
  }
  cpSync(join(REPOSITORY, 'fixtures/maps'), join(root, 'fixtures/maps'), { recursive: true });
}

/** The real config with these suites only, in memory for speed, and changed as asked. */
function configText(suites: readonly string[] | undefined, change: string): string {
  const kept =
    suites === undefined
      ? 'whole.suites'
      : `whole.suites.filter(({ name }) => ${JSON.stringify(suites)}.includes(name))`;
  // What all suites cover together is not to be asked of some of them.
  const uncovered = suites === undefined ? '' : 'delete config.coverage;\n';
  return `import { config as whole } from './${WHOLE_CONFIG}';
export const config: any = { ...whole, store: 'memory', suites: structuredClone(${kept}) };
${uncovered}${change}
`;
}

function listing(root: string): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (name === 'node_modules') continue;
      const { mtimeMs, mode } = lstatSync(join(root, name));
      const what = entry.isSymbolicLink()
        ? readlinkSync(join(root, name))
        : entry.isFile()
          ? digest(join(root, name))
          : '';
      found.push(`${name} ${mode.toString(8)} ${mtimeMs} ${what}`);
      if (entry.isDirectory()) walk(name);
    }
  };
  walk('');
  return found.sort();
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** The last line of a text that ends in a newline. */
export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/** The parts of a report JSON that these tests look at. */
export interface ReportJson {
  readonly verdict: string;
  readonly exit: number;
  readonly summary: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly rows: readonly {
    readonly suite: string;
    readonly check: string;
    readonly expected: string;
    readonly actual: string;
    readonly passed: boolean;
    readonly finding: string;
    readonly remedy: string;
  }[];
  readonly findings: readonly {
    readonly suite: string;
    readonly code: string;
    readonly subject: string;
    readonly detail: string;
    readonly remedy: string;
    readonly file: string;
  }[];
  readonly causes: readonly {
    readonly id: string;
    readonly kind: string;
    readonly label: string;
    readonly count: number;
    readonly subjects: readonly string[];
    readonly remedy: string;
  }[];
}

/** Runs the gate for its JSON; standard output must be nothing else. */
export async function gateReport(
  project: Project,
  args: readonly string[] = [],
  options: RunChoice = {},
): Promise<{ readonly ran: Ran; readonly report: ReportJson }> {
  const ran = await project.golem(['gate', '--json', '-', ...args], options);
  if (ran.out === '') throw new Error(`the gate gave no report, exit ${ran.exit}: ${ran.err}`);
  return { ran, report: JSON.parse(ran.out) as ReportJson };
}

/** Codes of what is red, sorted, each once: those of rows, and of golden findings. */
export function redFindings(report: ReportJson): readonly string[] {
  const codes = [
    ...report.rows.filter(({ passed }) => !passed).map(({ finding }) => finding),
    ...report.findings.map(({ code }) => code),
  ];
  return [...new Set(codes)].sort();
}
