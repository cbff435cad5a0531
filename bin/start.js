/**
 * Finds and starts the command line: unbuilt TypeScript in the repository, compiled JavaScript in the package. A file
 * of its own because an old Node cannot even parse `import()`; it is loaded only after the version was looked at.
 */
'use strict';

const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

/** Resolves to the exit code; rejects with a one-line error when there is nothing to start. */
async function start() {
  // Keeps stripped and compiled sources between runs: half of the start-up time of `--help`.
  enableCompileCache();
  const source = join(__dirname, '..', 'harness', 'cli', 'main.ts');
  const built = join(__dirname, '..', 'dist', 'harness', 'cli', 'main.js');
  const runsTypeScript = Boolean(process.features.typescript);
  const entry = existsSync(source) && runsTypeScript ? source : built;
  if (!existsSync(entry)) {
    const reason = runsTypeScript
      ? 'it is not built'
      : `Node ${process.version} does not run TypeScript as it is set up`;
    const error = new Error(`golem cannot start: ${reason}. Run: npm run build`);
    error.isSetUp = true;
    throw error;
  }
  const { main } = await import(pathToFileURL(entry).href);
  return main();
}

module.exports = { start };
