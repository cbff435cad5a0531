/**
 * Opens the store a run was asked for. The databases are imported only when chosen, so a replay in memory pays for
 * neither.
 */
import type { StoreChoice } from '../../migration.ts';
import type { MealLogStore } from './contract.ts';
import { memoryStore } from './memory.ts';

export interface OpenOptions {
  /** PGlite: a directory that keeps the rows, as a service wants it; null holds them in memory. Default null. */
  readonly directory?: string | null;
  /** PGlite: where the prepared database may be kept, best first. Default: beside PGlite, then the user's cache. */
  readonly cacheDirectories?: readonly string[];
  /** PostgreSQL: a schema to migrate and keep; null makes one of the run's own, dropped at close. Default null. */
  readonly schema?: string | null;
  /** Databases: rows written at once; null writes each as it comes. Default null. */
  readonly rowsPerBatch?: number | null;
  /** PostgreSQL: connections for each of live and shadow. */
  readonly connectionsPerLane?: number;
}

/** Opens the chosen store, empty unless it keeps rows. Rejects with a GolemError when it cannot be had. */
export async function openMealLogStore(
  choice: StoreChoice,
  options: OpenOptions = {},
): Promise<MealLogStore> {
  switch (choice.kind) {
    case 'memory':
      return memoryStore();
    case 'pglite': {
      const { openPglite } = await import('./pglite.ts');
      const { defaultCacheDirectories } = await import('./pglite-prepared.ts');
      return openPglite({
        directory: options.directory ?? null,
        cacheDirectories: options.cacheDirectories ?? defaultCacheDirectories(),
        rowsPerBatch: options.rowsPerBatch ?? null,
      });
    }
    case 'postgres': {
      const { openPostgres } = await import('./postgres.ts');
      return openPostgres({
        url: choice.url,
        schema: options.schema ?? null,
        rowsPerBatch: options.rowsPerBatch ?? null,
        ...(options.connectionsPerLane === undefined
          ? {}
          : { connectionsPerLane: options.connectionsPerLane }),
      });
    }
  }
}
