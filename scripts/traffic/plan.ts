/**
 * Traffic before it is sent: who sends what when, and what the provider will answer. Planning and sending are apart,
 * so the same plan goes over the network or straight into the handlers and must be recorded alike.
 */
import { createHash } from 'node:crypto';
import type { RequestFile } from '../../harness/migration.ts';
import type { Random } from './random.ts';

/** One answer of the stand-in provider; `answer: null` stands for none within `latencyMs`. */
export interface PlannedAnswer {
  readonly answer: { readonly status: number; readonly body: string } | null;
  readonly latencyMs: number;
}

export interface PlannedFile {
  readonly name: string;
  readonly mime: string;
  readonly content: Buffer;
}

interface Planned {
  /** Unique within its user. */
  readonly id: string;
  readonly user: string;
  readonly atMs: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A meal to log. With files it travels as multipart, else as JSON. */
export interface PlannedLog extends Planned {
  readonly kind: 'log';
  readonly body: Readonly<Record<string, string>>;
  readonly files: readonly PlannedFile[];
  readonly answers: readonly PlannedAnswer[];
}

/** The deletion of what an earlier write of the same user stored. */
export interface PlannedDeletion extends Planned {
  readonly kind: 'deletion';
  readonly of: string;
}

export type PlannedWrite = PlannedLog | PlannedDeletion;

/** What is in flight at once: mostly one write, sometimes twins. */
export type PlannedStep = readonly [PlannedWrite, ...PlannedWrite[]];

/** A file as requests and recordings describe it. */
export function describeFile(file: PlannedFile): RequestFile {
  return {
    name: file.name,
    mime: file.mime,
    sha256: createHash('sha256').update(file.content).digest('hex'),
    bytes: file.content.length,
  };
}

/** A picture of chance: the marker bytes of a JPEG around noise, since only digest and size matter. */
export function inventPhoto(name: string, random: Random): PlannedFile {
  const noise = Buffer.alloc(random.whole(200, 900));
  for (let at = 0; at < noise.length; at++) noise[at] = random.uint32() & 255;
  const content = Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), noise, Buffer.from('ffd9', 'hex')]);
  return { name, mime: 'image/jpeg', content };
}
