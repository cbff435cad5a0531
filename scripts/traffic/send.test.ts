import { expect, test } from 'vitest';
import type { RecordedWrite } from '../../harness/recording/format.ts';
import { memoryStore } from '../../harness/meal-log/store/memory.ts';
import { generateSuite, generateVolume } from './generate.ts';
import type { PlannedLog } from './plan.ts';
import { openInProcessSender, openNetworkSender, type Sender } from './send.ts';
import { SUITES } from './suites/index.ts';

async function collect(records: AsyncIterable<RecordedWrite>): Promise<RecordedWrite[]> {
  const all: RecordedWrite[] = [];
  for await (const record of records) all.push(record);
  return all;
}

test('records the same 1,000 writes over the network and in-process', async () => {
  const options = { seed: 'equal', users: 13, days: 26, firstDate: '2025-09-01', tzOffsetMinutes: 540 };
  const overNetwork = generateVolume(options, false);
  const inProcess = generateVolume(options, true);
  expect(overNetwork.header).toEqual(inProcess.header);
  const records = await collect(overNetwork.records);
  expect(records.length).toBeGreaterThanOrEqual(1_000);
  expect(records).toEqual(await collect(inProcess.records));
}, 30_000);

test.each(['edges', 'retries', 'provider-faults'])(
  'records %s alike over the network and in-process',
  async (name) => {
    const suite = SUITES.find((candidate) => candidate.name === name)!;
    const overNetwork = await collect(generateSuite(suite, false).records);
    expect(overNetwork).toEqual(await collect(generateSuite(suite, true).records));
  },
);

const log: PlannedLog = {
  kind: 'log',
  id: 'r0001',
  user: 'u1',
  atMs: Date.parse('2025-09-01T03:00:00.000Z'),
  headers: { 'idempotency-key': 'k' },
  body: { message: 'rice' },
  files: [],
  answers: [],
};
const good = {
  answer: { status: 200, body: '{"dish":"x","confidence":1,"items":[{"name":"x"}]}' },
  latencyMs: 5,
};

const DOORS: readonly (readonly [string, () => Promise<Sender>])[] = [
  ['over the network', () => openNetworkSender(sendOptions())],
  ['in-process', async () => openInProcessSender(sendOptions())],
];
const sendOptions = () => ({ store: memoryStore(), seed: 's', tzOffsetMinutes: 0 });

test.each(DOORS)('stops %s when an answer was planned that nobody asks for', async (_where, open) => {
  const sender = await open();
  await expect(sender.send([{ ...log, answers: [good, good] }])).rejects.toThrow(
    '1 planned answers were never asked for',
  );
  await sender.close();
});

test.each(DOORS)('stops %s when a deletion names nothing that was stored', async (_where, open) => {
  const sender = await open();
  const deletion = {
    kind: 'deletion',
    id: 'r0002',
    user: 'u1',
    atMs: log.atMs,
    headers: {},
    of: 'r0001',
  } as const;
  await expect(sender.send([deletion])).rejects.toThrow('r0001 stored nothing that could be deleted');
  await sender.close();
});

test.each(DOORS)('stops %s when the service refuses the request', async (_where, open) => {
  const sender = await open();
  await expect(sender.send([{ ...log, body: {}, answers: [] }])).rejects.toThrow(
    /message or an image|refused/,
  );
  await sender.close();
});

test.each(DOORS)('stops %s when the provider is asked more often than planned', async (_where, open) => {
  const sender = await open();
  await expect(sender.send([{ ...log, answers: [] }])).rejects.toThrow('more often than planned');
  await sender.close();
});
