/**
 * Feature flags of the service, parsed from their texts once per service instance. The texts are what an operator
 * types into the environment, so a text that is not understood is refused, never read as "off".
 */
import { hash } from 'node:crypto';
import { GolemError } from '../errors.ts';
import type { FlagTexts } from '../migration.ts';

export interface MealLogFlags {
  /** Compute V2 in the shadow, store it and its diffs, observe the metrics. */
  readonly shadow: boolean;
  /** Buckets below this number (0–10,000) also get V2 merged into the live row. */
  readonly dualWriteBuckets: number;
  /** Buckets below this number read through V2's adapter. */
  readonly dualReadBuckets: number;
  /** One scale step clipped to ±12% in place of the two-step rule, in V2 only. */
  readonly simpleScale: boolean;
}

/** Every flag with its default text. */
export const FLAG_DEFAULTS: FlagTexts = {
  NORMALIZE_V2_SHADOW: '1',
  DUAL_WRITE_V2: '0',
  DUAL_READ_V2: '0',
  ATWATER_SIMPLE_SCALE: '0',
  NEVER_ZERO_MODE: 'safe',
};

const SHARES = new Set(['DUAL_WRITE_V2', 'DUAL_READ_V2']);

/** Buckets of a share: `0`, `1` or a percentage such as `10%` or `2.5%`; undefined when it is none of these. */
export function shareBuckets(text: string): number | undefined {
  if (text === '0') return 0;
  if (text === '1') return 10_000;
  const percent = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text);
  if (!percent) return undefined;
  const buckets = Math.round(Number(percent[1]) * 100);
  return buckets <= 10_000 ? buckets : undefined;
}

/** Why a flag's text is not acceptable, or null when it is. */
export function checkFlag(name: string, text: string): string | null {
  if (!Object.hasOwn(FLAG_DEFAULTS, name)) {
    return `no such flag; known are ${Object.keys(FLAG_DEFAULTS).join(', ')}`;
  }
  if (SHARES.has(name)) {
    return shareBuckets(text) === undefined ? 'expected 0, 1 or a percentage from 0% to 100%' : null;
  }
  if (name === 'NEVER_ZERO_MODE') return text === 'safe' ? null : 'expected safe';
  return text === '0' || text === '1' ? null : 'expected 0 or 1';
}

/** Parses flag texts over the defaults. Throws a usage error that names the flag and what it takes. */
export function readFlags(texts: FlagTexts): MealLogFlags {
  for (const [name, text] of Object.entries(texts)) {
    const reason = checkFlag(name, text);
    if (reason) {
      throw new GolemError({ kind: 'usage', verb: 'read the flag', subject: `${name}=${text}`, reason });
    }
  }
  const all = { ...FLAG_DEFAULTS, ...texts } as Record<string, string>;
  return {
    shadow: all.NORMALIZE_V2_SHADOW === '1',
    dualWriteBuckets: shareBuckets(all.DUAL_WRITE_V2!) ?? 0,
    dualReadBuckets: shareBuckets(all.DUAL_READ_V2!) ?? 0,
    simpleScale: all.ATWATER_SIMPLE_SCALE === '1',
  };
}

/**
 * The rollout bucket of a user, 0–9999: the first 8 bytes of SHA-256 of `DUAL_WRITE_V2:` + user as an unsigned
 * big-endian integer, modulo 10,000.
 */
export function rolloutBucket(user: string): number {
  const first = hash('sha256', `DUAL_WRITE_V2:${user}`, 'hex').slice(0, 16);
  return Number(BigInt(`0x${first}`) % 10_000n);
}
