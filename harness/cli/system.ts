/**
 * Real time and real chance, for the one command that serves instead of replaying. Kept apart so that nothing that
 * replays can import them by accident.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Clock, Ids } from '../migration.ts';

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms) => {
    await setTimeout(ms);
  },
};

/** Random ids: UUID version 4, and version 7 (RFC 9562, section 5.7) as 22 characters of base64url. */
export const randomIds: Ids = {
  uuid: () => randomUUID(),
  shortUuid7(_kind, nowMs) {
    const bytes = randomBytes(16);
    bytes.writeUIntBE(nowMs, 0, 6);
    bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6);
    bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8);
    return bytes.toString('base64url');
  },
};
