/**
 * Makes some of the people of a volume in a thread of its own: people depend on nobody else, so any thread makes the
 * same lines of them. The entry of a thread; nothing imports it for anything but its types.
 */
import { renderRecord } from '../../harness/recording/write.ts';
import { generateVolume, type VolumeRequest } from './generate.ts';

/** The lines of some people, as UTF-8. */
export interface MadeLines {
  readonly bytes: Uint8Array;
  readonly records: number;
  readonly users: number;
  readonly planted: number;
}

/** The lines of the people from `first` to `last`. */
export async function makeLines(
  request: VolumeRequest & { readonly first: number; readonly last: number },
): Promise<MadeLines> {
  const lines: string[] = [];
  let planted = 0;
  const users = new Set<string>();
  for await (const record of generateVolume(request, true).records) {
    lines.push(renderRecord(record));
    users.add(record.user);
    if ('planted' in record) planted += 1;
  }
  lines.push('');
  return {
    bytes: new TextEncoder().encode(lines.join('\n')),
    records: lines.length - 1,
    users: users.size,
    planted,
  };
}
