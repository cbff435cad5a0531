/**
 * Makes an old recording harmless: every record through the redactor, into a new file that stands under its name only
 * once it is whole. A file of its own because it is the only place where a recording is both read and written.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { GolemError } from '../../errors.ts';
import { refuseExisting } from '../out-file.ts';
import { readRecording } from '../read.ts';
import { createRecordingWriter } from '../write.ts';
import type { PersonalKind } from './pseudonym.ts';
import type { RecordRedactor } from './redactor.ts';

export interface AnonymiseOptions {
  readonly file: string;
  /** Compressed as its name says. */
  readonly outFile: string;
  /** True to take the place of a recording of that name. */
  readonly overwrite: boolean;
  readonly redactor: RecordRedactor;
  readonly onBadLine: 'fail' | 'skip';
  /** The command that would anonymise what is whole of a file that breaks off. */
  readonly readOn?: string;
  /** Called now and then with the number of records written. */
  readonly progress?: (records: number) => void;
  /** Ends the work at the next batch; then nothing is left behind. */
  readonly signal?: AbortSignal;
}

export interface Anonymised {
  readonly records: number;
  readonly users: number;
  /** Texts that had something taken out of them. */
  readonly texts: number;
  /** What was taken out of texts, by kind. */
  readonly found: ReadonlyMap<PersonalKind, number>;
  readonly badLines: number;
  /** True when the recording said that it was anonymised already: then pseudonyms and tags in it were left. */
  readonly already: boolean;
}

/**
 * Anonymises `file` into `outFile`. Doing so twice gives the same bytes as once, whatever the key of the second time.
 * Rejects with a `GolemError`: kind `usage` for an output that is there already or is the input, `data` for what is
 * wrong with the recording, `unavailable` for the disk, `interrupted` by the signal. Then nothing is left behind.
 */
export async function anonymise(options: AnonymiseOptions): Promise<Anonymised> {
  const { file, outFile, redactor } = options;
  refuseSame(file, outFile);
  refuseExisting(outFile, options.overwrite);
  const recording = await readRecording(file, {
    onBadLine: options.onBadLine,
    readOn: options.readOn ?? null,
  });
  const already = recording.header.anonymised;
  const writer = await createRecordingWriter(outFile, redactor.redactHeader(recording.header)).catch(
    async (error: unknown) => {
      await recording.close();
      throw error;
    },
  );
  try {
    let records = 0;
    for await (const batch of recording.batches) {
      if (options.signal?.aborted) throw interrupted(outFile);
      for (const record of batch.records) await writer.write(redactor.redactRecord(record, already));
      records += batch.records.length;
      options.progress?.(records);
    }
    const written = await writer.finish();
    return {
      records: written.records,
      users: written.users,
      texts: redactor.texts,
      found: redactor.found,
      badLines: recording.badLines().count,
      already,
    };
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

/** The original is what there is to go back to: it is never written over. */
function refuseSame(file: string, outFile: string): void {
  if (!existsSync(file) || !existsSync(outFile) || realpathSync(file) !== realpathSync(outFile)) return;
  throw new GolemError({
    kind: 'usage',
    verb: 'write recording',
    subject: basename(outFile),
    reason: 'it is the recording that is being anonymised',
    next: 'golem anonymise --help',
  });
}

function interrupted(outFile: string): GolemError {
  const reason = 'it was interrupted; nothing was written';
  return new GolemError({ kind: 'interrupted', verb: 'write recording', subject: basename(outFile), reason });
}
