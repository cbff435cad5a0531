/** Defects of storage: a shadow row that is never written, a repeat that is stored again, a failure that leaks. */
import type { MealLogRow } from '../store/contract.ts';
import type { Variant } from '../write/variant.ts';
import { v2Throws } from './guards.ts';

/** Reports every shadow row as stored and writes none. */
export function lostWrite(healthy: Variant): Variant {
  return {
    ...healthy,
    insertShadow: async (_tx, row): Promise<MealLogRow> => ({ ...row, is_deleted: false, row_version: 1 }),
  };
}

/** Never finds a key again, so that a repeat is stored as another meal. */
export function duplicate(healthy: Variant): Variant {
  return {
    ...healthy,
    findRequest: async () => null,
    insertRequest: async (tx, row, notBefore) => {
      const known = await tx.findRequest(row.user_id, row.request_key, notBefore);
      if (!known) await tx.insertRequest(row, notBefore);
    },
  };
}

/** Lets V2's failure decide what the sender is told. */
export function v2Leak(healthy: Variant): Variant {
  return { ...v2Throws(healthy), isolatesV2: false };
}
