import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReducibleWrite } from '../migration.ts';
import { readRecording } from '../recording/read.ts';
import { readAnswer } from './provider/answer.ts';
import type { ProviderAnswer } from './provider/answer-shape.ts';
import { reducer } from './reducer.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

function writeWith(
  answer: object,
  message = 'ramen and rice',
  given: Partial<ReducibleWrite> = {},
): ReducibleWrite {
  return {
    user: 'ann',
    request: {
      method: 'POST',
      path: '/log',
      headers: { 'content-type': 'application/json', 'user-agent': 'x/1' },
      body: { message },
      files: [],
    },
    upstream: [{ response: { status: 200, body: JSON.stringify(answer) }, latencyMs: 700 }],
    ...given,
  };
}

function answerOf(write: ReducibleWrite): ProviderAnswer {
  return JSON.parse(write.upstream.at(-1)?.response?.body ?? 'null') as ProviderAnswer;
}

const ITEMS = [
  { name: 'ramen', amount: 1, unit: 'bowl', calories: 443.4, protein_g: 20, fat_g: 12, carbs_g: 60 },
  { name: 'rice', amount: 150, unit: 'g', calories: 234, protein_g: 3.8, fat_g: 0.5, carbs_g: 55.7 },
];
const MEAL = {
  dish: 'ramen set',
  confidence: 0.87,
  items: ITEMS,
  totals: { calories: 700, protein_g: 24, fat_g: 12.5, carbs_g: 115.7 },
};

/** All that can be made simpler, done. */
function simplest(write: ReducibleWrite): ReducibleWrite {
  let current = write;
  for (let round = 0; ; round++) {
    const simplifications = reducer.simplifications(current)[round];
    if (!simplifications) return current;
    for (const simplify of simplifications) {
      const simpler = simplify(current);
      if (JSON.stringify(simpler).length < JSON.stringify(current).length) current = simpler;
    }
  }
}

describe('a meal made simpler', () => {
  it('keeps by how much totals and items differ when items are left out', () => {
    expect(reducer.parts(writeWith(MEAL))).toBe(2);
    const kept = answerOf(reducer.keep(writeWith(MEAL), [0]));
    expect(kept.items).toEqual([ITEMS[0]]);
    expect(kept.totals).toEqual({ calories: 466, protein_g: 20.2, fat_g: 12, carbs_g: 60 });
  });

  it('may become as little as a name', () => {
    const { request, upstream } = simplest(writeWith(MEAL));
    expect(request.body).toEqual({ message: 'x' });
    expect(request.headers).toEqual({ 'content-type': 'application/json' });
    expect(upstream).toEqual([
      {
        response: {
          status: 200,
          body: JSON.stringify({ dish: '', confidence: 1, items: [{ name: 'x' }, { name: 'x' }] }),
        },
        latencyMs: 0,
      },
    ]);
  });

  it('needs no words beside a picture', () => {
    const file = { name: 'a.jpg', mime: 'image/jpeg', sha256: 'ab', bytes: 3 };
    const write = writeWith(MEAL, 'ramen');
    const pictured = { ...write, request: { ...write.request, files: [file] } };
    const drop = reducer.simplifications(pictured)[0] ?? [];
    const bodies = drop.map((simplify) => simplify(pictured).request);
    expect(bodies.some(({ files, body }) => files.length === 1 && !('message' in (body as object)))).toBe(
      true,
    );
    for (const request of bodies) {
      const { message } = request.body as { message?: string };
      expect(request.files.length > 0 || (message ?? '') !== '').toBe(true);
    }
  });

  it('can do without the calls before the last', () => {
    const call = { response: null, latencyMs: 30_000 };
    const failed = { ...writeWith(MEAL), upstream: [call, call, ...writeWith(MEAL).upstream] };
    expect(simplest(failed).upstream).toHaveLength(1);
    // Without any answer there is nothing inside.
    const none = { ...writeWith(MEAL), upstream: [call] };
    expect([reducer.parts(none), reducer.keep(none, []).upstream]).toEqual([0, [call]]);
  });

  describe('of recorded traffic', () => {
    const writes: ReducibleWrite[] = [];
    beforeAll(async () => {
      for (const suite of ['edges', 'provider-faults']) {
        const { batches } = await readRecording(join(FIXTURES, suite, 'recording.ndjson'));
        for await (const { records } of batches)
          for (const { user, request, upstream } of records)
            writes.push({
              user,
              request,
              upstream: upstream.map(({ response, latency_ms }) => ({ response, latencyMs: latency_ms })),
            });
      }
    });

    it('is still an answer that the provider could have given', () => {
      fc.assert(
        fc.property(fc.nat(), fc.array(fc.nat(), { maxLength: 6 }), fc.boolean(), (at, choices, leaveOut) => {
          let write = writes[at % writes.length]!;
          const wasAnswered = write.upstream.map(
            ({ response }) => response && 'answer' in readAnswer(response.body),
          );
          if (leaveOut && reducer.parts(write) > 0) write = reducer.keep(write, [0]);
          for (const choice of choices) {
            const all = reducer.simplifications(write).flat();
            write = all[choice % all.length]!(write);
          }
          if (wasAnswered.at(-1)) {
            expect(readAnswer(write.upstream.at(-1)?.response?.body ?? '')).toHaveProperty('answer');
          }
          expect(write.upstream.length).toBeLessThanOrEqual(wasAnswered.length);
        }),
      );
    });
  });
});
