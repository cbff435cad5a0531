/**
 * Writes people in volume to a file: made in threads, some dozens at a time, and written down in their order, so that
 * millions of records take the memory of thousands and the same bytes come out of any number of threads.
 */
import { Tinypool } from 'tinypool';
import { createRecordingWriter, type WrittenCounts } from '../../harness/recording/write.ts';
import { generateVolume, type VolumeRequest } from './generate.ts';
import type { MadeLines } from './volume-thread.ts';

/** People made at a time: enough that a thread's messages cost nothing, few enough to hold in memory. */
const PEOPLE_AT_A_TIME = 64;
/** Batches under way for each thread. */
const BATCHES_A_THREAD = 2;

export interface WrittenVolume extends WrittenCounts {
  /** Meals that carry a planted fault. */
  readonly planted: number;
}

/** Writes the recording; `onWritten` hears how many people are down. */
export async function writeVolume(
  file: string,
  request: VolumeRequest,
  workers: number,
  onWritten: (people: number, records: number) => void,
): Promise<WrittenVolume> {
  const writer = await createRecordingWriter(file, generateVolume(request, true).header);
  const pool = new Tinypool({
    filename: new URL('./volume-thread.ts', import.meta.url).href,
    name: 'makeLines',
    minThreads: workers,
    maxThreads: workers,
  });
  const underWay: Promise<MadeLines>[] = [];
  let next = 1;
  let [people, records, planted] = [0, 0, 0];
  const begin = (): void => {
    while (next <= request.users && underWay.length < workers * BATCHES_A_THREAD) {
      const last = Math.min(request.users, next + PEOPLE_AT_A_TIME - 1);
      const made = pool.run({ ...request, first: next, last }) as Promise<MadeLines>;
      // One that fails is met where its turn comes.
      made.catch(() => undefined);
      underWay.push(made);
      next = last + 1;
    }
  };
  try {
    for (begin(); underWay.length > 0; begin()) {
      const made = await underWay.shift()!;
      await writer.writeLines({
        text: new TextDecoder().decode(made.bytes),
        records: made.records,
        users: made.users,
      });
      people += made.users;
      records += made.records;
      planted += made.planted;
      onWritten(people, records);
    }
    return { ...(await writer.finish()), planted };
  } catch (error) {
    await writer.abort();
    throw error;
  } finally {
    await pool.destroy();
  }
}
