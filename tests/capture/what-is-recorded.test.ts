/** What of an application's traffic is recorded: its writes alone, in an order that can be replayed. */
import { describe, expect, it } from 'vitest';
import { application, post, recordingFile, testFolder } from './application.ts';
import { readBack, replayFiles } from './recorded.ts';

describe.each(['http', 'express', 'fastify'] as const)('capture in %s', (framework) => {
  it('records writes only: no other path, nobody signed out, nothing that was refused', async () => {
    const [app, capture] = await application(framework, 'undici');
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect((await post(app.url, '', JSON.stringify({ message: 'rice' }))).status).toBe(401);
    expect((await post(app.url, 'u1', '{"message":')).status).toBe(400);
    expect((await post(app.url, 'u1', '{}')).status).toBe(400);
    expect((await post(app.url, 'u1', JSON.stringify({ message: 'rice' }))).status).toBe(200);
    const stats = await capture.close();
    expect(stats).toMatchObject({ captured: 1, dropped: {}, passed: { no_user: 1, refused: 2 } });
  });

  it('keeps repeats, twins that race, and deletions replayable', async () => {
    const [app, capture] = await application(framework, 'undici');
    const body = JSON.stringify({ message: 'rice' });
    const twins = await Promise.all([1, 2, 3, 4].map(() => post(app.url, 'u1', body, 'k1')));
    expect(twins.filter((twin) => twin.body.idempotent === false)).toHaveLength(1);
    expect((await post(app.url, 'u1', body, 'k1')).body.idempotent).toBe(true);
    const { logId } = twins[0]!.body;
    const removal = { method: 'DELETE', headers: { 'x-user-id': 'u1' } };
    expect((await fetch(`${app.url}/log/${logId}`, removal)).status).toBe(200);
    expect((await post(app.url, 'u1', body, 'k1')).status).toBe(409);
    await capture.close();

    const file = recordingFile();
    const { records } = await readBack(file);
    // The twin that asked the provider stands first, whichever arrived first.
    expect(records.map(({ upstream }) => upstream.length)).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(records.map(({ response }) => response?.status)).toEqual([200, 200, 200, 200, 200, 200, 409]);
    const ran = await replayFiles([file], testFolder());
    expect(ran.out).toContain('7 records, 1 user');
    expect(ran.out).toContain(', 0 skipped');
  });
});
