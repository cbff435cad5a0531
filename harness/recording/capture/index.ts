/** Capture as a package's user sees it: `golem/capture`. Small on purpose; what is not here may change. */
export type { CaptureBounds } from './bounds.ts';
export { type Capture, captureWrites } from './capture.ts';
export type { CaptureOptions, UserOf } from './options.ts';
export type { RawExchange, RawWrite, Redactor } from './raw-write.ts';
export type { CaptureStats } from './session.ts';
export type { UpstreamAddress } from './upstream-calls.ts';
