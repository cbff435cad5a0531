import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RawWrite } from '../capture/raw-write.ts';
import { SAMPLE_HEADER, sampleRecord } from '../sample.fixture.ts';
import { createRedactor } from './redactor.ts';
import type { PrivacyRules } from './rules.ts';

/** Another migration's rules: a shop, since nothing here may know what is being migrated. */
const rules: PrivacyRules = {
  requests: [
    { method: 'POST', path: '/orders' },
    { method: 'DELETE', path: '/orders/{o}' },
  ],
  headers: {
    'idempotency-key': { kind: 'key' },
    'content-type': { kind: 'shape', shape: /^[a-z]+\/[a-z]+/ },
  },
  body: {
    note: { kind: 'text', most: 20 },
    'lines[].name': { kind: 'text' },
    'lines[].count': { kind: 'number', most: 100 },
    gift: { kind: 'boolean' },
    size: { kind: 'word', of: ['S', 'M'] },
    photo: { kind: 'image' },
    key: { kind: 'key' },
  },
  upstreamUrls: ['http://prices.internal/v2/quote'],
  upstream: { 'prices[]': { kind: 'number' }, note: { kind: 'text' } },
  answer: { id: { kind: 'id', prefix: 'o' }, key: { kind: 'key' } },
};

const redactor = createRedactor({ key: 'a key of the tests, 32 bytes long', rules, names: ['山田'] });

const KEY = 'order of taro@example.com';
const raw: RawWrite = {
  id: 'cap-7-000012',
  user: 'taro@example.com',
  atMs: Date.UTC(2025, 8, 1),
  requestKey: hash('sha256', KEY, 'hex'),
  rolloutBucket: 4321,
  request: {
    method: 'POST',
    path: '/orders',
    headers: { 'idempotency-key': KEY, 'content-type': 'application/json; charset=utf-8', cookie: 'sid=1' },
    body: {
      note: '山田さん 090-1234-5678',
      lines: [{ name: 'cup', count: 2, secret: 'x' }, 'loose', { count: 9012345678, name: 17 }],
      gift: true,
      size: 'XXL',
      photo: 'data:image/png;base64,AAAA',
      key: KEY,
      address: 'not listed',
    },
    files: [{ name: 'taro.jpg', mime: 'image/jpeg', sha256: 'ab'.repeat(32), bytes: 10 }],
  },
  upstream: [
    {
      request: { method: 'POST', url: 'https://u:p@prices.example/v2/quote?key=1', body: 'taro' },
      response: {
        status: 200,
        body: '{"note":"mail a@b.example","prices":[1,"2",null,{"x":1}],"id":"taro"}',
      },
      latencyMs: 12.5,
    },
    {
      request: { method: 'GET', url: 'https://geo.example/taro', body: new Uint8Array([1, 2]) },
      response: { status: 500, body: '<p>taro</p>' },
      latencyMs: 3,
    },
    { request: { method: 'GET', url: 'x', body: '' }, response: null, latencyMs: 1 },
  ],
  response: { status: 200, body: { id: 'row-1', key: KEY, name: 'taro' } },
};

describe('a redactor', () => {
  const record = redactor.redactWrite(raw)!;

  it('keeps what the rules list, as what they say, and nothing else', () => {
    expect(record).toEqual({
      id: expect.stringMatching(/^r-[a-p]{24}$/),
      at: '2025-09-01T00:00:00.000Z',
      user: expect.stringMatching(/^u-[a-p]{24}$/),
      request_key: expect.stringMatching(/^k-[a-p]{24}$/),
      rollout_bucket: 4321,
      request: {
        method: 'POST',
        path: '/orders',
        headers: { 'idempotency-key': record.request_key, 'content-type': 'application/json' },
        body: {
          note: expect.stringMatching(/^\[name:[0-9a-f]{8}\] ?$/),
          lines: [{ name: 'cup', count: 2 }, expect.stringMatching(/^\[other:/), { name: 0, count: 101 }],
          gift: true,
          size: expect.stringMatching(/^\[other:/),
          photo: expect.stringMatching(/^img-[a-p]{24}$/),
          key: record.request_key,
        },
        files: [
          {
            name: expect.stringMatching(/^f-[a-p]{24}$/),
            mime: 'image/jpeg',
            sha256: expect.stringMatching(/0{16}$/),
            bytes: 10,
          },
        ],
      },
      upstream: [
        {
          request: {
            method: 'POST',
            url: 'http://prices.internal/v2/quote',
            body_sha256: expect.stringMatching(/0{16}$/),
          },
          response: {
            status: 200,
            body: expect.stringMatching(
              /^\{"prices":\[1,"\[other:[0-9a-f]{8}\]",null,\{\}\],"note":"mail \[mail:[0-9a-f]{8}\]"\}$/,
            ),
          },
          latency_ms: 12.5,
        },
        {
          request: {
            method: 'GET',
            url: expect.stringMatching(/^http:\/\/upstream\.invalid\/\[path:/),
            body_sha256: expect.any(String),
          },
          response: { status: 500, body: expect.stringMatching(/^\[other:[0-9a-f]{8}\]$/) },
          latency_ms: 3,
        },
        { request: expect.anything(), response: null, latency_ms: 1 },
      ],
      response: {
        status: 200,
        body: { id: expect.stringMatching(/^o-[a-p]{24}$/), key: record.request_key },
      },
    });
    expect(JSON.stringify(record)).not.toMatch(/taro|山田|090|sid/);
  });

  it('counts what it took out of texts, by kind', () => {
    const counting = createRedactor({ key: 'a key of the tests, 32 bytes long', rules, names: ['山田'] });
    counting.redactWrite(raw);
    expect(counting.texts).toBe(2);
    expect(Object.fromEntries(counting.found)).toEqual({ name: 1, phone: 1, mail: 1 });
  });

  it('gives a row one pseudonym in the answer and in a later path', () => {
    const deletion = redactor.redactWrite({
      ...raw,
      request: { ...raw.request, method: 'DELETE', path: '/orders/row-1' },
    })!;
    expect(deletion.request.path).toBe(`/orders/${(record.response!.body as { id: string }).id}`);
  });

  it.each([
    ['GET', '/orders'],
    ['POST', '/orders/row-1'],
    ['POST', '/orders?user=taro'],
    ['DELETE', '/orders/'],
    ['POST', '/'],
  ])('leaves %s %s out of a capture, and keeps it in an old recording under a tag', (method, path) => {
    const request = { ...raw.request, method, path };
    expect(redactor.redactWrite({ ...raw, request })).toBeNull();
    const kept = redactor.redactRecord(sampleRecord('taro', 1, { request }), false);
    expect(kept.request.path).toMatch(/^\/\[path:[a-f][0-9a-f]{7}\]$/);
    expect(redactor.redactRecord(kept, true)).toEqual(kept);
  });

  it('keeps ids that only count, and no others', () => {
    const idOf = (id: string): string => redactor.redactRecord({ ...sampleRecord('u', 1), id }, false).id;
    expect([idOf('r0001'), idOf('12')]).toEqual(['r0001', '12']);
    expect(idOf('taro')).toMatch(/^r-[a-p]{24}$/);
    expect(idOf('r09012345678')).toMatch(/^r-[a-p]{24}$/);
  });

  it('believes tags and pseudonyms in a recording that says it is anonymised, and in no other', () => {
    const typed = sampleRecord('u-abcdefghijklmnopabcdefgh', 1, {
      request: { ...raw.request, headers: {}, body: { note: '[phone:a1234567]' }, files: [] },
    });
    const [raws, trusted] = [redactor.redactRecord(typed, false), redactor.redactRecord(typed, true)];
    expect([trusted.user, trusted.request.body]).toEqual([typed.user, typed.request.body]);
    expect(raws.user).not.toBe(typed.user);
    expect(raws.request.body).toEqual({ note: expect.stringMatching(/^\[tag:/) });
  });

  it('says in the header that it is anonymised, scrubs where it came from, and drops what it does not know', () => {
    const header = {
      ...SAMPLE_HEADER,
      anonymised: false,
      source: 'laptop of taro@example.com',
      host: 'taro-laptop',
    };
    const of = { grouped_by: 'user' as const, dropped: { queue_full: 3, 'taro@example.com': 1 } };
    const sample = { share: '10%', seed: 'tel 090-1234-5678' };
    expect(redactor.redactHeader({ ...header, ...of, sample })).toEqual({
      ...SAMPLE_HEADER,
      grouped_by: 'user',
      dropped: { queue_full: 3 },
      sample: { share: '10%', seed: expect.stringMatching(/^tel \[phone:[0-9a-f]{8}\]$/) },
      anonymised: true,
      source: expect.stringMatching(/^laptop of \[mail:[0-9a-f]{8}\]$/),
    });
  });

  it.each([
    [{ body: { 'a..b': { kind: 'text' } } }, '"a..b" is no pattern'],
    [{ body: { 'a[0]': { kind: 'text' } } }, '"a[0]" is no pattern'],
    [{ requests: [{ method: 'GET', path: '/a/{Long}' }] }, '"/a/{Long}" is no path'],
  ])('refuses rules that cannot be understood: %j', (part, reason) => {
    const broken = { ...rules, ...part } as PrivacyRules;
    expect(() => createRedactor({ key: 'a key of the tests, 32 bytes long', rules: broken })).toThrow(reason);
  });

  it('drops keys of every name, also those that objects are born with', () => {
    const body = JSON.parse('{"__proto__":{"note":"x"},"constructor":"y","toString":1,"note":"ok"}');
    const kept = redactor.redactRecord(sampleRecord('u', 1, { request: { ...raw.request, body } }), false);
    expect(JSON.stringify(kept.request.body)).toBe('{"note":"ok"}');
  });
});
