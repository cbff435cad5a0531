/**
 * Builds the package: TypeScript to JavaScript with types, and the files that code reads at run time beside it. The
 * repository itself runs unbuilt; only the published package needs this.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

let copied = 0;
for (const file of globSync('harness/**/*.{sql,json}', { cwd: root })) {
  cpSync(join(root, file), join(dist, file));
  copied += 1;
}
console.log(`built dist/ (${copied} data files beside the code)`);
