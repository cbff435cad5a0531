#!/usr/bin/env node
/**
 * The launcher. It keeps to syntax that Node 4 can parse, so that a Node which is too old gets a sentence and not a
 * SyntaxError; `bin/package.json` makes it a script where the rest of the package is modules. It is the only file
 * that ends the process or sets its exit code.
 */
'use strict';

const complaint = require('./node-version.js').complaintAbout(process.versions.node);
if (complaint === null) {
  require('./start.js').start().then(end, refuse);
} else {
  process.stderr.write(`${complaint}\n`);
  process.exitCode = 64;
}

/** Nothing to start is a matter of set-up and one line; anything else that escapes is golem's own fault. */
function refuse(error) {
  const setUp = error instanceof Error && error.isSetUp === true;
  process.stderr.write(`${setUp ? error.message : `golem: own fault while starting. ${error}`}\n`);
  end(setUp ? 64 : 70);
}

/** Ends with the code once both streams are written out: a store or a timer left open must not keep the process. */
function end(code) {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}
