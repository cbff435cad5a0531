/**
 * Finds where a recording breaks its word that users stand together, once two readings of it have met the same user.
 * Runs on the error path alone, so it reads the whole file for the two lines to name.
 */
import { dataError } from './fault.ts';
import { LineFaultError } from './lines.ts';
import { openRecording } from './read.ts';
import { parseTimed } from './record-line.ts';
import type { RecordingFile } from './recording-set.ts';
import { keyOfUser, type UserKey } from './user-key.ts';

/** The error that names both places of a user's key. */
export async function findRegrouped(file: RecordingFile, wanted: UserKey): Promise<Error> {
  const { source, lines } = await openRecording(file.name, file.label);
  const key: UserKey = { a: 0, b: 0 };
  let lastLine = -1;
  let isOther = true;
  try {
    do {
      while (lines.advance()) {
        const user = userOf(() => lines.text());
        if (user === null) continue;
        keyOfUser(user, key);
        const isWanted = key.a === wanted.a && key.b === wanted.b;
        if (isWanted && isOther && lastLine >= 0) {
          const reason = `the header says "grouped_by": "user", but this user's records ended on line ${lastLine}`;
          return dataError(file.label, file.compression, lines, { reason, column: 1 });
        }
        if (isWanted) lastLine = lines.line;
        isOther = !isWanted;
      }
    } while (await lines.fill());
  } finally {
    await source.close();
  }
  return new Error(`two users of ${file.label} have the same key`);
}

function userOf(text: () => string): string | null {
  try {
    return parseTimed(text()).record.user;
  } catch (error) {
    if (error instanceof LineFaultError) return null;
    throw error;
  }
}
