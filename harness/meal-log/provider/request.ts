/**
 * The one question the service asks the nutrition provider. It is a file of its own because a replay finds the
 * recorded answer by this request's bytes: the client, the importer and the traffic generator must build it alike.
 */
import type { UpstreamRequest } from '../../migration.ts';

/** The provider's name in recordings; the real address is configuration of the transport. */
export const PROVIDER_URL = 'http://provider.internal/v1/analyse';

/** Builds the request for one meal: its words, if any, and the SHA-256 of each image. */
export function providerRequest(message: string | null, imageSha256s: readonly string[]): UpstreamRequest {
  return { method: 'POST', url: PROVIDER_URL, body: JSON.stringify({ message, images: imageSha256s }) };
}
