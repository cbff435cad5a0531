/**
 * How many users a cause strikes, counted while a replay runs: each once for a signature and once for all signatures that
 * are alike but for the entry, however often it strikes him. A file of its own because users, unlike breaches, do not add
 * up over signatures, and have to be told apart while they pass.
 */

/** Users by what they are counted for, as plain values. */
export type UserCounts = Readonly<Record<string, number>>;

export class CauseUsers {
  /** Users whose last write has passed. */
  readonly #ended = new Map<string, number>();
  /** What each user who is still writing was counted for. */
  readonly #open = new Map<string, Set<string>>();

  /** Counts a user for these keys, as far as that has not been done. */
  add(user: string, keys: readonly string[]): void {
    let own = this.#open.get(user);
    if (!own) {
      own = new Set();
      this.#open.set(user, own);
    }
    for (const key of keys) own.add(key);
  }

  /** A user's last write has passed. */
  end(user: string): void {
    for (const key of this.#open.get(user) ?? []) this.#ended.set(key, (this.#ended.get(key) ?? 0) + 1);
    this.#open.delete(user);
  }

  /** Adds the counts of other users. */
  merge(counts: UserCounts): void {
    for (const [key, users] of Object.entries(counts))
      this.#ended.set(key, (this.#ended.get(key) ?? 0) + users);
  }

  /** The counts, in an order that depends on nothing but them. */
  counts(): UserCounts {
    const all = new Map(this.#ended);
    for (const keys of this.#open.values()) for (const key of keys) all.set(key, (all.get(key) ?? 0) + 1);
    return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** What a user is counted for: the signature itself, and all that are alike but for the entry. */
export function userKeys(ids: readonly string[]): readonly string[] {
  return [ids[0]!, familyKey(ids.at(-1)!)];
}

/** The key of all signatures alike but for the entry, by the id of the wider one. */
export function familyKey(widerId: string): string {
  return `${widerId}*`;
}
