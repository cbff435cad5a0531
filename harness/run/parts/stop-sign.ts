/**
 * Tells all workers of a run, in whatever thread, to end after the user at hand. One number in memory that threads
 * share: a message would only be read once a part is done.
 */
export interface StopSign {
  isUp(): boolean;
  putUp(): void;
  /** What another thread looks at: not 0 once the sign is up. */
  readonly shared: SharedArrayBuffer;
}

export function makeStopSign(): StopSign {
  const shared = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const up = new Int32Array(shared);
  return {
    shared,
    isUp: () => Atomics.load(up, 0) !== 0,
    putUp: () => void Atomics.store(up, 0, 1),
  };
}
