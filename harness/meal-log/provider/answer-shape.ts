/**
 * What the nutrition provider answers, as both paths read it. The type stands apart from its validation so that the
 * write paths, the importer and the traffic generator share it without loading a client.
 */

/** One item of a dish. Absent figures are really absent: providers leave them out. */
export interface ProviderItem {
  readonly name: string;
  readonly amount?: number | null | undefined;
  readonly unit?: string | null | undefined;
  readonly calories?: number | null | undefined;
  readonly protein_g?: number | null | undefined;
  readonly fat_g?: number | null | undefined;
  readonly carbs_g?: number | null | undefined;
  readonly alcohol_g?: number | null | undefined;
  /** A side dish the provider proposes; the user has not said it was eaten. */
  readonly proposed?: boolean | undefined;
}

export interface ProviderTotals {
  readonly calories?: number | null | undefined;
  readonly protein_g?: number | null | undefined;
  readonly fat_g?: number | null | undefined;
  readonly carbs_g?: number | null | undefined;
}

export interface ProviderAnswer {
  readonly dish: string;
  /** 0–1. */
  readonly confidence: number;
  readonly items: readonly ProviderItem[];
  readonly totals?: ProviderTotals | null | undefined;
}

/** Where an answer came from: the provider, or the dictionary after the provider failed. */
export interface Analysis {
  readonly answer: ProviderAnswer;
  readonly source: 'provider' | 'dictionary';
  /** Why the dictionary stepped in: `provider_timeout`, `provider_status`, `provider_malformed`, `provider_empty`; null if it did not. */
  readonly fallback: string | null;
  /** Calls made, retries included. */
  readonly attempts: number;
}
