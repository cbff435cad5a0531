/**
 * `retries`: the same meal sent more than once, by every way a key can be the same: header, body field, automatic
 * key; twins at the same moment; a repeat whose meal is gone; and the trap, the same words on another day.
 */
import { answer, item, somebody, SuiteScript } from '../script.ts';
import type { PlannedStep } from '../plan.ts';
import type { Suite } from './suite.ts';

const TOKYO = 540;

function steps(): readonly PlannedStep[] {
  const script = new SuiteScript('retries');
  const header = somebody('u-header', 'ja', TOKYO);
  const body = somebody('u-body', 'en', TOKYO);
  const auto = somebody('u-auto', 'ja', TOKYO);
  const twin = somebody('u-twin', 'en', TOKYO);
  const gone = somebody('u-gone', 'ja', TOKYO);
  const photo = somebody('u-photo', 'ja', TOKYO);

  const breakfast = answer('納豆ご飯', [
    item('ja', 'ご飯', 150),
    item('ja', '納豆', 40),
    item('ja', '豚汁', 180),
  ]);
  const sandwich = answer('tuna sandwich', [
    item('en', '食パン', 90),
    item('en', 'ツナ', 60),
    item('en', 'レタス', 20),
  ]);
  const milk = answer('牛乳', [item('ja', '牛乳', 200)]);

  // The header decides: repeats within seconds and after a day, then other words under the same key.
  const first = script.log(header, '2025-09-01T07:30', '朝ごはん：ご飯、納豆、豚汁', breakfast, {
    key: 'header-1',
  });
  script.again(first, header, '2025-09-01T07:30:09.250');
  script.again(first, header, '2025-09-01T07:31:40');
  script.log(header, '2025-09-01T12:10', '昼ごはん：ご飯、豚汁', [], { key: 'header-1' });
  script.log(header, '2025-09-01T19:00', '夕ごはん：ご飯、納豆、豚汁', breakfast, { key: 'header-2' });
  script.log(header, '2025-09-02T08:00', '朝ごはん：ご飯、納豆、豚汁', breakfast, { key: 'header-3' });

  // The body's field, and the header above it.
  const lunch = script.log(body, '2025-09-01T12:30', 'Lunch: tuna sandwich', sandwich, {
    key: null,
    bodyKey: 'body-1',
  });
  script.again(lunch, body, '2025-09-01T12:30:04');
  script.log(body, '2025-09-01T12:45', 'Lunch: tuna sandwich', sandwich, {
    key: 'header-9',
    bodyKey: 'body-1',
  });
  script.log(body, '2025-09-01T12:46', 'anything', [], { key: 'header-9', bodyKey: 'body-2' });
  script.log(body, '2025-09-01T13:30', 'Lunch: tuna sandwich', [], { key: null, bodyKey: 'body-1' });

  // Without a key the words are the key: a repeat within the hour, then the same breakfast swallowed on other days.
  const usual = script.log(auto, '2025-09-01T07:00', 'いつもの牛乳', milk, { key: null });
  script.again(usual, auto, '2025-09-01T07:00:30');
  script.again(usual, auto, '2025-09-01T09:15');
  script.again(usual, auto, '2025-09-02T07:00');
  script.log(auto, '2025-09-02T07:01', 'いつもの牛乳。', milk, { key: null });
  script.again(usual, auto, '2025-11-29T07:00');
  // After 90 days the key has expired and the words are new again.
  script.again(usual, auto, '2025-11-30T07:00:01', milkAgain());

  // The same words of somebody else are nobody's repeat.
  script.log(body, '2025-09-03T07:00', 'いつもの牛乳', milk, { key: null });

  // Twins: one is stored, the other gets its answer.
  script.twins(twin, '2025-09-01T12:00', 'Had tuna sandwich', sandwich, { key: 'twin-1' });
  script.twins(twin, '2025-09-01T18:30', 'dinner: tuna sandwich again', sandwich, { key: null });
  script.twins(twin, '2025-09-02T12:00', 'Had another tuna sandwich', sandwich, {
    key: null,
    bodyKey: 'twin-3',
  });

  // A repeat of a meal that was deleted is refused; a new key logs it anew.
  const deleted = script.log(gone, '2025-09-01T08:00', 'ご飯と納豆', breakfast, { key: 'gone-1' });
  script.remove(deleted, gone, '2025-09-01T08:05');
  script.again(deleted, gone, '2025-09-01T08:05:20');
  script.log(gone, '2025-09-01T08:06', 'ご飯と納豆', breakfast, { key: 'gone-2' });
  const kept = script.log(gone, '2025-09-01T12:00', 'おにぎりのかわりにご飯', breakfast, { key: null });
  script.remove(kept, gone, '2025-09-01T12:30');
  script.again(kept, gone, '2025-09-01T12:40');
  script.remove(kept, gone, '2025-09-01T12:50');

  // A picture is part of the automatic key: the same one is a repeat, another one is not.
  const one = script.photo('IMG_0001.jpg');
  const other = script.photo('IMG_0002.jpg');
  const pictured = script.log(photo, '2025-09-01T19:00', '夕ごはん', breakfast, { key: null, files: [one] });
  script.again(pictured, photo, '2025-09-01T19:00:12');
  script.log(photo, '2025-09-01T19:20', '夕ごはん', breakfast, { key: null, files: [other] });

  return script.steps;

  function milkAgain() {
    return [{ answer: { status: 200, body: JSON.stringify(milk) }, latencyMs: 900 }];
  }
}

export const retries: Suite = { name: 'retries', tzOffsetMinutes: TOKYO, steps };
