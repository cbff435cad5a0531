import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findHead, type LineHead } from './line-head.ts';

function headOf(line: string): { at: string; user: string } | null {
  // Among other bytes, as a line stands in a piece of a file.
  const bytes = new TextEncoder().encode(`x\n${line}\n{"id":"next","at":"`);
  const head: LineHead = { atFrom: 0, userFrom: 0, userTo: 0 };
  if (!findHead(bytes, 2, 2 + new TextEncoder().encode(line).length, head)) return null;
  const text = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to));
  return { at: text(head.atFrom, head.atFrom + 24), user: text(head.userFrom, head.userTo) };
}

const AT = '2025-09-01T07:30:00.000Z';
const line = (id: string, user: string): string =>
  JSON.stringify({ id, at: AT, user, request: { user: 'other' } });

describe('the head of a line', () => {
  it('is what JSON.parse reads, wherever it is found at all', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(name, name, (id, user) => {
        const found = headOf(line(id, user));
        const escaped = JSON.stringify(id + user).includes('\\');
        expect(found).toEqual(escaped ? null : { at: AT, user });
      }),
    );
  });

  it.each([
    ['another order of keys', `{"at":"${AT}","id":"r1","user":"u"}`],
    ['spaces', `{"id": "r1", "at": "${AT}", "user": "u"}`],
    ['an escaped user', `{"id":"r1","at":"${AT}","user":"\\u0075"}`],
    ['an empty user', `{"id":"r1","at":"${AT}","user":""}`],
    ['a user that is no text', `{"id":"r1","at":"${AT}","user":7}`],
    ['a time of another length', '{"id":"r1","at":"2025-09-01T07:30:00Z","user":"u"}'],
    ['a line that breaks off in the user', `{"id":"r1","at":"${AT}","user":"u`],
    ['a line that breaks off in the id', '{"id":"r1'],
    ['an empty line', ''],
  ])('is left to JSON.parse for %s', (_, text) => {
    expect(headOf(text)).toBeNull();
  });
});
