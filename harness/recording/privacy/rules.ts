/**
 * What a migration says of its own data: which parts of a write a recording may hold, and as what. The types stand
 * apart because a migration states them and the redactor obeys them, and neither imports the other.
 */

/**
 * What a kept value is. `text` is what people wrote: scrubbed. `id` and `key` become pseudonyms, equal values equal
 * ones. `number` and `boolean` stay. `word` stays when it is in the list, `shape` as far as the expression matches
 * from its beginning, unless that looks personal. `image` becomes a keyed digest. A value of another JSON type than
 * its kind keeps its type and loses its content; null stays null.
 */
export type Kept =
  /** Where `most` is given, a text stays on the same side of that many characters (code points) as it was. */
  | { readonly kind: 'text'; readonly most?: number }
  /** Ids of one thing carry one prefix (one to three small letters) wherever they stand, so that they join. */
  | { readonly kind: 'id'; readonly prefix: string }
  /** An idempotency key; it joins with the record's own. */
  | { readonly kind: 'key' }
  /** Figures over `most` become the next whole number above it: a phone number is a number, too. Default 10,000,000. */
  | { readonly kind: 'number'; readonly most?: number }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'word'; readonly of: readonly string[] }
  | { readonly kind: 'shape'; readonly shape: RegExp }
  | { readonly kind: 'image' };

/**
 * Values by their place in a JSON value: names with dots between, `[]` for every element of a list, such as
 * `items[].name`. What no pattern names is dropped.
 */
export type KeptByPattern = Readonly<Record<string, Kept>>;

/** The allow-list of a migration. Nothing that is not listed here reaches a recording. */
export interface PrivacyRules {
  /**
   * Requests that are recorded: method and path; a part of the path in braces is an id of that prefix, such as
   * `/log/{l}`. Paths of other requests become a tag; a capture leaves such requests out.
   */
  readonly requests: readonly { readonly method: string; readonly path: string }[];
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, Kept>>;
  readonly body: KeptByPattern;
  /** Addresses that the write paths ask; a call is known by the path of its URL, and recorded under the URL here. */
  readonly upstreamUrls: readonly string[];
  /** What is kept of an upstream answer that is JSON; of one that is not, a tag is. */
  readonly upstream: KeptByPattern;
  /** What is kept of production's answer to the sender. */
  readonly answer: KeptByPattern;
  /**
   * Phrases of the trade that look personal and are not, such as a brand named like a street. They are passed over
   * in texts, so each should say no more than it must.
   */
  readonly harmless?: readonly RegExp[];
}
