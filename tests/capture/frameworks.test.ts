/**
 * Capture in real applications, and then what its user wants of it: the file replays whole, and nobody in it can be
 * recognised.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runGolem } from '../cli/run-golem.ts';
import { REPOSITORY } from '../temporary-project.ts';
import { application, post, recordingFile, testFolder } from './application.ts';
import { readBack, replayFiles } from './recorded.ts';

const MEALS = [
  'ラーメン',
  '田中太郎です。カレーライスを食べました',
  'two eggs and toast, call me at 090-1234-5678',
  'rice 150g, Marianne Albrecht',
  '味噌汁とご飯',
  'oatmeal with milk, mail me: marianne.albrecht@example.com',
  '電話は03-1234-5678です。うどん',
  'grilled salmon 120g',
] as const;
const PERSONAL = [
  '田中太郎',
  '090-1234-5678',
  'Marianne',
  'Albrecht',
  'example.com',
  '03-1234-5678',
  'person-',
];

function picture(message: string | null, bytes: number): FormData {
  const form = new FormData();
  if (message !== null) form.append('message', message);
  form.append('image', new File([new Uint8Array(bytes).fill(7)], '田中太郎.jpg', { type: 'image/jpeg' }));
  return form;
}

describe.each([
  ['http', 'undici'],
  ['express', 'undici'],
  ['fastify', 'undici'],
  ['http', 'fetch'],
  ['express', 'fetch'],
  ['fastify', 'fetch'],
] as const)('ten meals in %s, the provider asked by %s', (framework, client) => {
  it('are in the file, replay whole, and name nobody', async () => {
    const [app, capture] = await application(framework, client);
    const answers: unknown[] = [];
    for (const [index, message] of MEALS.entries()) {
      const { status, body } = await post(app.url, `person-${index % 3}`, JSON.stringify({ message }));
      expect(status).toBe(200);
      answers.push(body.dish);
    }
    expect((await post(app.url, 'person-1', picture('call 090-1234-5678', 300_000))).status).toBe(200);
    expect((await post(app.url, 'person-2', picture(null, 3))).status).toBe(200);
    const stats = await capture.close();
    expect(stats).toMatchObject({ captured: 10, dropped: {}, lateCalls: 0, inFlight: 0, queued: 0 });

    const file = recordingFile();
    const { header, records } = await readBack(file);
    expect(header).toMatchObject({ env: 'prod', anonymised: true, simulated: false });
    expect(records).toHaveLength(10);
    expect(records.map(({ upstream }) => upstream.length)).toEqual(Array(10).fill(1));
    expect(records.map(({ response }) => (response!.body as { dish: string }).dish)).toEqual([
      ...answers,
      'rice',
      'rice',
    ]);
    // Pictures are their size and a keyed digest.
    expect(records.flatMap(({ request }) => request.files).map(({ bytes }) => bytes)).toEqual([300_000, 3]);
    expect(new Set(records.map(({ user }) => user)).size).toBe(3);
    const text = readFileSync(file, 'utf8');
    for (const personal of PERSONAL) expect(text).not.toContain(personal);

    const check = ['anonymise', '--check', file, '--config', join(REPOSITORY, 'golem.config.ts')];
    expect(await runGolem(check, { cwd: testFolder() })).toMatchObject({ exit: 0, err: '' });
    const ran = await replayFiles([file], testFolder());
    expect(ran.out).toContain('10 records, 3 users');
    expect(ran.out).toContain(', 0 skipped');
    expect(ran.exit).toBe(0);
  });
});
