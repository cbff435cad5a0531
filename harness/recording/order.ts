/**
 * Holds what one record cannot show by itself: ids unique within a user, times that do not go back, users that stand
 * together where the header says so. Apart from the readers because it is their only memory of what they passed.
 */
import { keyOfUser, type UserKey } from './user-key.ts';
import { UserTable } from './user-table.ts';

/** Why a record may not stand where it does; `say` names another line, such as `line 7`, from its number. */
export type OrderFault = (say: (line: number) => string) => string;

/** Checks records one after another; a record that is refused leaves no trace. */
export interface OrderGuard {
  /** What is wrong with this record here, or null when it may stand and is remembered. */
  admit(user: string, id: string, at: string, atMs: number, line: number): OrderFault | null;
}

/** Checks the records of one user, from one file after another. */
export class UserOrder {
  /** Line by id; a replay of a duplicate would count one write twice. */
  readonly #lineOfId = new Map<string, number>();
  #file = 0;
  #lastAt = '';
  #lastAtMs = Number.NEGATIVE_INFINITY;
  /** Line of the record that was admitted last. */
  lastLine = 0;

  /**
   * Checks time, then id, and remembers the record when both hold. Times go up within a file, ids are unique over all
   * of them.
   */
  admit(id: string, at: string, atMs: number, line: number, file = 0): OrderFault | null {
    if (file === this.#file && atMs < this.#lastAtMs) {
      const [last, lastAt] = [this.lastLine, this.#lastAt];
      return (say) => `records of a user are ordered by "at": ${say(last)} has ${lastAt}, this one ${at}`;
    }
    const first = this.#lineOfId.get(id);
    if (first !== undefined) {
      return (say) => `"id" is unique within a user: ${say(first)} has the same`;
    }
    this.#lineOfId.set(id, line);
    this.#file = file;
    this.#lastAt = at;
    this.#lastAtMs = atMs;
    this.lastLine = line;
    return null;
  }
}

/** For recordings in any order of users: remembers every id of every user. */
function mixed(): OrderGuard {
  const users = new Map<string, UserOrder>();
  return {
    admit(user, id, at, atMs, line) {
      let order = users.get(user);
      if (order === undefined) {
        order = new UserOrder();
        users.set(user, order);
      }
      return order.admit(id, at, atMs, line);
    },
  };
}

/** For recordings grouped by user: remembers the ids of the present user, and of others only the last line. */
export class GroupedOrder implements OrderGuard {
  readonly #passed = new UserTable();
  readonly #key: UserKey = { a: 0, b: 0 };
  #present: string | null = null;
  #order = new UserOrder();

  admit(user: string, id: string, at: string, atMs: number, line: number): OrderFault | null {
    if (user === this.#present) return this.#order.admit(id, at, atMs, line);
    keyOfUser(user, this.#key);
    const left = this.#passed.get(this.#key);
    if (left >= 0)
      return (say) => `the header says "grouped_by": "user", but this user's records ended on ${say(left)}`;
    this.#leave();
    this.#present = user;
    this.#order = new UserOrder();
    return this.#order.admit(id, at, atMs, line);
  }

  /** Keys of all users so far, the present one included; nobody can be admitted after that. */
  users(): Uint32Array<ArrayBuffer> {
    this.#leave();
    return this.#passed.keys();
  }

  #leave(): void {
    if (this.#present === null) return;
    keyOfUser(this.#present, this.#key);
    this.#passed.set(this.#key, this.#order.lastLine);
    this.#present = null;
  }
}

/** A guard for one pass over a recording; `groupedBy` is the header's word. */
export function createOrderGuard(groupedBy: 'user' | undefined): OrderGuard {
  return groupedBy === 'user' ? new GroupedOrder() : mixed();
}
