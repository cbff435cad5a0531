/**
 * Refusals counted by kind, for the summary of an import. A file of its own because every importer says what it did
 * not take in the same words.
 */

/** Counts by the words of a reason before its first colon, most frequent first. */
export function countReasons(refused: readonly { readonly reason: string }[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { reason } of refused) {
    const kind = reason.split(':', 1)[0]!;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const inOrder = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return Object.fromEntries(inOrder);
}
