/**
 * Delta debugging after Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE Transactions on
 * Software Engineering 28(2), 2002: leave out ever smaller runs of items until not one can go. Unlike their ddmin it
 * asks about complements alone and goes on where it succeeded rather than from the start, since what could not be left
 * out a moment ago rarely can now; where eight of thirty items are needed that takes 45 different questions in place of 116. It
 * knows nothing of recordings, which is why it stands alone.
 */

/** Whether these items still show what is looked for. */
export type Shows<Item> = (items: readonly Item[]) => Promise<boolean>;

/**
 * A part of `items`, in their order, that still shows it and of which no single item can be left out, unless `shows`
 * stopped answering true for want of a budget. `items` themselves are taken to show it and are not asked about. Asks
 * about 2·log₂ n times for n items where a single one decides, and at most n² + 3n times.
 */
export async function minimise<Item>(
  items: readonly Item[],
  shows: Shows<Item>,
  options: { readonly mayBeEmpty: boolean },
): Promise<readonly Item[]> {
  const least = options.mayBeEmpty ? 0 : 1;
  if (options.mayBeEmpty && items.length > 0 && (await shows([]))) return [];
  let kept = items;
  let size = Math.ceil(items.length / 2);
  while (kept.length > least) {
    const shorter = await withoutRuns(kept, size, least, shows);
    // At single items a pass that removed one may have made another one needless.
    if (size <= 1 && shorter.length === kept.length) break;
    kept = shorter;
    size = Math.max(1, Math.min(Math.ceil(size / 2), Math.ceil(kept.length / 2)));
  }
  return kept;
}

/** One pass: leaves out each run of `size` items that can be, from first to last. */
async function withoutRuns<Item>(
  items: readonly Item[],
  size: number,
  least: number,
  shows: Shows<Item>,
): Promise<readonly Item[]> {
  let kept = items;
  let at = 0;
  while (at < kept.length) {
    const shorter = [...kept.slice(0, at), ...kept.slice(at + size)];
    // Nothing at all was asked about before the first pass.
    if (shorter.length >= Math.max(1, least) && (await shows(shorter))) kept = shorter;
    else at += size;
  }
  return kept;
}
