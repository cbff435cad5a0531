import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RecordedExchange } from '../recording/format.ts';
import { VirtualClock } from './clock.ts';
import { pathOf, RecordedUpstream, UnrecordedRequest } from './upstream.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function exchange(body: string, response: RecordedExchange['response'], latencyMs = 120): RecordedExchange {
  return {
    request: { method: 'POST', url: 'https://a.example/v1/ask', body_sha256: sha256(body) },
    response,
    latency_ms: latencyMs,
  };
}

const ask = (body: string, url = 'https://b.example/v1/ask') => ({ method: 'POST', url, body });

describe('RecordedUpstream', () => {
  it('answers in recorded order and moves the clock by the recorded latency', async () => {
    const clock = new VirtualClock();
    clock.jumpTo(1000);
    const upstream = new RecordedUpstream(clock, true);
    upstream.begin('r1', [
      exchange('q', { status: 429, body: '' }),
      exchange('q', { status: 200, body: 'ok' }, 30),
    ]);
    expect(await upstream.call(ask('q'))).toEqual({ status: 429, body: '' });
    expect(clock.nowMs()).toBe(1120);
    expect(upstream.unused).toBe(1);
    expect(await upstream.call(ask('q'))).toEqual({ status: 200, body: 'ok' });
    expect(clock.nowMs()).toBe(1150);
  });

  it('fails like a time-out where no answer came', async () => {
    const upstream = new RecordedUpstream(new VirtualClock(), true);
    upstream.begin('r1', [exchange('q', null)]);
    await expect(upstream.call(ask('q'))).rejects.toThrow('no answer came');
  });

  it('refuses a request that was never recorded, naming it and its record', async () => {
    const upstream = new RecordedUpstream(new VirtualClock(), true);
    upstream.begin('r7', []);
    const refused = upstream.call(ask('q'));
    await expect(refused).rejects.toBeInstanceOf(UnrecordedRequest);
    await expect(refused).rejects.toThrow(/POST \/v1\/ask.*record r7/);
  });

  it('refuses another body in a verbatim recording and takes it in an anonymised one', async () => {
    const exchanges = [exchange('q', { status: 200, body: '' })];
    const verbatim = new RecordedUpstream(new VirtualClock(), true);
    verbatim.begin('r1', exchanges);
    await expect(verbatim.call(ask('other'))).rejects.toBeInstanceOf(UnrecordedRequest);
    const anonymised = new RecordedUpstream(new VirtualClock(), false);
    anonymised.begin('r1', exchanges);
    await expect(anonymised.call(ask('other'))).resolves.toEqual({ status: 200, body: '' });
  });

  it('refuses another path or method', async () => {
    const upstream = new RecordedUpstream(new VirtualClock(), true);
    upstream.begin('r1', [exchange('q', { status: 200, body: '' })]);
    await expect(upstream.call(ask('q', 'https://a.example/v2/ask'))).rejects.toBeInstanceOf(
      UnrecordedRequest,
    );
    await expect(upstream.call({ ...ask('q'), method: 'PUT' })).rejects.toBeInstanceOf(UnrecordedRequest);
  });
});

describe('pathOf', () => {
  it('leaves out scheme and host', () => {
    expect(pathOf('https://a.example/v1/ask?x=1')).toBe('/v1/ask?x=1');
    expect(pathOf('https://a.example')).toBe('/');
  });
});
