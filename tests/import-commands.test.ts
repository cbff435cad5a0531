/** Imports as whole commands: what they say, how they end, and that nothing half-written is left. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lastLine, type Project, temporaryProject } from './temporary-project.ts';

let project: Project;
beforeAll(() => {
  project = temporaryProject({ suites: ['retries'] });
});
afterAll(() => project.dispose());

/** One recorded write of the fixtures as an entry of a browser's HAR file. */
function entryOf(line: string): object {
  const { at, user, request, response } = JSON.parse(line);
  return {
    startedDateTime: at,
    time: 5,
    request: {
      method: request.method,
      url: `https://app.example${request.path}`,
      headers: Object.entries({ ...request.headers, 'X-User': user }).map(([name, value]) => ({
        name,
        value,
      })),
      ...(request.body && { postData: { mimeType: 'application/json', text: JSON.stringify(request.body) } }),
    },
    response: { status: response.status, content: { text: JSON.stringify(response.body) } },
  };
}

describe('golem import har', () => {
  it('makes a recording that replays to the same counts', async () => {
    const lines = project.read('fixtures/retries/recording.ndjson').trimEnd().split('\n').slice(1);
    const other = {
      ...entryOf(lines[0]!),
      request: { method: 'GET', url: 'https://app.example/style.css', headers: [] },
    };
    const log = { version: '1.2', entries: [...lines.map(entryOf), other, { broken: true }] };
    project.write('session.har', JSON.stringify({ log }));
    const args = [
      'import',
      'har',
      'session.har',
      '--user-header',
      'x-user',
      '--tz-offset',
      '540',
      '--out',
      'out.ndjson.zst',
    ];
    const { exit, out, err } = await project.golem(args);
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain('  session.har entry 38: not a HAR entry: startedDateTime: ');
    expect(lastLine(out)).toBe(
      'golem: imported · 38 entries = 36 taken + 1 passed over + 1 not taken, 36 records of 6 users in out.ndjson.zst',
    );
    const replayed = async (file: string) => {
      const ran = await project.golem(['replay', file, '--json', '-']);
      const { counts, paths, differences } = JSON.parse(ran.out);
      return { counts, paths, differences };
    };
    expect(await replayed('out.ndjson.zst')).toEqual(await replayed('fixtures/retries/recording.ndjson'));

    const again = await project.golem(args);
    expect([again.exit, again.out]).toEqual([64, '']);
    expect(again.err).toContain('--overwrite');
    const strict = await project.golem([...args, '--overwrite', '--strict']);
    expect([strict.exit, strict.err]).toEqual([
      65,
      expect.stringContaining('with --strict nothing is written'),
    ]);
  });

  it('tells the place of what is no HAR file and leaves nothing', async () => {
    project.write('torn.har', '{"log":{"entries":[\n{"startedDateTime":');
    const { exit, out, err } = await project.golem(['import', 'har', 'torn.har', '--out', 'torn.ndjson']);
    expect([exit, out]).toEqual([65, '']);
    expect(err).toMatch(/^torn\.har:2:20: Failed to import "torn\.har": .* Run: sed -n 2p torn\.har/);
    expect(readdirSync(project.root).filter((name) => name.startsWith('torn.ndjson'))).toEqual([]);
  });
});

describe('golem import postgres', () => {
  it.each([
    ['as an argument', ['postgres://u:hunter2@127.0.0.1:1/app'], {}],
    ['in the environment', [], { DATABASE_URL: 'postgres://u:hunter2@127.0.0.1:1/app?sslpassword=hunter2' }],
  ])('says what is wrong with a database given %s, and never its password', async (_where, args, env) => {
    const { exit, out, err } = await project.golem(
      ['import', 'postgres', ...args, '--out', 'pg.ndjson', '--debug'],
      { env },
    );
    expect([exit, out]).toEqual([69, '']);
    expect(err).toContain(
      'Failed to import from "postgres://127.0.0.1:1/app": nothing listens there. Run: pg_isready -h 127.0.0.1 -p 1',
    );
    expect(err).not.toContain('hunter2');
    expect(readdirSync(project.root).filter((name) => name.startsWith('pg.ndjson'))).toEqual([]);
  });
});
