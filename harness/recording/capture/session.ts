/**
 * What every capture has behind its doors: settings, a recorder in front, a scribe behind it, opened and closed
 * together. The middleware and the proxy are two ways to feed the same session.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { destinationOf } from './destination.ts';
import { type Disk, systemDisk } from './disk.ts';
import { addDropped, type Dropped, lossWarner, totalDropped } from './losses.ts';
import { type CaptureOptions, type CaptureSettings, readCaptureOptions } from './options.ts';
import { type PassedOver, Recorder } from './recorder.ts';
import { Scribe, type ScribeOptions, type ScribeReport } from './scribe.ts';
import { type ScribeDoor, startScribeThread } from './scribe-thread.ts';

/** What a capture has done so far. */
export interface CaptureStats {
  /** Writes that stand on the disk. */
  readonly captured: number;
  /** Writes that were lost, by reason; empty when none was. */
  readonly dropped: Dropped;
  /** Requests that rightly are not in the recording; `withheld` are those that the redactor held back. */
  readonly passed: Readonly<PassedOver> & { readonly withheld: number };
  /** Upstream calls that began after the record of their request was made; those records lack them. */
  readonly lateCalls: number;
  readonly inFlight: number;
  /** Writes that are finished and do not yet stand on the disk. */
  readonly queued: number;
  readonly queuedBytes: number;
  /** Files that are whole. */
  readonly files: readonly string[];
  /** What the disk said when it last refused; null while it did not. */
  readonly diskFailure: string | null;
}

/** What capture reaches outside for; whoever opens one may put their own in its place. */
export interface CaptureDoors {
  /** A disk of one's own is written to in the service's thread. */
  readonly disk: Disk;
  readonly nowMs: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An open capture without a door. */
export interface CaptureSession {
  readonly settings: CaptureSettings;
  readonly recorder: Recorder;
  stats(): CaptureStats;
  /** Writes down what is finished and completes the file; however often it is called, it closes once. */
  close(): Promise<CaptureStats>;
  /** For a session that never got to work: ends it and leaves no file. */
  abort(): Promise<void>;
}

/** Opens a session. Throws a `GolemError` when an option is wrong or the place to write to is. */
export function openSession(options: CaptureOptions, doors: Partial<CaptureDoors> = {}): CaptureSession {
  const { disk = systemDisk, nowMs = () => Date.now(), environment = process.env } = doors;
  const settings = readCaptureOptions(options, environment);
  const place = { compress: options.compress ?? 'none', instance: randomBytes(4).toString('hex') } as const;
  const destination = destinationOf(options.to, { ...place, overwrite: options.overwrite ?? false });
  const rotation = destination.isFolder ? settings.rotation : { bytes: null, ms: null };
  const warn = lossWarner(options.onDrop ?? emitWarning, nowMs);
  const dropped = (): Dropped => addDropped(recorder.dropped, scribe.report().dropped);
  const { header, bounds, rules } = settings;

  function openScribe(): ScribeDoor {
    const { module } = rules;
    if (module === undefined || settings.privacy === undefined || disk !== systemDisk) {
      return scribeHere({
        ...settings,
        pace: turn,
        files: { disk, destination, header, rotation, nowMs, onFlushed: () => tell(scribe.report()) },
      });
    }
    return startScribeThread(
      { ...place, to: options.to, module, privacy: settings.privacy, header, rotation, bounds },
      tell,
      (writes) => recorder.count('thread', writes),
    );
  }

  let told = 0;
  function tell(report: ScribeReport): void {
    const total = totalDropped(report.dropped);
    if (total > told && report.lastDrop !== null) warn(dropped(), report.lastDrop);
    told = total;
  }

  const scribe = openScribe();
  const recorder = new Recorder({
    rules,
    bounds,
    isSampled: settings.isSampled,
    taker: scribe,
    nowMs,
    onLoss: (reason) => warn(dropped(), reason),
  });
  const onExit = (): void => {
    recorder.flushNow();
    scribe.flushNow();
  };
  process.once('exit', onExit);
  let closing: Promise<CaptureStats> | null = null;

  function stats(): CaptureStats {
    const report = scribe.report();
    return {
      captured: report.written,
      dropped: dropped(),
      passed: {
        ...recorder.passed,
        refused: recorder.passed.refused + report.refused,
        withheld: report.withheld,
      },
      lateCalls: recorder.lateCalls,
      inFlight: recorder.inFlight,
      queued: recorder.queued + report.pending,
      queuedBytes: recorder.queuedBytes,
      files: report.completed,
      diskFailure: report.diskFailure,
    };
  }

  async function close(): Promise<CaptureStats> {
    await recorder.close();
    const stalled = new AbortController();
    // A disk that does not answer must not keep a service from ending.
    const late = await Promise.race([
      scribe.finish(recorder.dropped).then(() => false),
      sleep(bounds.drainMs, true, { signal: stalled.signal }),
    ]);
    stalled.abort();
    process.off('exit', onExit);
    if (late) recorder.count('disk', stats().queued);
    return stats();
  }

  return {
    settings,
    recorder,
    stats,
    close() {
      closing ??= close();
      return closing;
    },
    abort() {
      process.off('exit', onExit);
      return scribe.abort();
    },
  };
}

/** The scribe in the service's own thread. */
function scribeHere(options: ScribeOptions): ScribeDoor {
  const scribe = new Scribe(options);
  return {
    take: (batch, lostBefore) => scribe.take(batch, lostBefore),
    finish: (lostBefore) => scribe.finish(lostBefore),
    flushNow: () => scribe.flushNow(),
    abort: () => scribe.abort(),
    report: () => scribe.report(),
  };
}

function emitWarning(line: string): void {
  process.emitWarning(line, { code: 'GOLEM_CAPTURE' });
}
