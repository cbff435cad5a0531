import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Key } from './keys.ts';
import { lineWidth } from './lines.ts';
import { press } from './press.ts';
import { render, screenLines } from './render.ts';
import { sampleModel } from './sample-model.test-data.ts';
import {
  countMarks,
  type Effect,
  firstState,
  type Mark,
  type ReviewState,
  shownFrame,
  type Size,
} from './state.ts';

const SIZE: Size = { columns: 80, rows: 24 };
const model = sampleModel();

const NAMED = ['return', 'escape', 'up', 'down', 'pageup', 'pagedown', 'home', 'end', 'left', 'backspace'];
const LETTERS = [...'aArRsnpouebhjklgG?yq x字'];
const key = (name: string): Key => ({
  name,
  text: NAMED.includes(name) || name.startsWith('ctrl-') ? '' : name,
});
const keys = fc.array(fc.constantFrom(...NAMED, ...LETTERS).map(key), { maxLength: 40 });
const sizes = fc.record({ columns: fc.integer({ min: 1, max: 140 }), rows: fc.integer({ min: 1, max: 50 }) });

/** What a row of keys leads to, and all that it asks for on the way. */
function typed(text: readonly (string | Key)[], from: ReviewState = firstState(model), of = model) {
  let state = from;
  const effects: Effect[] = [];
  for (const one of text) {
    const decision = press(of, state, typeof one === 'string' ? key(one) : one, SIZE);
    state = decision.state;
    effects.push(...decision.effects);
  }
  return { state, effects };
}

const words = (text: string): string[] => [...text];
const shown = (state: ReviewState, size = SIZE): string[] =>
  screenLines(model, state, size).map((spans) =>
    spans
      .map(({ text }) => text)
      .join('')
      .trimEnd(),
  );
const screenOf = (state: ReviewState): string => shownFrame(state).screen;

describe('whatever is pressed', () => {
  it('every screen has exactly its rows and fits its columns, at any size', () => {
    fc.assert(
      fc.property(keys, sizes, (pressed, size) => {
        const { state } = typed(pressed);
        const lines = screenLines(model, state, size);
        expect(lines).toHaveLength(size.rows);
        for (const spans of lines) expect(lineWidth(spans)).toBeLessThanOrEqual(size.columns);
      }),
      { numRuns: 300 },
    );
  });

  it('the disk is asked for exactly what the marks say, each case once, and never without a reason', () => {
    fc.assert(
      fc.property(keys, (pressed) => {
        const { state, effects } = typed(pressed);
        const steps: Map<number, Mark>[] = [new Map()];
        for (const effect of effects) {
          const now = new Map(steps.at(-1));
          if (effect.kind === 'undo') {
            expect(steps.length).toBeGreaterThan(1);
            steps.pop();
          } else if (effect.kind === 'accept' || effect.kind === 'reject') {
            const as = effect.kind === 'accept' ? 'accepted' : 'rejected';
            expect(effect.cases.length).toBeGreaterThan(0);
            for (const index of effect.cases) {
              expect(now.get(index)).not.toBe('accepted');
              now.set(index, as);
            }
            if (effect.kind === 'accept') {
              const written = effect.cases.some((index) => model.cases[index]!.change.current !== null);
              expect(/[\p{L}\p{N}]/u.test(effect.reason) || !written).toBe(true);
            }
            steps.push(now);
          }
        }
        const decided = [...state.marks].filter(([, mark]) => mark !== 'skipped').sort();
        expect(decided).toEqual([...steps.at(-1)!].sort());
      }),
      { numRuns: 500 },
    );
  });

  it('nothing is accepted or rejected but by the keys for it, and nothing gone is removed without a y', () => {
    fc.assert(
      fc.property(keys, (pressed) => {
        const harmless = pressed.filter(({ name }) => !'aArRy'.includes(name));
        const kinds = typed(harmless).effects.map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === 'accept' || kind === 'reject')).toEqual([]);
        const unsure = typed(pressed.filter(({ name }) => name !== 'y')).effects;
        for (const effect of unsure) if (effect.kind === 'accept') expect(effect.cases).not.toContain(5);
      }),
      { numRuns: 300 },
    );
  });

  it('a state is never changed in place', () => {
    fc.assert(
      fc.property(keys, keys, (before, after) => {
        const { state } = typed(before);
        const copy = structuredClone(state);
        typed(after, state);
        expect(state).toEqual(copy);
      }),
    );
  });
});

describe('a cause', () => {
  it('is accepted as a whole with one reason, but for cases that another cause has a part in', () => {
    const { state, effects } = typed(['a', ...words('rounds up'), 'return']);
    expect(effects).toEqual([{ kind: 'accept', cases: [0, 1], reason: 'rounds up' }]);
    expect(state.notice).toBe('accepted 2 cases because "rounds up"; 1 case left for cause c-two');
    expect(state.cause).toBe(1);
    // Once the other is accepted as well, so is what they share; its reason is offered again.
    const both = typed(['a', 'return'], state);
    expect(both.effects).toEqual([{ kind: 'accept', cases: [2, 3], reason: 'rounds up' }]);
  });

  it('is not accepted for a reason that says nothing, and Esc leaves it', () => {
    const asked = typed(['a', ' ', '-', 'return']);
    expect([asked.effects, asked.state.prompt?.kind]).toEqual([[], 'reason']);
    expect(asked.state.notice).toContain('a reason in words is required');
    const left = typed(['escape'], asked.state);
    expect([left.effects, left.state.prompt, left.state.notice]).toEqual([[], null, 'nothing was decided']);
  });

  it('takes the reason of the command line without asking', () => {
    const given = sampleModel('why not');
    expect(typed(['a'], firstState(given), given).effects).toEqual([
      { kind: 'accept', cases: [0, 1], reason: 'why not' },
    ]);
  });

  it('is rejected as a whole', () => {
    const { state, effects } = typed(['r']);
    expect(effects).toEqual([{ kind: 'reject', cases: [0, 1, 2] }]);
    expect(countMarks(model, state)).toEqual({ accepted: 0, rejected: 3, left: 3 });
  });

  it('whose cases are gone needs a y, and no reason', () => {
    const { state, effects } = typed(['end', 'a']);
    expect([effects, state.prompt?.kind]).toEqual([[], 'fewer']);
    expect(shown(state).join('\n')).toContain('This removes 1 case from golden. Type y to go on.');
    expect(typed(['return'], state).effects).toEqual([]);
    expect(typed(['y'], state).effects).toEqual([{ kind: 'accept', cases: [5], reason: '' }]);
  });
});

describe('a question for a reason', () => {
  it('says how many rows of the gate would turn red', () => {
    const harmless = shown(typed(['a']).state);
    expect(harmless.at(-2)).toBe('Why is it right (2 cases)? _');
    const { state } = typed(['return', 'down', 'down', 'a', ...words('so what')]);
    expect(shown(state).at(-2)).toBe('1 row would turn red. Why is it right (1 case)? so what_');
    expect(shown(state, { columns: 40, rows: 10 }).at(-2)).toBe('1 red! Why? so what_');
  });
});

describe('a case', () => {
  it('is decided by itself, and the next one of its cause comes up', () => {
    const { state, effects } = typed(['return', 'return', 'a', ...words('first'), 'return']);
    expect(effects).toEqual([{ kind: 'accept', cases: [0], reason: 'first' }]);
    expect([screenOf(state), state.place]).toEqual(['case', 1]);
    // The reason of a cause is asked for once.
    const next = typed(['a', 'r'], state);
    expect(next.effects).toEqual([
      { kind: 'accept', cases: [1], reason: 'first' },
      { kind: 'reject', cases: [2] },
    ]);
    expect([screenOf(next.state), next.state.cause]).toEqual(['causes', 1]);
  });

  it('can be put off and is still left', () => {
    const { state, effects } = typed(['return', 's', 's', 's']);
    expect([effects, countMarks(model, state).left, screenOf(state)]).toEqual([[], 6, 'causes']);
    expect(state.cause).toBe(1);
  });

  it('gets another reason after e', () => {
    const begun = typed([
      'return',
      'a',
      ...words('one'),
      'return',
      'e',
      'a',
      'ctrl-u',
      ...words('two'),
      'return',
    ]);
    expect(begun.effects).toEqual([
      { kind: 'accept', cases: [0], reason: 'one' },
      { kind: 'accept', cases: [1], reason: 'two' },
    ]);
  });

  it('that was accepted is not rejected in passing; undo takes decisions back one by one', () => {
    const { state } = typed(['return', 'a', ...words('one'), 'return', 'up', 'r']);
    expect(state.notice).toBe('it is accepted already; u takes back the last decision');
    const undone = typed(['u', 'u'], state);
    expect(undone.effects).toEqual([{ kind: 'undo' }]);
    expect(undone.state.notice).toBe('there is no decision to take back');
    expect(countMarks(model, undone.state).left).toBe(6);
  });
});

describe('screens', () => {
  it('lead from causes to cases to the whole diff and back', () => {
    const path = ['return', 'return', 'return', '?', 'b', 'b', 'b', 'b', 'b'];
    const seen: string[] = [];
    let state = firstState(model);
    for (const one of path) {
      state = typed([one], state).state;
      seen.push(screenOf(state));
    }
    expect(seen).toEqual(['cause', 'case', 'diff', 'help', 'diff', 'case', 'cause', 'causes', 'causes']);
  });

  it('go to the next cause from anywhere, those first that nobody looked at', () => {
    const { state } = typed(['r', 'r', 'home', 'return', 'return', 'n']);
    expect([screenOf(state), state.cause]).toEqual(['cause', 2]);
    expect(typed(['p'], state).state.cause).toBe(1);
  });

  it('say what accepting would mean, and what changed, in words and signs', () => {
    const cause = shown(typed(['return']).state);
    expect(cause.slice(0, 9)).toEqual([
      'golden review  6 cases: 6 left, 0 accepted, 0 rejected',
      'rounding up · 3 cases, 6 differences',
      'If accepted',
      '  day totals, V2 amount: −96 EUR in sum over 3 days, −120 at worst',
      '    (everyday/ann/2025-09-03)',
      '  breach rows of 3 cases',
      '',
      'Cases',
      '>           everyday/ann/2025-09-01',
    ]);
    expect(cause[10]).toBe('            everyday/ann/2025-09-03 +1 other cause');
    const one = shown(typed(['return', 'return']).state);
    expect(one[1]).toBe('everyday/ann/2025-09-01, changed');
    expect(one).toContain('record r0001');
    expect(one).toContain('  ~ v2/totals/amount: 560 → 565 (+5) and 2 × the same');
    expect(one.at(-1)).toBe('? help  q quit  a accept  r reject  s skip  n next cause  o whole diff  b back');
    const whole = shown(typed(['return', 'return', 'o']).state, { columns: 80, rows: 60 }).join('\n');
    expect(whole).toContain('  ~ difference/damount: 3 → 8 (+5)');
    expect(whole).toContain('under the full flags');
  });

  it('show a new case as added and one that is gone as removed', () => {
    expect(shown(typed(['down', 'down', 'return', 'return']).state).join('\n')).toContain('  + {');
    expect(shown(typed(['end', 'return', 'return']).state).join('\n')).toContain('  - {');
  });

  it('keep the cursor in sight however long the list and however low the window', () => {
    const low: Size = { columns: 40, rows: 7 };
    for (let down = 0; down < 4; down += 1) {
      const { state } = typed(Array.from({ length: down }, () => 'down'));
      expect(shown(state, low).filter((text) => text.startsWith('> '))).toHaveLength(1);
      expect(shown(typed(['return'], state).state, low).filter((text) => text.startsWith('> '))).toHaveLength(
        1,
      );
    }
  });

  it('say so when the window is too small for any of it', () => {
    expect(shown(firstState(model), { columns: 19, rows: 4 })).toEqual(['too small', '', '', '']);
  });

  it('have colours only where they are wanted', () => {
    const { state } = typed(['return', 'return']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such commands
    const colours = /\u001b\[[0-9;]*m/;
    expect(render(model, state, SIZE, true)).toMatch(colours);
    expect(render(model, state, SIZE, false)).not.toMatch(colours);
  });

  it('take pasted text for a reason, and for nothing else', () => {
    const pasted: Key = { name: 'paste', text: 'arrA y' };
    expect(typed([pasted]).effects).toEqual([]);
    const { effects } = typed(['a', pasted, 'return']);
    expect(effects).toEqual([{ kind: 'accept', cases: [0, 1], reason: 'arrA y' }]);
  });
});
