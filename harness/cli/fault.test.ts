import { describe, expect, it } from 'vitest';
import { GolemError } from '../errors.ts';
import { describeFault } from './fault.ts';

const context = {
  args: ['gate', '--store', 'postgres://golem:hunter2@db/x'],
  debug: false,
  version: '1.2.3',
  runtime: 'Node 24.9.0, linux x64',
};

describe('a fault', () => {
  it.each([
    ['usage', 64],
    ['data', 65],
    ['unavailable', 69],
    ['interrupted', 130],
  ] as const)('of kind %s is its one line and exit code %i', (kind, exit) => {
    const error = new GolemError({
      kind,
      verb: 'read',
      subject: 'a.ndjson',
      reason: 'it is gone',
      next: 'ls',
    });
    expect(describeFault(error, context)).toEqual({
      text: 'Failed to read "a.ndjson": it is gone. Run: ls\n',
      exit,
    });
  });

  it('that nobody expected is golem’s own, says what to report and hides passwords', () => {
    const error = new TypeError('x is not a function at postgres://golem:hunter2@db/x');
    expect(describeFault(error, context)).toEqual({
      text: `golem: this is golem's own fault, not yours: TypeError: x is not a function at postgres://golem:***@db/x
Please report it with these lines:
  golem 1.2.3, Node 24.9.0, linux x64
  command: golem gate --store 'postgres://golem:***@db/x'
  message: TypeError: x is not a function at postgres://golem:***@db/x
Run the same command with --debug to see where it happened.
`.replace(/'(postgres[^']*)'/, '$1'),
      exit: 70,
    });
  });

  it('of kind internal is golem’s own too', () => {
    const error = new GolemError({
      kind: 'internal',
      verb: 'merge',
      subject: 'tallies',
      reason: 'they differ',
    });
    const { text, exit } = describeFault(error, context);
    expect(exit).toBe(70);
    expect(text).toContain('message: GolemError: Failed to merge "tallies": they differ.');
  });

  it('shows stacks, causes included, only when asked', () => {
    const cause = new Error('deep down');
    const error = new GolemError({ kind: 'data', verb: 'read', subject: 'x', reason: 'y' }, { cause });
    expect(describeFault(error, context).text).not.toContain('fault.test.ts');
    const { text, exit } = describeFault(error, { ...context, debug: true });
    expect(text).toMatch(
      /^Failed to read "x": y\.\nGolemError: .*fault\.test\.ts.*caused by: Error: deep down\n/s,
    );
    expect(exit).toBe(65);
  });

  it('may be anything that can be thrown', () => {
    expect(describeFault('just text', context)).toMatchObject({ exit: 70 });
    expect(describeFault(undefined, { ...context, debug: true }).text).toContain('message: undefined');
  });
});
