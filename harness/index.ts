/**
 * golem as a library: the value a team writes to describe its own migration, and the runs that judge it. Small on
 * purpose; what is not here may change.
 */
export {
  defineConfig,
  type FieldLimits,
  type GolemConfig,
  type LevelLimits,
  type Limits,
  type Suite,
} from './config.ts';
export { EXIT, GolemError, type Failure } from './errors.ts';
export type * from './migration.ts';
export { breachedFields, compareTotals } from './diff/fields.ts';
export { type GateOptions, runGate } from './pipeline.ts';
export { type ReplayOptions, runReplay } from './run/replay.ts';
export type { Kept, KeptByPattern, PrivacyRules } from './recording/privacy/rules.ts';
export type { RecordedExchange, RecordedWrite, RecordingHeader } from './recording/format.ts';
export type { Finding, Report, Row } from './report/shape.ts';
