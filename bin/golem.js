#!/usr/bin/env node
/**
 * The launcher. It keeps to syntax that Node 4 can parse, so that a Node which is too old gets a sentence and not a
 * SyntaxError; `bin/package.json` makes it a script where the rest of the package is modules. It is the only file
 * that ends the process or sets its exit code.
 */
'use strict';

/** True once there is a code to end with. */
let isEnded = false;
process.on('exit', refuseSilence);

const complaint = require('./node-version.js').complaintAbout(process.versions.node);
if (complaint === null) {
  require('./start.js').start().then(end, refuse);
} else {
  process.stderr.write(`${complaint}\n`);
  isEnded = true;
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
  isEnded = true;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

/**
 * A process with nothing left to wait for ends by itself and with 0, as one does whose config calls `process.exit(0)`:
 * a run that hangs on a promise nobody settles would pass for green.
 */
function refuseSilence() {
  if (isEnded) return;
  process.stderr.write("golem: own fault, or the config's: the run stopped before it came to an end\n");
  process.exitCode = 70;
}
