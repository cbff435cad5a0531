/**
 * One entry of the food dictionary: what 100 g of it hold and what its usual portions weigh. A file of its own, so
 * that units and the text scan know the shape without loading the table.
 */

export interface Food {
  readonly id: string;
  /** Japanese name. */
  readonly ja: string;
  /** English name, singular. */
  readonly en: string;
  readonly aliases: readonly string[];
  /** Energy per 100 g, in kcal. */
  readonly kcal: number;
  /** Protein per 100 g, in g. */
  readonly p: number;
  /** Fat per 100 g, in g. */
  readonly f: number;
  /** Carbohydrate by difference per 100 g, in g. */
  readonly c: number;
  /** The table the figures come from, and the entry's number in it. */
  readonly source: string;
  /** Alcohol per 100 g, in g. */
  readonly alcohol_g?: number | undefined;
  /** True where the figures already hold the oil of deep-frying. */
  readonly fried?: boolean | undefined;
  /** Grams of one piece, as eaten. */
  readonly piece_g?: number | undefined;
  /** Grams of one slice. */
  readonly slice_g?: number | undefined;
  /** Grams of one bowl, as the food is usually served. */
  readonly bowl_g?: number | undefined;
  /** Grams that fill a cup of 240 ml. */
  readonly cup_g?: number | undefined;
  /** Grams of one usual serving. */
  readonly serving_g?: number | undefined;
  /** Grams per ml. */
  readonly density?: number | undefined;
}
