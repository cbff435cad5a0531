/**
 * What every capture has behind its doors: settings, one recorder, its files and its losses, opened and closed
 * together. The middleware and the proxy are two ways to feed the same session.
 */
import { randomBytes } from 'node:crypto';
import { destinationOf } from './destination.ts';
import { type Disk, systemDisk } from './disk.ts';
import { Losses } from './losses.ts';
import { type CaptureOptions, type CaptureSettings, readCaptureOptions } from './options.ts';
import { type PassedOver, Recorder } from './recorder.ts';
import { RecordingFiles } from './recording-files.ts';

/** What a capture has done so far. */
export interface CaptureStats {
  /** Writes that stand on the disk. */
  readonly captured: number;
  /** Writes that were lost, by reason; empty when none was. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Requests that rightly are not in the recording. */
  readonly passed: Readonly<PassedOver>;
  /** Upstream calls that began after the record of their request was made; those records lack them. */
  readonly lateCalls: number;
  readonly inFlight: number;
  readonly queued: number;
  readonly queuedBytes: number;
  /** Files that are whole. */
  readonly files: readonly string[];
  /** The last refusal of the disk, or null. */
  readonly diskFailure: unknown;
}

/** What capture reaches outside for; whoever opens one may put their own in its place. */
export interface CaptureDoors {
  readonly disk: Disk;
  readonly nowMs: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const DOORS: CaptureDoors = {
  disk: systemDisk,
  nowMs: () => Date.now(),
  environment: process.env,
};

/** An open capture without a door. */
export interface CaptureSession {
  readonly settings: CaptureSettings;
  readonly recorder: Recorder;
  stats(): CaptureStats;
  /** Writes down what is finished and completes the file; however often it is called, it closes once. */
  close(): Promise<CaptureStats>;
}

/** Opens a session. Throws a `GolemError` when an option is wrong or the place to write to is. */
export function openSession(options: CaptureOptions, given: Partial<CaptureDoors> = {}): CaptureSession {
  const doors = { ...DOORS, ...given };
  const { nowMs } = doors;
  const settings = readCaptureOptions(options, doors.environment);
  const losses = new Losses(options.onDrop ?? warn, nowMs);
  const destination = destinationOf(options.to, {
    compress: options.compress ?? 'none',
    overwrite: options.overwrite ?? false,
    instance: randomBytes(4).toString('hex'),
  });
  const files = new RecordingFiles({
    disk: doors.disk,
    destination,
    header: settings.header,
    rotation: destination.isFolder ? settings.rotation : { bytes: null, ms: null },
    nowMs,
    dropped: () => losses.byReason,
    onLost: (lines) => lines > 0 && losses.add('disk', lines),
  });
  const recorder = new Recorder({ ...settings, files, losses, nowMs });
  const onExit = (): void => recorder.flushNow();
  process.once('exit', onExit);
  let closing: Promise<CaptureStats> | null = null;

  function stats(): CaptureStats {
    return {
      captured: files.written,
      dropped: losses.byReason,
      passed: { ...recorder.passed },
      lateCalls: recorder.lateCalls,
      inFlight: recorder.inFlight,
      queued: recorder.queued + files.pending,
      queuedBytes: recorder.queuedBytes,
      files: [...files.completed],
      diskFailure: files.failure,
    };
  }

  return {
    settings,
    recorder,
    stats,
    close() {
      closing ??= recorder.close().then(() => {
        process.off('exit', onExit);
        return stats();
      });
      return closing;
    },
  };
}

function warn(line: string): void {
  process.emitWarning(line, { code: 'GOLEM_CAPTURE' });
}
