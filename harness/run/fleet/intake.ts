/**
 * Adds up what a fleet hands in, each job once, holds that nobody was met twice, and says how far the whole is. Apart
 * from whoever asks because it knows nothing of queues and databases.
 */
import type { PartTally } from '../parts/part-tally.ts';
import type { PartProgress } from '../parts/part-worker.ts';
import { UsersOnce } from '../parts/run-parts.ts';
import type { JobProgress } from './board.ts';
import { type FleetJob, type FleetOrder, jobName, keysOfText } from './order.ts';
import { UsersApart } from './users-apart.ts';

type Counts = Pick<PartProgress, 'records' | 'breaches' | 'bytes'>;

const NONE: Counts = { records: 0, breaches: 0, bytes: 0 };

export class Intake {
  readonly #jobs: ReadonlyMap<string, FleetJob>;
  readonly #merged: PartTally;
  readonly #order: FleetOrder;
  readonly #onProgress: (progress: PartProgress) => void;
  /** Holds groups of one file to their word. */
  readonly #usersOnce: UsersOnce;
  /** By group of several files. */
  readonly #usersApart = new Map<number, UsersApart>();
  readonly #seen = new Set<string>();
  /** What has been said of each job. */
  readonly #said = new Map<string, Counts>();
  readonly #told = new Set<string>();

  constructor(order: FleetOrder, merged: PartTally, onProgress: (progress: PartProgress) => void) {
    this.#order = order;
    this.#jobs = new Map(order.jobs.map((job) => [jobName(job), job]));
    this.#merged = merged;
    this.#onProgress = onProgress;
    this.#usersOnce = new UsersOnce(order.plan);
  }

  get seen(): readonly string[] {
    return [...this.#seen];
  }

  get isWhole(): boolean {
    return this.#seen.size === this.#jobs.size;
  }

  /**
   * Adds a job's tally. False where a user of it is also in another of several files, so that the sum is of no use.
   * Rejects with the error of a file that does not keep its users together.
   */
  async take(name: string, bytes: Uint8Array, users: Uint8Array | null): Promise<boolean> {
    const job = this.#jobs.get(name);
    if (!job || this.#seen.has(name)) return true;
    if (job.kind === 'stretch' && users) {
      const keys = keysOfText(Buffer.from(users).toString('base64'));
      if (!(await this.#isApart(job, keys))) return false;
    }
    const before = this.#counts();
    this.#merged.mergeBytes(bytes);
    this.#seen.add(name);
    const after = this.#counts();
    this.#say(
      name,
      {
        records: after.records - before.records,
        breaches: after.breaches - before.breaches,
        bytes: this.#bytesOf(job),
      },
      this.#newFindings(),
    );
    return true;
  }

  /** Says how far jobs are that have not been handed in. */
  follow(underWay: readonly (JobProgress & { readonly job: string })[]): void {
    for (const { job: name, records, breaches, share } of underWay) {
      const job = this.#jobs.get(name);
      const said = this.#said.get(name) ?? NONE;
      // One that another worker began anew is behind what was said of it.
      if (!job || this.#seen.has(name) || records < said.records) continue;
      this.#say(name, { records, breaches, bytes: share * this.#bytesOf(job) }, []);
    }
  }

  /** Takes back all that was said, where the whole begins anew. */
  takeBack(): void {
    for (const name of [...this.#said.keys()]) this.#say(name, NONE, []);
  }

  #isApart(job: Extract<FleetJob, { readonly kind: 'stretch' }>, keys: Uint32Array): Promise<boolean> {
    if (this.#order.groups[job.group]!.files.length === 1)
      return this.#usersOnce.add(job, keys).then(() => true);
    const apart = this.#usersApart.get(job.group) ?? new UsersApart();
    this.#usersApart.set(job.group, apart);
    return Promise.resolve(apart.add(job.index, keys));
  }

  #say(name: string, now: Counts, found: PartProgress['found']): void {
    const said = this.#said.get(name) ?? NONE;
    this.#said.set(name, now);
    this.#onProgress({
      records: now.records - said.records,
      breaches: now.breaches - said.breaches,
      bytes: now.bytes - said.bytes,
      found,
    });
  }

  #counts(): Omit<Counts, 'bytes'> {
    const { tally } = this.#merged;
    const breaches = [...tally.record, ...tally.day].reduce((sum, field) => sum + field.breaches, 0);
    return { records: tally.records, breaches };
  }

  /** A job's part of the work that the plan tells of. */
  #bytesOf(job: FleetJob): number {
    const { plan } = this.#order;
    if (job.kind === 'shard') return plan.reduce((sum, { work }) => sum + work, 0) / job.of;
    const { file, range } = plan[job.group]!.stretches[job.index]!;
    return range ? range.to - range.from : (file.stamp?.bytes ?? 0);
  }

  #newFindings(): PartProgress['found'] {
    const { incidents } = this.#merged.tally;
    return incidents.codes().flatMap((code) => {
      const [first] = this.#told.has(code) ? [] : incidents.examples(code);
      this.#told.add(code);
      return first ? [{ code, subject: `${first.user} ${first.record}`, detail: first.detail }] : [];
    });
  }
}
