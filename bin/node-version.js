/**
 * Says in one line what is wrong with a Node that is too old. Syntax of Node 4 and a file of its own, so that any
 * Node can load it and a test can hand it any version.
 */
'use strict';

const NEEDED = { major: 22, minor: 19 };

/**
 * Takes a version such as `20.20.2` (a leading `v` is fine) and returns null when golem runs on it, else the line
 * for the reader. A version it cannot read counts as too old.
 */
function complaintAbout(version) {
  const parts = String(version).replace(/^v/, '').split('.').map(Number);
  const major = parts[0];
  const minor = parts[1];
  if (major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)) return null;
  const needs = `golem needs Node ${NEEDED.major}.${NEEDED.minor} or newer and found ${version}`;
  const inside = 'in the repository run "npm ci", whose npm scripts then use the Node it brings';
  return `${needs}: ${inside}; elsewhere install Node 24.`;
}

module.exports = { complaintAbout: complaintAbout };
