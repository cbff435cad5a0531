/**
 * Everything a verdict on recordings is made from: what a replay of some of their users leaves, and what any number of
 * such tallies add up to. Part, shard, checkpoint and whole are all one of these, so the report cannot depend on how
 * the work was cut.
 */
import { BreachCauses, type BreachCounts } from '../../diff/breach-causes.ts';
import { EvidenceTally, type EvidenceJson } from '../../gate/evidence/evidence-tally.ts';
import type { Migration } from '../../migration.ts';
import type { LeftOut } from '../../recording/selection.ts';
import { nothingLeftOut } from '../../recording/selection.ts';
import { mergePackedScrapes, packScrapes } from '../../tally/packed-scrapes.ts';
import { type ScrapeOptions, ScrapeTally } from '../../tally/scrapes.ts';
import { Counts, type CountsJson, Tally, type TallyJson } from '../../tally/tally.ts';

/** What decides how a tally is kept; the same for all tallies that add up. */
export interface TallyShape {
  readonly migration: Migration;
  readonly seed: string;
  /** Null where no alert is emulated. */
  readonly scraping: ScrapeOptions | null;
}

interface PlainTally {
  readonly tally: TallyJson;
  readonly census: CountsJson;
  readonly left_out: LeftOut;
  readonly causes: BreachCounts;
  readonly evidence: EvidenceJson;
  /** Environments with the lengths of their packed scrapes, which follow in this order. */
  readonly scrapes: readonly (readonly [env: string, bytes: number])[];
}

export class PartTally {
  readonly tally: Tally;
  /** Rows the stores held after their replays, per table. */
  readonly census = new Counts();
  readonly leftOut: LeftOut = nothingLeftOut();
  readonly causes: BreachCauses;
  readonly evidence: EvidenceTally;
  readonly #shape: TallyShape;
  readonly #scrapes = new Map<string, ScrapeTally>();

  constructor(shape: TallyShape) {
    const { migration, seed } = shape;
    this.#shape = shape;
    this.tally = new Tally(migration);
    this.causes = new BreachCauses(migration);
    this.evidence = new EvidenceTally({ seed, fields: migration.fields });
  }

  /** The scrapes of services in one environment; null where none are kept. */
  scrapesIn(env: string): ScrapeTally | null {
    const { migration, scraping } = this.#shape;
    if (!scraping) return null;
    let scrapes = this.#scrapes.get(env);
    if (!scrapes) {
      scrapes = new ScrapeTally(migration.metrics, scraping);
      this.#scrapes.set(env, scrapes);
    }
    return scrapes;
  }

  /** All scrapes by environment, in the order of the environments' names. */
  get scrapes(): ReadonlyMap<string, ScrapeTally> {
    return new Map([...this.#scrapes].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Adds the tally of other users, which is not to be used after that: what it alone has is taken over as it is. */
  merge(other: PartTally): void {
    this.tally.merge(other.tally);
    this.#mergeCounts(other.census, other.leftOut, other.causes.counts());
    this.evidence.merge(other.evidence);
    for (const [env, scrapes] of other.#scrapes) {
      const own = this.#scrapes.get(env);
      if (own) own.merge(scrapes);
      else this.#scrapes.set(env, scrapes);
    }
  }

  /** Adds what `toBytes` gave of other users. Throws where the bytes are of another shape. */
  mergeBytes(bytes: Uint8Array): void {
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
    let at = 4 + length;
    const plain = JSON.parse(new TextDecoder().decode(bytes.subarray(4, at))) as PlainTally;
    const { migration } = this.#shape;
    this.tally.merge(Tally.fromJSON(migration, plain.tally));
    this.#mergeCounts(Counts.fromJSON(plain.census), plain.left_out, plain.causes);
    this.evidence.merge(EvidenceTally.fromJSON(migration.fields, plain.evidence));
    for (const [env, size] of plain.scrapes) {
      const scrapes = this.scrapesIn(env);
      if (scrapes) mergePackedScrapes(scrapes, bytes.subarray(at, at + size));
      at += size;
    }
  }

  /** The tally as bytes, the same for the same tally: the length of its plain values, these as JSON, packed scrapes. */
  toBytes(): Uint8Array<ArrayBuffer> {
    const packed = [...this.scrapes].map(([env, scrapes]) => [env, packScrapes(scrapes)] as const);
    const plain: PlainTally = {
      tally: this.tally.toJSON(),
      census: this.census.toJSON(),
      left_out: this.leftOut,
      causes: this.causes.counts(),
      evidence: this.evidence.toJSON(),
      scrapes: packed.map(([env, { length }]) => [env, length]),
    };
    const text = new TextEncoder().encode(JSON.stringify(plain));
    const bytes = new Uint8Array(packed.reduce((sum, [, { length }]) => sum + length, 4 + text.length));
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 4);
    let at = 4 + text.length;
    for (const [, one] of packed) {
      bytes.set(one, at);
      at += one.length;
    }
    return bytes;
  }

  /**
   * Gives the memory of the scrapes back at once. They are tens of megabytes outside the heap, which a collector that
   * looks at the heap leaves lying long after the next tally has grown as large. Nothing may be asked of it after that.
   */
  release(): void {
    for (const scrapes of this.#scrapes.values()) scrapes.release();
    this.#scrapes.clear();
  }

  /** Adds what a reading left out. */
  addLeftOut(leftOut: LeftOut): void {
    for (const key of ['sample', 'users', 'where', 'dates'] as const) this.leftOut[key] += leftOut[key];
  }

  #mergeCounts(census: Counts, leftOut: LeftOut, causes: BreachCounts): void {
    this.census.merge(census);
    this.addLeftOut(leftOut);
    this.causes.merge(causes);
  }
}
