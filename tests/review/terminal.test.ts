/**
 * The review on a terminal, without a replay before it: every way in which it can end gives the terminal back, and it
 * fits whatever size the terminal takes.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { expectRestored, openStandIn, settled, STAND_IN, type StandIn } from './open-stand-in.ts';
import { KEYS, openPty, type Pty } from './pty.ts';

const opened: Pty[] = [];
const open = (...asked: Parameters<typeof openStandIn>): StandIn => {
  const review = openStandIn(...asked);
  opened.push(review);
  return review;
};
afterEach(() => {
  for (const pty of opened.splice(0)) pty.dispose();
});

describe('the terminal', () => {
  it('is taken over for the review and is as before when the reader ends it', async () => {
    const review = open(3);
    const shown = await review.until(/golden review {2}3 cases: 3 left/);
    expect(shown).toMatchObject({
      buffer: 'alternate',
      isCursorHidden: true,
      wraps: false,
      bracketsPastes: true,
    });
    review.send('q');
    const after = await review.until(settled);
    expectRestored(after);
    expect(after.rows.slice(0, 2)).toEqual([
      'ended: {"accepted":0,"rejected":0,"left":3,"interrupted":false}',
      'exit 0',
    ]);
  });

  it('is as before after Ctrl-C, which ends the review and keeps what was decided', async () => {
    const review = open(4);
    await review.until(/3 cases, 3 differences/);
    review.send(`\r\ra`);
    await review.until(/Why is it right/);
    review.send('one is right\r');
    await review.until(/3 left, 1 accepted/);
    review.send(KEYS.ctrlC);
    const after = await review.until(settled);
    expectRestored(after);
    expect(after.rows[0]).toBe('ended: {"accepted":1,"rejected":0,"left":3,"interrupted":true}');
    expect(review.reasons().sort()).toEqual(['first', 'first', 'first', 'one is right']);
  });

  it.each([
    ['a fault of golem’s own', 'fault', 'TypeError: a fault of its own'],
    ['a fault in nobody’s hands', 'later', 'RangeError: a fault in nobody’s hands'],
  ])('is as before after %s, which is told where the reader sees it', async (_, fault, message) => {
    const review = open(2, fault, { rows: 60 });
    await review.until(/golden review/);
    if (fault === 'fault') review.send('awhy\r');
    const after = await review.until(settled);
    expectRestored(after);
    expect(after.rows.join('\n')).toContain(message);
    expect(after.rows.join('\n')).toContain('exit 70');
  });

  it.each(['SIGHUP', 'SIGQUIT'])('is as before after %s from outside', async (signal) => {
    const review = open(2);
    await review.until(/golden review/);
    process.kill(review.childPid(), signal);
    const after = await review.until(settled);
    expectRestored(after);
    expect(after.rows[0]).toContain('"interrupted":true');
  });

  it('is lent back while the review is stopped, and taken again when it goes on', async () => {
    const { root } = open(1);
    const shell = openPty('bash', ['--norc', '-i'], { cwd: root, env: { PS1: 'ready> ' } });
    opened.push(shell);
    await shell.until(/ready>/);
    shell.send(`${process.execPath} ${STAND_IN} ${root} 2\r`);
    await shell.until((screen) => screen.buffer === 'alternate' && /2 left/.test(screen.rows.join()));
    shell.send(KEYS.ctrlZ);
    const stopped = await shell.until(
      (screen) => screen.buffer === 'normal' && /Stopped/.test(screen.rows.join()),
    );
    expect(stopped).toMatchObject({ isCursorHidden: false, wraps: true });
    shell.send('fg\r');
    await shell.until((screen) => screen.buffer === 'alternate' && /2 left/.test(screen.rows.join()));
    shell.send('q');
    await shell.until((screen) => screen.buffer === 'normal' && /"left":2/.test(screen.rows.join()));
  });

  it('may change its size at any time, down to one where nothing fits, and back', async () => {
    const review = open(40);
    await review.until(/30 cases, 30 differences/);
    review.send('\r');
    await review.until(/If accepted/);
    review.resize(40, 10);
    const small = await review.until(
      (screen) => screen.rows.length === 10 && /^> /m.test(screen.rows.join('\n')),
    );
    expect(small.rows[0]).toBe('golden review  40 cases: 40 left, 0 acc…');
    expect(small.rows.at(-1)).toBe('? help  q quit  a accept  r reject');
    for (const row of small.rows) expect(row.length).toBeLessThanOrEqual(40);
    review.send(KEYS.end);
    await review.until(/^> .*u-0029/m);
    review.resize(12, 3);
    await review.until(/^too small/);
    review.resize(120, 30);
    const large = await review.until(/^> .*u-0029/m);
    expect(large.rows).toHaveLength(30);
    expect(large.rows.filter((row) => row.includes('everyday/')).length).toBeGreaterThan(15);
  });

  it('can be dragged to other sizes by the dozen while keys come in', async () => {
    const review = open(40);
    await review.until(/golden review/);
    for (let step = 0; step < 60; step += 1) {
      review.resize(20 + ((step * 37) % 100), 5 + ((step * 13) % 40));
      if (step % 3 === 0) review.send(['\r', KEYS.down, 'o', 'b', KEYS.pageDown, '?'][(step / 3) % 6]!);
    }
    review.resize(80, 24);
    review.send('bbbb?');
    await review.until(/Enter {7}open: cause, case, whole diff/);
    review.send('q');
    expectRestored(await review.until(settled));
  });
});
