/** `golem record` before `golem serve`, with a stand-in for the provider behind both: then the file is replayed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runGolem } from '../cli/run-golem.ts';
import { REPOSITORY } from '../temporary-project.ts';
import { type LongRunning, startGolem } from './commands.ts';
import { type Running, startProvider } from './meal-apps.ts';
import { filesIn, readBack, replayFiles } from './recorded.ts';

const KEY = { GOLEM_PSEUDONYM_KEY: 'a-key-for-tests-0123456789' };

let folder = '';
let provider: Running;
const running: LongRunning[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'golem-record-'));
  provider = await startProvider();
});
afterEach(async () => {
  for (const golem of running.splice(0).reverse()) await golem.stop('SIGTERM').catch(() => undefined);
  await provider.close();
  rmSync(folder, { recursive: true });
});

async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  addresses = 1,
): Promise<LongRunning> {
  const golem = await startGolem(args, { cwd: folder, env, addresses });
  running.push(golem);
  return golem;
}

const send = (url: string, user: string, message: string): Promise<number> =>
  fetch(`${url}/log`, {
    method: 'POST',
    headers: { 'x-user-id': user, 'content-type': 'application/json' },
    body: JSON.stringify({ message }),
  }).then(async (answer) => {
    await answer.arrayBuffer();
    return answer.status;
  });

describe('golem record', () => {
  it('records a service from outside, its upstream included, so that the file replays whole', async () => {
    // The service must know the proxy's address for its provider, and the proxy the service's: one port is fixed first.
    const free = await startProvider();
    const upstreamPort = new URL(free.url).port;
    await free.close();
    const service = await start(['serve', '--listen', '127.0.0.1:0', '--store', 'memory'], {
      NUTRITION_PROVIDER_URL: `http://127.0.0.1:${upstreamPort}`,
    });
    const proxy = await start(
      [
        ...['record', '--target', service.urls[0] ?? '', '--listen', '127.0.0.1:0'],
        ...['--upstream', `127.0.0.1:${upstreamPort}=${provider.url}`, '--out', 'outside.ndjson'],
      ],
      { ...KEY, APP_ENV: 'prod' },
      2,
    );
    const url = proxy.urls[1] ?? '';
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('meal_log_app_build_info');
    for (let n = 0; n < 6; n++)
      expect(await send(url, `person-${n % 2}`, `rice ${n}, call 090-1234-5678`)).toBe(200);
    expect(await send(url, 'person-1', ' ')).toBe(400);
    expect(await proxy.stop('SIGINT')).toBe(0);
    expect(proxy.out()).toMatch(/golem: recorded · 6 writes, 0 lost, 1 file\n$/);
    expect(proxy.out()).toContain('  not recorded, refused: 1\n');
    expect(proxy.err()).toBe('');

    const file = join(folder, 'outside.ndjson');
    const { header, records } = await readBack(file);
    expect(header).toMatchObject({ source: 'golem record', env: 'prod', anonymised: true });
    expect(records.map(({ upstream }) => upstream.length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(readFileSync(file, 'utf8')).not.toMatch(/person-|090-1234/);
    const ran = await replayFiles([file], folder);
    expect(ran.out).toMatch(/6 records, 2 users, .*, 0 skipped/);
    expect(ran.exit).toBe(0);
  });

  it('ends well when there was nothing to record', async () => {
    mkdirSync(join(folder, 'out'));
    const proxy = await start(
      ['record', '--target', 'http://127.0.0.1:9', '--listen', '127.0.0.1:0', '--out', 'out/'],
      KEY,
    );
    expect((await fetch(`${proxy.urls[0]}/log`)).status).toBe(502);
    expect(await proxy.stop('SIGTERM')).toBe(0);
    expect(proxy.out()).toMatch(/\ngolem: recorded · 0 writes, 0 lost, 0 files\n$/);
    expect(filesIn(join(folder, 'out'))).toEqual([]);
  });
});

describe('golem serve --record', () => {
  it('needs a key or the word that says that nothing is taken out', async () => {
    const config = ['--config', join(REPOSITORY, 'golem.config.ts')];
    const args = ['serve', '--listen', '127.0.0.1:0', '--store', 'memory', '--record', 'a.ndjson'];
    const env = { NUTRITION_PROVIDER_URL: provider.url };
    const refused = await runGolem([...args, ...config], { cwd: folder, env });
    expect(refused.exit).toBe(64);
    expect(refused.err).toMatch(/GOLEM_PSEUDONYM_KEY.* Run: export GOLEM_PSEUDONYM_KEY=/);
    const service = await start([...args, '--verbatim'], env);
    expect(await send(service.urls[0] ?? '', 'u1', 'rice')).toBe(200);
    expect(await service.stop('SIGTERM')).toBe(0);
    expect(service.err()).toContain('golem: stopped serving, 1 write recorded in a.ndjson\n');
    const { header, records } = await readBack(join(folder, 'a.ndjson'));
    expect([header.anonymised, records[0]?.user]).toEqual([false, 'u1']);
    // The provider's real address is configuration; recordings name it as the write paths do.
    expect(records[0]?.upstream[0]?.request.url).toBe('http://provider.internal/v1/analyse');
    expect((await replayFiles([join(folder, 'a.ndjson')], folder)).out).toContain(', 0 skipped');
  });
});
