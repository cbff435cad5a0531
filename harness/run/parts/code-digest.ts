/**
 * One hash of everything that decides what a replay does: golem's own modules, the config, and what the config imports
 * from beside it. Tallies made by other code do not add up, and nothing but the code itself can tell.
 */
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of golem's own modules, unbuilt or built. */
const OWN = fileURLToPath(new URL('../../', import.meta.url));

/** Relative imports of a module, static or not. */
const IMPORTS = /(?:from|import)\s*\(?\s*(['"])(\.{1,2}\/[^'"]+)\1/g;

/** SHA-256 over the names and contents of all of it, in hexadecimal. Packages are taken to be what the lock file says. */
export function digestCode(configFile: string): string {
  const own = globSync('**/*.{ts,js,json,sql}', { cwd: OWN })
    .filter((file) => !/\.(?:test|fixture|test-data)\.ts$|\.d\.ts$/.test(file))
    .map((file) => ({ name: `golem/${file.replaceAll('\\', '/')}`, path: join(OWN, file) }));
  const root = dirname(configFile);
  const imported = importsOf(configFile)
    .filter((path) => !path.startsWith(OWN))
    .map((path) => ({ name: relative(root, path).replaceAll('\\', '/'), path }));
  const digest = createHash('sha256');
  for (const { name, path } of [...own, ...imported].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const content = readFileSync(path);
    digest.update(`${name}\n${content.length}\n`).update(content);
  }
  return digest.digest('hex');
}

/** A module and all it imports by relative paths, directly or not. */
function importsOf(file: string): string[] {
  const seen = new Set<string>();
  const waiting = [file];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path) || path.startsWith(OWN) || !existsSync(path)) continue;
    seen.add(path);
    for (const [, , specifier] of readFileSync(path, 'utf8').matchAll(IMPORTS))
      waiting.push(resolve(dirname(path), specifier!));
  }
  return [...seen];
}
