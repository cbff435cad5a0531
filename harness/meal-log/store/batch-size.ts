/** How many rows a database gets at once in a replay; apart, so that choosing a store loads none. */

/** Rows of a batch: about five a write. More make no statement cheaper per row. */
export const ROWS_PER_BATCH = 2_500;
