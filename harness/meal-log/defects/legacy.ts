/** A defect of the legacy path, under which V2 must come to the same outcome as ever. */
import type { Variant } from '../write/variant.ts';

/** Legacy throws on every meal. */
export function legacyThrows(healthy: Variant): Variant {
  return {
    ...healthy,
    computeLegacy: () => {
      throw new Error('legacy is out of order');
    },
  };
}
