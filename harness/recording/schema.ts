/**
 * What a header and a record must look like, as schemas compiled once. Apart from the reader so that the cost of
 * validation can be measured by itself, and so that a capture can check what it is about to write.
 *
 * Only `validate` is called on the way through: it looks at the parsed value and leaves it as it is, so unknown keys
 * are kept and nothing is copied. `safeParse` names the fault, on the error path alone.
 */
import { z } from 'zod';
import { MAX_FILES, MAX_HEADERS, MAX_NAME_CHARACTERS, MAX_UPSTREAM_CALLS } from './bounds.ts';
import { stepsOfShare } from './sample-share.ts';
import { AT_FORM, parseAt } from './timestamp.ts';

const name = z.string().min(1).max(MAX_NAME_CHARACTERS);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits');
const time = z.string().refine((text) => !Number.isNaN(parseAt(text)), `expected ${AT_FORM}`);
const status = z.int().min(100).max(599);

/** `unknown` alone would let the key be absent. */
const present = z.unknown().refine((value) => value !== undefined, 'expected a value');

const headers = z
  .record(z.string(), z.string())
  .refine((all) => countAtMost(all, MAX_HEADERS), `expected at most ${MAX_HEADERS} headers`);

/** Counts own keys without building a list of them: this runs once per record. */
function countAtMost(value: Readonly<Record<string, unknown>>, most: number): boolean {
  let count = 0;
  for (const _ in value) {
    count += 1;
    if (count > most) {
      return false;
    }
  }
  return true;
}

/** One recorded write; `at` is checked by the reader, which needs it in milliseconds anyway. */
export const recordSchemaUncompiled = z.looseObject({
  id: name,
  at: z.string(),
  user: name,
  request_key: name,
  rollout_bucket: z.int().min(0).max(9999),
  request: z.looseObject({
    method: z.string().min(1),
    path: z.string().min(1),
    headers,
    body: present,
    files: z
      .array(z.looseObject({ name: z.string(), mime: z.string(), sha256, bytes: z.int().min(0) }))
      .max(MAX_FILES),
  }),
  upstream: z
    .array(
      z.looseObject({
        request: z.looseObject({ method: z.string(), url: z.string(), body_sha256: sha256 }),
        response: z.looseObject({ status, body: z.string() }).nullable(),
        latency_ms: z.number().min(0),
      }),
    )
    .max(MAX_UPSTREAM_CALLS),
  response: z.looseObject({ status, body: present }).nullable(),
});

export const recordSchema = z.compile(recordSchemaUncompiled);

/** What line 1 must hold beside `golem` and `version`, which are looked at first to tell a wrong file from a wrong version. */
export const headerSchema = z.looseObject({
  golem: z.literal('recording'),
  version: z.literal(1),
  source: z.string().min(1),
  env: z.enum(['prod', 'stg', 'dev', 'local']),
  // From UTC−12 to UTC+14, the widest offsets in use.
  tz_offset_minutes: z.int().min(-720).max(840),
  anonymised: z.boolean(),
  simulated: z.boolean(),
  captured: z.looseObject({ from: time, to: time }),
  grouped_by: z.literal('user').optional(),
  sample: z
    .looseObject({
      share: z
        .string()
        .refine((text) => stepsOfShare(text) !== null, 'expected a percentage above 0% and up to 100%'),
      seed: z.string().max(MAX_NAME_CHARACTERS),
    })
    .optional(),
  // A count that cannot be read must not pass for no loss at all.
  dropped: z.record(z.string(), z.int().min(0)).optional(),
});
