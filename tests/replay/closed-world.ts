/**
 * Replays a recording in a process whose clock, chance and network are taken away, then again with a write service
 * that reaches for each of them in turn, as a path must not: `node closed-world.ts <recording>` prints what came of
 * it as JSON. A program of its own because the test runner needs its clock.
 */
import childProcess from 'node:child_process';
import crypto, { randomBytes } from 'node:crypto';
import dns from 'node:dns';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import type { GolemConfig } from '../../harness/config.ts';
import type { WriteService } from '../../harness/migration.ts';
import { config as real } from '../../golem.config.ts';
import { runReplay } from '../../harness/run/replay.ts';
import { renderJson } from '../../harness/report/json.ts';
import { REPOSITORY } from '../temporary-project.ts';

/** What was reached for since this was last emptied, each once. */
const reached = new Set<string>();

/** Puts a refusal in the place of each of these members. */
function takeAway(what: string, owner: object, ...names: readonly string[]): void {
  for (const name of names) {
    if (!(name in owner)) throw new Error(`there is no ${name} to take away`);
    Object.defineProperty(owner, name, { value: refusal(what), configurable: true, writable: true });
  }
}

function refusal(what: string): () => never {
  return () => {
    reached.add(what);
    throw new Error(`a replay reached for ${what}`);
  };
}

/** Takes away real time, chance and every way out. */
function closeTheWorld(): void {
  const RealDate = Date;
  const refuseNow = refusal('the clock');
  takeAway('the clock', RealDate, 'now');
  globalThis.Date = new Proxy(RealDate, {
    apply: () => refuseNow(),
    construct: (target, args, as) => (args.length === 0 ? refuseNow() : Reflect.construct(target, args, as)),
  });
  takeAway('the clock', performance, 'now');
  takeAway('the clock', process.hrtime, 'bigint');
  takeAway('a timer', globalThis, 'setTimeout', 'setInterval');
  takeAway('chance', Math, 'random');
  takeAway('chance', crypto, 'randomUUID', 'randomBytes', 'randomInt', 'randomFillSync');
  takeAway('chance', globalThis.crypto, 'getRandomValues', 'randomUUID');
  takeAway('the network', globalThis, 'fetch', 'WebSocket');
  takeAway('the network', net.Socket.prototype, 'connect');
  takeAway('the network', net, 'connect', 'createConnection');
  takeAway('the network', tls, 'connect');
  takeAway('the network', http, 'request', 'get');
  takeAway('the network', dns, 'lookup');
  takeAway('a process', childProcess, 'spawn', 'execFileSync');
  syncBuiltinESMExports();
}

/** What a write path must not do, and what that reaches for. */
const HABITS: readonly (readonly [string, string, () => unknown])[] = [
  ['Date.now()', 'the clock', () => Date.now()],
  ['new Date()', 'the clock', () => new Date()],
  ['Date()', 'the clock', () => Date()],
  ['performance.now()', 'the clock', () => performance.now()],
  ['process.hrtime.bigint()', 'the clock', () => process.hrtime.bigint()],
  ['setTimeout()', 'a timer', () => new Promise((go) => setTimeout(go, 1))],
  ['Math.random()', 'chance', () => Math.random()],
  ['crypto.randomUUID()', 'chance', () => crypto.randomUUID()],
  ['randomBytes() by name', 'chance', () => randomBytes(1)],
  ['getRandomValues()', 'chance', () => globalThis.crypto.getRandomValues(new Uint8Array(1))],
  ['fetch()', 'the network', () => fetch('http://127.0.0.1:9')],
  ['http.get()', 'the network', () => http.get('http://127.0.0.1:9')],
  ['net.connect()', 'the network', () => net.connect(9, '127.0.0.1')],
  ['new Socket().connect()', 'the network', () => new net.Socket().connect(9, '127.0.0.1')],
  ['tls.connect()', 'the network', () => tls.connect(9, '127.0.0.1')],
];

const config = real as unknown as GolemConfig;

/** The real migration, its service given a habit. */
function withHabit(habit: () => unknown): GolemConfig {
  const { migration } = config;
  const createService = (environment: Parameters<typeof migration.createService>[0]): WriteService => {
    const service = migration.createService(environment);
    return {
      async write(write) {
        await habit();
        return service.write(write);
      },
    };
  };
  return { ...config, migration: { ...migration, createService } };
}

const [recording = ''] = process.argv.slice(2);

/** The report's bytes, or why there is none; what was reached for on the way is in `reached`. */
async function replayed(under: GolemConfig): Promise<string> {
  reached.clear();
  try {
    const report = await runReplay({
      config: under,
      root: REPOSITORY,
      recordings: [recording],
      flags: under.settings.full,
      store: { kind: 'memory' },
      seed: under.seed,
      onBadLine: 'fail',
    });
    return renderJson(report);
  } catch (error) {
    return String(error);
  }
}

const open = await replayed(config);
closeTheWorld();
const closed = await replayed(config);
const reachedByReplay = [...reached];
const habits: { readonly habit: string; readonly expected: string; readonly reached: readonly string[] }[] =
  [];
for (const [habit, expected, reach] of HABITS) {
  await replayed(withHabit(reach));
  habits.push({ habit, expected, reached: [...reached] });
}
process.stdout.write(JSON.stringify({ open, closed, reachedByReplay, habits }));
