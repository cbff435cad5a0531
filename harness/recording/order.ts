/**
 * Holds what one record cannot show by itself: ids unique within a user, times that do not go back, users that stand
 * together where the header says so. Apart from the reader because it is the reader's only memory of what it passed.
 */

/** Checks records one after another; a record that is refused leaves no trace. */
export interface OrderGuard {
  /** The reason why this record may not stand here, or null when it may and is remembered. */
  admit(user: string, id: string, at: string, atMs: number, line: number): string | null;
}

interface Passed {
  /** Line by id; a replay of a duplicate would count one write twice. */
  readonly lineOfId: Map<string, number>;
  lastAt: string;
  lastAtMs: number;
  lastLine: number;
}

/** Checks time, then id, and remembers the record when both hold. */
function follow(
  passed: Passed,
  user: string,
  id: string,
  at: string,
  atMs: number,
  line: number,
): string | null {
  if (atMs < passed.lastAtMs) {
    const before = `line ${passed.lastLine} of user "${user}" has ${passed.lastAt}`;
    return `records of a user are ordered by "at": ${before}, this one ${at}`;
  }
  const first = passed.lineOfId.get(id);
  if (first !== undefined) {
    return `"id" is unique within a user: "${id}" of user "${user}" stands on line ${first} already`;
  }
  passed.lineOfId.set(id, line);
  passed.lastAt = at;
  passed.lastAtMs = atMs;
  passed.lastLine = line;
  return null;
}

function start(): Passed {
  return { lineOfId: new Map(), lastAt: '', lastAtMs: Number.NEGATIVE_INFINITY, lastLine: 0 };
}

/** For recordings in any order of users: remembers every id of every user. */
function mixed(): OrderGuard {
  const users = new Map<string, Passed>();
  return {
    admit(user, id, at, atMs, line) {
      let passed = users.get(user);
      if (passed === undefined) {
        passed = start();
        users.set(user, passed);
      }
      return follow(passed, user, id, at, atMs, line);
    },
  };
}

/** For recordings grouped by user: remembers the ids of the present user, and of others only the last line. */
function grouped(): OrderGuard {
  const lastLineOfUser = new Map<string, number>();
  let present: string | null = null;
  let passed = start();
  return {
    admit(user, id, at, atMs, line) {
      if (user !== present) {
        const left = lastLineOfUser.get(user);
        if (left !== undefined) {
          return `the header says "grouped_by": "user", but user "${user}" ended on line ${left}`;
        }
        if (present !== null) {
          lastLineOfUser.set(present, passed.lastLine);
        }
        present = user;
        passed = start();
      }
      return follow(passed, user, id, at, atMs, line);
    },
  };
}

/** A guard for one pass over a recording; `groupedBy` is the header's word. */
export function createOrderGuard(groupedBy: 'user' | undefined): OrderGuard {
  return groupedBy === 'user' ? grouped() : mixed();
}
