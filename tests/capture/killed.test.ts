/** What is left of a recording when its process is killed, or ends without a word. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRecording } from '../../harness/recording/read.ts';
import { REPOSITORY } from '../temporary-project.ts';
import { startGolem } from './commands.ts';
import { type Running, startProvider } from './meal-apps.ts';
import { filesIn, readBack, replayFiles } from './recorded.ts';

let folder = '';
let provider: Running;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'golem-killed-'));
  provider = await startProvider();
});
afterEach(async () => {
  await provider.close();
  rmSync(folder, { recursive: true });
});

const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean);

it('a service killed under load leaves a recording that is readable up to its last whole line', async () => {
  const serve = ['serve', '--listen', '127.0.0.1:0', '--store', 'memory', '--verbatim'];
  const golem = await startGolem([...serve, '--record', 'served.ndjson'], {
    cwd: folder,
    env: { NUTRITION_PROVIDER_URL: provider.url, APP_ENV: 'prod' },
  });
  let sending = true;
  const senders = [1, 2, 3].map(async (user) => {
    for (let n = 0; sending; n++)
      await fetch(`${golem.urls[0]}/log`, {
        method: 'POST',
        headers: { 'x-user-id': `u${user}`, 'content-type': 'application/json' },
        body: JSON.stringify({ message: `rice ${n}` }),
      }).then(
        (answer) => answer.text(),
        () => undefined,
      );
  });
  await expect
    .poll(() => filesIn(folder).map((file) => lines(file).length)[0] ?? 0, { timeout: 10_000 })
    .toBeGreaterThan(20);
  expect(await golem.stop('SIGKILL')).toBeNull();
  sending = false;
  await Promise.all(senders);

  const [part = '', ...others] = filesIn(folder);
  expect(others).toEqual([]);
  expect(part).toMatch(/\/served\.ndjson\.[0-9a-f]{8}\.part$/);
  const whole = lines(part).length - 1;
  expect((await readBack(part)).records).toHaveLength(whole);

  // A kill may also hit between two halves of a line.
  appendFileSync(part, '{"id":"r1","at":"2025-09-01T07:30:0');
  const cut = await replayFiles([part], folder);
  expect(cut.exit).toBe(65);
  expect(cut.err).toContain(`.part:${whole + 2}:`);
  expect(cut.err).toContain('the file is truncated, its last line breaks off');
  expect(cut.err).toMatch(/Run: golem replay \S+\.part --on-bad-line skip/);
  // With that option all whole lines are read and the broken one is counted.
  const skipping = await readRecording(part, { onBadLine: 'skip' });
  let read = 0;
  for await (const { records } of skipping.batches) read += records.length;
  expect([read, skipping.badLines().count]).toEqual([whole, 1]);
});

it('a process that ends without closing its capture leaves what it had recorded', async () => {
  writeFileSync(
    join(folder, 'service.mjs'),
    `import { createServer } from 'node:http';
     import { captureWrites } from '${REPOSITORY}harness/recording/capture/index.ts';
     import { mealLog } from '${REPOSITORY}harness/meal-log/index.ts';
     const capture = captureWrites({
       migration: mealLog, to: 'left.ndjson', user: 'x-user-id', key: 'a-key-for-tests-0123456789', env: 'prod',
     });
     const server = createServer(capture.handler((incoming, outgoing) => {
       incoming.resume().on('end', () => outgoing.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
     })).listen(0, '127.0.0.1', async () => {
       const url = 'http://127.0.0.1:' + server.address().port + '/log';
       for (let n = 0; n < 5; n++)
         await (await fetch(url, {
           method: 'POST',
           headers: { 'x-user-id': 'u1', 'content-type': 'application/json' },
           body: JSON.stringify({ message: 'rice ' + n }),
         })).text();
       setTimeout(() => process.exit(3), 300);
     });`,
  );
  const ran = spawnSync(process.execPath, ['service.mjs'], { cwd: folder, encoding: 'utf8' });
  expect([ran.status, ran.stderr]).toEqual([3, '']);
  const part = filesIn(folder).find((file) => file.endsWith('.part')) ?? '';
  const { header, records } = await readBack(part);
  expect(records).toHaveLength(5);
  expect(header.anonymised).toBe(true);
  expect(Date.parse(header.captured.to)).toBeGreaterThanOrEqual(Date.parse(records.at(-1)!.at));
});

it('a capture keeps no process alive', () => {
  writeFileSync(
    join(folder, 'service.mjs'),
    `import { captureWrites } from '${REPOSITORY}harness/recording/capture/index.ts';
     import { mealLog } from '${REPOSITORY}harness/meal-log/index.ts';
     captureWrites({ migration: mealLog, to: '${folder}/', user: 'x', key: 'a-key-for-tests-0123456789', env: 'prod' });`,
  );
  const ran = spawnSync(process.execPath, ['service.mjs'], { cwd: folder, encoding: 'utf8', timeout: 8_000 });
  expect([ran.status, ran.stderr]).toEqual([0, '']);
});
