/**
 * Whether the recordings of a gate hold anything personal, as a row and its findings. Every recording under the
 * fixtures is looked through, those of suites that must fail and those of no suite too: they are committed all alike.
 */
import { join } from 'node:path';
import type { GolemConfig } from '../config.ts';
import { GolemError } from '../errors.ts';
import { type CheckedSuite, MOST_PLACES, privacyFindings, privacyRow } from '../gate/privacy-check.ts';
import { checkRecording, createChecker, KIND_WORDS } from '../recording/privacy/check.ts';
import { createSearch } from '../recording/privacy/find-personal.ts';
import type { Finding, Row } from '../report/shape.ts';

/** Looks through the recordings of these suites; a recording of another name stands by its path. */
export async function checkPrivacy(
  config: GolemConfig,
  root: string,
  recorded: readonly string[],
): Promise<{ readonly row: Row; readonly findings: readonly Finding[] }> {
  const { names } = config.privacy ?? { names: [] };
  const checker = createChecker(createSearch({ names, harmless: config.migration.privacy?.harmless ?? [] }));
  const suites: CheckedSuite[] = [];
  for (const suite of recorded) {
    const file = [
      config.fixtures,
      suite,
      ...(/\.ndjson(?:\.gz|\.zst)?$/.test(suite) ? [] : ['recording.ndjson']),
    ].join('/');
    try {
      const checked = await checkRecording(join(root, file), { checker, most: MOST_PLACES });
      suites.push({ suite, file, checked });
    } catch (error) {
      // A recording that cannot be read ends the run where its suite is replayed; one of no suite is red as such.
      if (!(error instanceof GolemError)) throw error;
    }
  }
  return { row: privacyRow(suites), findings: privacyFindings(suites, KIND_WORDS) };
}
