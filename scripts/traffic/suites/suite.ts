/** The shape of a fixture suite before it is sent; a file of its own because every suite and their list share it. */
import type { RecordedWrite } from '../../../harness/recording/format.ts';
import type { PlannedStep } from '../plan.ts';

export interface Suite {
  /** Folder under `fixtures/`. */
  readonly name: string;
  /** Minutes east of UTC that decide the local day of its writes. */
  readonly tzOffsetMinutes: number;
  steps(): readonly PlannedStep[];
  /** For a recording that is itself at fault: what becomes of each record on its way into the file. */
  readonly spoil?: (record: RecordedWrite) => RecordedWrite;
}
