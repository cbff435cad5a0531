import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { caseKey } from './case-key.ts';
import { parseGolden, renderGolden } from './file.ts';
import { sampleDocument } from './sample.test-data.ts';
import {
  type GoldenPlace,
  listUnclaimed,
  readSuite,
  removeEntry,
  writeAccepted,
  writePending,
} from './store.ts';

const DAY = '2025-09-01';
const document = sampleDocument(1);
const text = renderGolden(document, 'why');
let root: string;
let place: GoldenPlace;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'golem-golden-'));
  place = { root: join(root, 'repository'), goldenDir: 'golden' };
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, content = text): void {
  const absolute = join(place.root, 'golden', path);
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, content);
}

/** Every file below the temporary folder, links unfollowed. */
function files(folder = root): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

describe('readSuite', () => {
  it('finds nothing where no folder is', () => {
    expect(readSuite(place, 'everyday')).toEqual({ accepted: new Map(), pending: [], strays: [] });
  });

  it('reads accepted files, lists pending ones, and names golden files at other places', () => {
    put(`everyday/hana/${DAY}.json`);
    put(`everyday/hana/${DAY}.pending.json`);
    put('everyday/hana/notes.md');
    put('everyday/README.md');
    put('everyday/loose.json');
    put('everyday/hana/deeper/2025.json');
    put(`other/hana/${DAY}.json`);
    expect(readSuite(place, 'everyday')).toEqual({
      accepted: new Map([[`hana/${DAY}`, { text }]]),
      pending: [`hana/${DAY}`],
      strays: [
        { path: 'hana/deeper/2025.json', what: 'a file at a place where no case has its file' },
        { path: 'loose.json', what: 'a file at a place where no case has its file' },
      ],
    });
  });

  it('follows no symbolic link, to a file, a user or the suite', () => {
    mkdirSync(join(root, 'outside/u'), { recursive: true });
    writeFileSync(join(root, `outside/u/${DAY}.json`), text);
    put('everyday/hana/note.md');
    symlinkSync(join(root, `outside/u/${DAY}.json`), join(place.root, `golden/everyday/hana/${DAY}.json`));
    symlinkSync(join(root, 'outside/u'), join(place.root, 'golden/everyday/ken'));
    symlinkSync(join(root, 'outside'), join(place.root, 'golden/linked'));
    const damage = 'it is a symbolic link, which golem does not follow';
    expect(readSuite(place, 'everyday')).toEqual({
      accepted: new Map([[`hana/${DAY}`, { damage }]]),
      pending: [],
      strays: [{ path: 'ken', what: 'a symbolic link, which golem does not follow' }],
    });
    expect(() => readSuite(place, 'linked')).toThrow(
      `Failed to use golden folder "golden/linked": ${damage}.`,
    );
  });

  it('calls a file damaged that is not UTF-8', () => {
    put(`everyday/hana/${DAY}.json`);
    writeFileSync(join(place.root, `golden/everyday/hana/${DAY}.json`), Buffer.from([0x7b, 0xff, 0x7d]));
    expect([...readSuite(place, 'everyday').accepted.values()]).toEqual([{ damage: 'it is not UTF-8' }]);
  });

  it('says what the disk refuses without an absolute path', () => {
    put('everyday', 'a file where a folder belongs');
    expect(() => readSuite(place, 'everyday')).toThrow(
      'Failed to read "golden/everyday": the disk refuses (ENOTDIR).',
    );
  });
});

describe('writing', () => {
  it('writes a pending file beside, under a name that git ignores, and accepts by replacing both', () => {
    const key = caseKey('hana', DAY);
    expect(writePending(place, 'everyday', key, document, false)).toBe(true);
    expect(files()).toEqual([`repository/golden/everyday/hana/${DAY}.pending.json`]);
    writeFileSync(join(place.root, '.gitignore'), readFileSync('.gitignore'));
    execFileSync('git', ['init', '--quiet'], { cwd: place.root });
    const listed = execFileSync('git', ['status', '--porcelain', '-uall'], {
      cwd: place.root,
      encoding: 'utf8',
    });
    expect(listed).toBe('?? .gitignore\n');
    writeAccepted(place, 'everyday', key, document, 'the provider rounds now');
    expect(readdirSync(join(place.root, 'golden/everyday/hana'))).toEqual([`${DAY}.json`]);
    const written = readFileSync(join(place.root, `golden/everyday/hana/${DAY}.json`), 'utf8');
    expect(parseGolden(written)).toEqual({ state: 'sound', document, reason: 'the provider rounds now' });
  });

  it('is not stopped by what an interrupted run left behind, and takes it for no golden file', () => {
    const left = `everyday/hana/${DAY}.pending.json.${process.pid}.partial`;
    put(left, 'half a fi');
    expect(readSuite(place, 'everyday')).toEqual({ accepted: new Map(), pending: [], strays: [] });
    writePending(place, 'everyday', caseKey('hana', DAY), document, false);
    expect(files()).toEqual([`repository/golden/everyday/hana/${DAY}.pending.json`]);
  });

  it('writes nothing in CI', () => {
    expect(writePending(place, 'everyday', caseKey('hana', DAY), document, true)).toBe(false);
    expect(files()).toEqual([]);
  });

  it.each(['../../x', '/etc/passwd', '..', 'a/../../b', '花\0子', '.git'])(
    'keeps a user named %j inside the suite’s folder',
    (user) => {
      const key = caseKey(user, DAY);
      writeAccepted(place, 'everyday', key, document, 'why');
      expect(files()).toHaveLength(1);
      expect(files()[0]).toMatch(/^repository\/golden\/everyday\/[^/]+\/2025-09-01\.json$/);
      expect([...readSuite(place, 'everyday').accepted.keys()]).toEqual([key]);
    },
  );

  it('replaces a link in the way and refuses a folder that is one, touching nothing outside', () => {
    mkdirSync(join(root, 'outside'));
    writeFileSync(join(root, 'outside/target'), 'untouched');
    put('everyday/hana/note.md');
    const linked = join(place.root, `golden/everyday/hana/${DAY}.json`);
    symlinkSync(join(root, 'outside/target'), linked);
    symlinkSync(join(root, 'outside'), join(place.root, 'golden/everyday/ken'));
    writeAccepted(place, 'everyday', caseKey('hana', DAY), document, 'why');
    expect(lstatSync(linked).isFile()).toBe(true);
    expect(() => writeAccepted(place, 'everyday', caseKey('ken', DAY), document, 'why')).toThrow(
      'Failed to use golden folder "golden/everyday/ken": it is a symbolic link, which golem does not follow.',
    );
    expect(files(join(root, 'outside'))).toEqual(['outside/target']);
    expect(readFileSync(join(root, 'outside/target'), 'utf8')).toBe('untouched');
  });
});

describe('removeEntry', () => {
  it('removes a file and the folders this empties, and stops at what is left', () => {
    put(`gone/deep/hana/${DAY}.json`);
    put(`everyday/hana/${DAY}.json`);
    expect(removeEntry(place, `gone/deep/hana/${DAY}.json`)).toBe(true);
    expect(removeEntry(place, `gone/deep/hana/${DAY}.json`)).toBe(false);
    expect(readdirSync(join(place.root, 'golden'))).toEqual(['everyday']);
  });

  it('removes a link and not what it leads to, and leaves the golden folder for nothing', () => {
    mkdirSync(join(root, 'outside'));
    writeFileSync(join(root, 'outside/kept'), '');
    put('everyday/note.md');
    symlinkSync(join(root, 'outside'), join(place.root, 'golden/everyday/ken'));
    expect(() => removeEntry(place, 'everyday/ken/kept')).toThrow('symbolic link');
    expect(() => removeEntry(place, '../../outside/kept')).toThrow('leads out of the golden folder');
    expect(removeEntry(place, 'everyday/ken')).toBe(true);
    expect(existsSync(join(root, 'outside/kept'))).toBe(true);
  });
});

describe('listUnclaimed', () => {
  it('lists golden files of suites that are not there any more, nested suites apart', () => {
    put(`everyday/hana/${DAY}.json`);
    put(`must-fail/stale/hana/${DAY}.json`);
    put(`must-fail/removed/hana/${DAY}.json`);
    put('loose.json');
    put('README.md');
    expect(listUnclaimed(place, ['everyday', 'must-fail/stale'])).toEqual([
      'loose.json',
      `must-fail/removed/hana/${DAY}.json`,
    ]);
  });
});
