/**
 * What the reference service accepts at most. One table, because each number stands for a promise to the sender
 * (a status and a code) and for a bound on what one request may cost.
 */
export const LIMITS = {
  /** Bytes of a JSON body or of one multipart field. */
  bodyBytes: 256 * 1024,
  /** UTF-16 code units of a message. */
  messageLength: 20_000,
  /** UTF-16 code units of an idempotency key; longer ones would be cut and could collide. */
  keyLength: 255,
  files: 8,
  fileBytes: 10 * 1024 * 1024,
  fields: 16,
  headers: 64,
  headerBytes: 16 * 1024,
  /** Milliseconds for a request's headers, for the whole request, and for an idle connection. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 5_000,
  /** Milliseconds a shutdown waits for senders that do not finish. */
  drainMs: 10_000,
} as const;

/** A request that is answered without reaching the write paths. */
export class RequestRefusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'RequestRefusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** The answer's body, in the shape every answer of the service has. */
  get body(): Readonly<Record<string, unknown>> {
    return { ok: false, success: false, error: this.code, message: this.message };
  }
}
