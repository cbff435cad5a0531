/**
 * The thread of a scribe: loads the migration's part by its module, since functions cannot be sent, and does what it
 * is told. It writes nothing but recordings and says nothing but counts.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { createRedactor } from '../privacy/redactor.ts';
import { destinationOf } from './destination.ts';
import { systemDisk } from './disk.ts';
import type { CapturedMigration } from './options.ts';
import { verbatimRedactor } from './recorded-write.ts';
import { Scribe } from './scribe.ts';
import type { FromScribe, ScribeTask, ToScribe } from './scribe-messages.ts';

/** Niceness of the thread: where processors are short, whoever answers requests goes first. */
const NICENESS = 10;

// Linux alone knows priorities of threads and takes 0 for the calling one; elsewhere it would be the whole process.
if (process.platform === 'linux') setPriority(0, NICENESS);

const task = workerData as ScribeTask;
const port = parentPort;
if (port === null) throw new Error('this file is the beginning of a thread');
const say = (message: FromScribe): void => port.postMessage(message);

const { captured } = (await import(task.module)) as { readonly captured: CapturedMigration };
const { capture: rules, privacy } = captured;
if (rules === undefined) throw new Error('the migration says nothing of capture');

function redactor() {
  if (task.privacy === null) return verbatimRedactor;
  if (privacy === undefined) throw new Error('the migration says nothing of privacy');
  return createRedactor({ ...task.privacy, rules: privacy });
}

const scribe = new Scribe({
  rules,
  rolloutBucket: (user) => captured.rolloutBucket(user),
  redactor: redactor(),
  bounds: task.bounds,
  pace: () => Promise.resolve(),
  files: {
    disk: systemDisk,
    // Whether a file may be overwritten was asked before the thread began.
    destination: destinationOf(task.to, { ...task, overwrite: true }),
    header: task.header,
    rotation: task.rotation,
    nowMs: () => Date.now(),
    onFlushed: () => say({ kind: 'report', report: scribe.report() }),
  },
});

port.on('message', (message: ToScribe) => {
  if (message.kind === 'take') {
    void scribe.take(message.batch, message.lostBefore).then(() => {
      say({ kind: 'taken', number: message.number, report: scribe.report() });
    });
  } else if (message.kind === 'finish') {
    void scribe.finish(message.lostBefore).then(() => say({ kind: 'finished', report: scribe.report() }));
  } else {
    void scribe.idle().then(() => {
      scribe.flushNow();
      const flushed = new Int32Array(task.flushed);
      Atomics.store(flushed, 0, 1);
      Atomics.notify(flushed, 0);
    });
  }
});
