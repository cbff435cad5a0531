/**
 * The provider over the network, for the service that really runs: undici with time-outs at every step, a cap on
 * what is read and no redirects. It stands apart from the client because a replay must never load a transport.
 */
import { Agent, type Dispatcher, request } from 'undici';
import { GolemError } from '../../errors.ts';
import type { Upstream } from '../../migration.ts';
import { PROVIDER_URL } from './request.ts';

/** Where recordings say that the provider lives. */
export const PROVIDER_ORIGIN = new URL(PROVIDER_URL).origin;

export interface ProviderTransportOptions {
  /** Where the provider lives; its path is put before that of `PROVIDER_URL`. */
  readonly baseUrl: string;
  /** Sent as a bearer token; never part of an error's message. */
  readonly token?: string | undefined;
  /** Milliseconds until a connection must stand. Default 2,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds without a byte of the answer. Default 10,000. */
  readonly idleTimeoutMs?: number;
  /** Milliseconds for one call, first to last byte. Default 15,000. */
  readonly deadlineMs?: number;
  /** Bytes of an answer that are read at most. Default 1 MiB. */
  readonly maxAnswerBytes?: number;
  /** Sees each call go over the wire. */
  readonly interceptor?: Dispatcher.DispatcherComposeInterceptor | undefined;
}

export interface ProviderTransport {
  readonly upstream: Upstream;
  /** The upstream on behalf of one request: its calls carry these headers besides their own. */
  upstreamWith(headers: Readonly<Record<string, string>>): Upstream;
  close(): Promise<void>;
}

/** What the environment says about the provider; throws a usage error when that is not an http or https address. */
export function providerOptionsFrom(
  environment: Readonly<Record<string, string | undefined>>,
): ProviderTransportOptions {
  const baseUrl = environment.NUTRITION_PROVIDER_URL;
  const parsed = baseUrl === undefined ? null : URL.parse(baseUrl);
  if (baseUrl === undefined || !parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new GolemError({
      kind: 'usage',
      verb: 'find the nutrition provider',
      subject: 'NUTRITION_PROVIDER_URL',
      reason: 'expected an http or https address in the environment',
      next: 'NUTRITION_PROVIDER_URL=https://… golem serve',
    });
  }
  if (parsed.username || parsed.password) {
    // An address is printed in errors; a secret belongs into the token.
    throw new GolemError({
      kind: 'usage',
      verb: 'find the nutrition provider',
      subject: 'NUTRITION_PROVIDER_URL',
      reason: 'expected an address without a user or a password; a token goes into NUTRITION_PROVIDER_TOKEN',
    });
  }
  return { baseUrl, token: environment.NUTRITION_PROVIDER_TOKEN || undefined };
}

/**
 * Opens the transport. Its upstream resolves with whatever status came, redirects included, and rejects when no
 * whole answer came in time, the connection failed, or the answer is larger than the cap.
 */
export function openProviderTransport(options: ProviderTransportOptions): ProviderTransport {
  const { idleTimeoutMs = 10_000, deadlineMs = 15_000, maxAnswerBytes = 1024 * 1024 } = options;
  const agent = new Agent({
    connect: { timeout: options.connectTimeoutMs ?? 2_000 },
    headersTimeout: idleTimeoutMs,
    bodyTimeout: idleTimeoutMs,
    maxResponseSize: maxAnswerBytes,
  });
  const dispatcher = options.interceptor === undefined ? agent : agent.compose(options.interceptor);
  const base = options.baseUrl.replace(/\/+$/, '');
  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (options.token) headers.authorization = `Bearer ${options.token}`;

  const upstreamWith = (added: Readonly<Record<string, string>>): Upstream => {
    const sent = { ...added, ...headers };
    return async ({ method, url, body }) => {
      const path = url.startsWith(PROVIDER_ORIGIN) ? url.slice(PROVIDER_ORIGIN.length) : '/';
      const answer = await request(`${base}${path}`, {
        method: method as 'POST',
        headers: sent,
        body,
        dispatcher,
        signal: AbortSignal.timeout(deadlineMs),
      });
      return { status: answer.statusCode, body: await answer.body.text() };
    };
  };
  return { upstream: upstreamWith({}), upstreamWith, close: () => agent.destroy() };
}
