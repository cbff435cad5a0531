/**
 * The effective idempotency key of a write: the header, else the body's field, else a digest of what was sent.
 * The automatic key has no time in it, so the same words are a repeat for as long as the key lives; that is
 * production's rule and the replay shows what it swallows.
 */
import { hash } from 'node:crypto';
import type { WriteRequest } from '../../migration.ts';

/** How long a key is remembered. */
export const KEY_LIFETIME_MS = 90 * 86_400_000;

/** JSON with object keys sorted by code unit, so that equal bodies have equal texts. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`;
}

/** The key a write is remembered by: at most 255 characters of the sender's, or `auto:` and 64 hexadecimal digits. */
export function effectiveKey(user: string, request: WriteRequest): string {
  const header = request.headers['idempotency-key'];
  if (header) return header.slice(0, 255);
  const body = request.body;
  if (body === null || typeof body !== 'object') return autoKey(user, {}, request);
  const { idempotency_key: field, ...rest } = body as Record<string, unknown>;
  if (typeof field === 'string' && field !== '') return field.slice(0, 255);
  return autoKey(user, rest, request);
}

function autoKey(user: string, body: Record<string, unknown>, request: WriteRequest): string {
  const files = request.files.map((file) => file.sha256).join(',');
  return `auto:${hash('sha256', `${user}\n${canonicalJson(body)}\n${files}`, 'hex')}`;
}

/** Lower-case hexadecimal SHA-256 of a key: what recordings carry; its first 16 digits are what logs may show. */
export function keyDigest(key: string): string {
  return hash('sha256', key, 'hex');
}
