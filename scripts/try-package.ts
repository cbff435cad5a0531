/**
 * Tries the package as a user gets it: builds, packs, installs the archive into an empty folder and runs the gate
 * there with the Node that runs this script, on a copy of the fixtures, golden files and rule files.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'golem-package-'));
// npm itself must run on this Node too, not on a dev dependency's that happens to come first on the path.
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}` };

try {
  execFileSync(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root, stdio: 'inherit', env });
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    env,
    encoding: 'utf8',
  });
  const archive = join(folder, packed.trim().split('\n').at(-1)!);
  writeFileSync(join(folder, 'package.json'), '{"name":"trial","private":true,"type":"module"}\n');
  execFileSync('npm', ['install', '--silent', '--no-fund', '--no-audit', archive], {
    cwd: folder,
    stdio: 'inherit',
    env,
  });
  for (const part of ['fixtures', 'golden', 'observability'])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  const config = readFileSync(join(root, 'golem.config.ts'), 'utf8')
    .replace("'./harness/config.ts'", "'golem'")
    .replace("'./harness/meal-log/index.ts'", "'golem/meal-log'");
  writeFileSync(join(folder, 'golem.config.ts'), config);
  const gate = spawnSync(process.execPath, [join(folder, 'node_modules/golem/bin/golem.js'), 'gate'], {
    cwd: folder,
    stdio: 'inherit',
    env: { ...env, CI: 'true' },
  });
  console.log(`golem gate from the package on Node ${process.version}: exit ${gate.status}`);
  process.exitCode = gate.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
