/**
 * The reference service in a process of its own, with or without capture before and behind it, for the bench of what
 * capture costs. It says where it listens and ends when its standard input does.
 *
 *   node scripts/bench/capture-service.ts PROVIDER_URL STORE FOLDER|-
 */
import { randomIds, systemClock } from '../../harness/cli/system.ts';
import { mealLog } from '../../harness/meal-log/index.ts';
import { captureWrites } from '../../harness/recording/capture/index.ts';

const [providerUrl = '', storeKind = 'pglite', folder = '-'] = process.argv.slice(2);
const capture =
  folder === '-'
    ? null
    : captureWrites({
        migration: mealLog,
        to: folder,
        user: 'x-user-id',
        env: 'local',
        // Made up: the bench is about the cost of pseudonyms, not about their secrecy.
        key: 'bench-0123456789-abcdef',
      });
const store = await mealLog.openStore({ kind: storeKind as 'memory' | 'pglite' }, 'replay');
const server = await mealLog.serve({
  host: '127.0.0.1',
  port: 0,
  store,
  environment: { NUTRITION_PROVIDER_URL: providerUrl, APP_ENV: 'local' },
  clock: systemClock,
  ids: randomIds,
  log: (line) => process.stderr.write(`${line}\n`),
  ...(capture === null
    ? {}
    : {
        watch: {
          handler: capture.handler,
          upstream: (url, as) => capture.interceptorFor([{ url, as }]),
        },
      }),
});
console.log(JSON.stringify({ url: server.url }));
process.stdin.resume();
process.stdin.on('end', async () => {
  await server.close();
  const stats = await capture?.close();
  await store.close();
  console.log(JSON.stringify({ captured: stats?.captured ?? 0, dropped: stats?.dropped ?? {} }));
});
