/**
 * Delta debugging: the ddmin algorithm of Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input",
 * IEEE Transactions on Software Engineering 28(2), 2002. It knows nothing of recordings, which is why it stands alone.
 */

/** Whether these items still show what is looked for. */
export type Shows<Item> = (items: readonly Item[]) => Promise<boolean>;

/**
 * A part of `items`, in their order, that still shows it and of which no single item can be left out, unless `shows`
 * stopped answering true for want of a budget. `items` themselves are taken to show it and are not asked about. Asks
 * at most n² + 3n times for n items, and about 2·log₂ n times where a single item decides.
 */
export async function minimise<Item>(
  items: readonly Item[],
  shows: Shows<Item>,
  options: { readonly mayBeEmpty: boolean },
): Promise<readonly Item[]> {
  if (options.mayBeEmpty && items.length > 0 && (await shows([]))) return [];
  let kept = items;
  let parts = 2;
  while (kept.length >= 2) {
    const subsets = split(kept, parts);
    const smaller = await firstShowing(subsets, shows);
    if (smaller) {
      kept = smaller;
      parts = 2;
      continue;
    }
    // Of two halves each is the other's complement, and both were asked about.
    const rest = parts === 2 ? null : await firstShowing(complements(subsets), shows);
    if (rest) {
      kept = rest;
      parts = Math.max(parts - 1, 2);
      continue;
    }
    if (parts >= kept.length) break;
    parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}

/** Cuts items into `parts` runs whose lengths differ by at most one. */
function split<Item>(items: readonly Item[], parts: number): (readonly Item[])[] {
  return Array.from({ length: parts }, (_, index) =>
    items.slice(Math.floor((index * items.length) / parts), Math.floor(((index + 1) * items.length) / parts)),
  );
}

function complements<Item>(subsets: readonly (readonly Item[])[]): (readonly Item[])[] {
  return subsets.map((_, left) => subsets.flatMap((subset, index) => (index === left ? [] : subset)));
}

async function firstShowing<Item>(
  candidates: readonly (readonly Item[])[],
  shows: Shows<Item>,
): Promise<readonly Item[] | null> {
  for (const candidate of candidates) if (await shows(candidate)) return candidate;
  return null;
}
