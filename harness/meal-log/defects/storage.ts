/** Defects of storage: a shadow row that is never written, a live row written twice, a failure that leaks. */
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

/** Writes every live row a second time under another id, as a retry that forgot the first attempt would. */
export function duplicate(healthy: Variant): Variant {
  return {
    ...healthy,
    insertLog: async (tx, row) => {
      await tx.insertLog({ ...row, id: row.id.replace(/.$/, (digit) => (digit === 'f' ? 'e' : 'f')) });
      return tx.insertLog(row);
    },
  };
}

/** Lets V2's failure decide what the sender is told. */
export function v2Leak(healthy: Variant): Variant {
  return { ...v2Throws(healthy), isolatesV2: false };
}
