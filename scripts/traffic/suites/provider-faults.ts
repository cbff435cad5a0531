/**
 * `provider-faults`: everything that goes wrong between the service and its provider, recovered from or not. Where
 * it is not, the dictionary answers from the message, or offers a generic meal that counts nothing.
 */
import { noAnswer, spoken } from '../answers.ts';
import type { PlannedAnswer, PlannedStep } from '../plan.ts';
import { answer, item, somebody, SuiteScript } from '../script.ts';
import type { Suite } from './suite.ts';

const TOKYO = 540;

const status = (code: number, body: string, latencyMs = 120): PlannedAnswer => ({
  answer: { status: code, body },
  latencyMs,
});
const text = (body: string, latencyMs = 900): PlannedAnswer => status(200, body, latencyMs);

function steps(): readonly PlannedStep[] {
  const script = new SuiteScript('provider-faults');
  const ja = somebody('u-kaede', 'ja', TOKYO);
  const en = somebody('u-liam', 'en', TOKYO);

  const rice = answer('ご飯と豚汁', [item('ja', 'ご飯', 150), item('ja', '豚汁', 180)]);
  const toast = answer('toast and egg', [item('en', '食パン', 60), item('en', '卵', 50)]);
  const good = spoken(rice, 1_200);
  const goodToast = spoken(toast, 1_100);
  const half = JSON.stringify(rice).slice(0, 60);

  // Recovered from.
  script.log(ja, '2025-09-01T07:30', 'ご飯と豚汁', [noAnswer(), good]);
  script.log(ja, '2025-09-01T12:30', 'ご飯、豚汁', [noAnswer(), noAnswer(), good]);
  script.log(ja, '2025-09-01T19:30', 'ご飯と豚汁 夕ごはん', [status(429, '{"error":"slow down"}'), good]);
  script.log(ja, '2025-09-02T07:30', '朝：ご飯と豚汁', [
    status(500, ''),
    status(503, '<html>busy</html>'),
    good,
  ]);
  script.log(ja, '2025-09-02T12:30', '昼：ご飯と豚汁', [text(half), good]);
  script.log(ja, '2025-09-02T19:30', '夜ごはん：ご飯と豚汁', [status(429, ''), text('[]'), good]);
  script.log(ja, '2025-09-03T07:30', 'ご飯 豚汁', [spoken(rice, 14_200)]);

  // The dictionary answers from the words.
  script.log(en, '2025-09-01T08:00', '2 eggs and 60 g bread', [noAnswer(), noAnswer(), noAnswer()]);
  script.log(en, '2025-09-01T12:00', 'Lunch: 150 g rice and 80 g salmon', [
    status(500, ''),
    status(500, ''),
    status(502, ''),
  ]);
  script.log(en, '2025-09-01T16:00', 'a banana', [text('{"dish":'), text('not even close')]);
  script.log(en, '2025-09-01T20:00', 'rice and tofu', [
    text(JSON.stringify({ dish: '', confidence: 0, items: [] })),
  ]);
  script.log(ja, '2025-09-03T12:30', 'ご飯150gと納豆1パック、卵1個', [
    status(400, '{"error":"bad request"}'),
  ]);
  script.log(ja, '2025-09-03T19:30', '牛乳200ml', [status(302, '')]);
  script.log(ja, '2025-09-04T07:30', 'りんご2個とヨーグルト', [
    status(429, ''),
    status(429, ''),
    status(429, ''),
  ]);
  script.log(ja, '2025-09-04T12:30', 'ご飯と鮭', [text('null'), noAnswer(), text('{}')]);

  // Answers that parse and are still not to be believed.
  script.log(en, '2025-09-02T08:00', 'milk 200 g', [
    invalid({ confidence: 90 }),
    invalid({ confidence: 90 }),
  ]);
  script.log(en, '2025-09-02T12:00', 'rice 150 g', [
    invalid({ items: [{ name: 'rice', calories: -5 }] }),
    goodToast,
  ]);
  script.log(en, '2025-09-02T16:00', 'an apple', [
    invalid({ items: [{ name: 'apple', calories: 'many' }] }),
    invalid({ items: 7 }),
  ]);
  script.log(en, '2025-09-02T20:00', 'tofu 200 g', [
    invalid({ items: Array(65).fill({ name: 'tofu' }) }),
    noAnswer(),
    goodToast,
  ]);

  // Nothing to fall back on: a generic meal is offered and counts nothing.
  script.log(en, '2025-09-03T08:00', 'the usual', [noAnswer(), noAnswer(), noAnswer()]);
  script.log(ja, '2025-09-04T19:30', null, [status(500, ''), status(500, ''), status(500, '')], {
    files: [script.photo('IMG_0101.jpg')],
  });
  return script.steps;

  function invalid(change: object): PlannedAnswer {
    return text(JSON.stringify({ dish: 'x', confidence: 0.5, items: [], ...change }));
  }
}

export const providerFaults: Suite = { name: 'provider-faults', tzOffsetMinutes: TOKYO, steps };
