import { describe, expect, it } from 'vitest';
import { failureOf, saysNothing } from './s3-failure.ts';

const subject = { name: 's3://traffic/2025/09.ndjson', bucket: 'traffic' };

/** An error as the client throws it: the store's code for a name, the answer beside it. */
function refusal(name: string, httpStatusCode: number | undefined, more: object = {}): Error {
  return Object.assign(new Error('as the store puts it'), { name, $metadata: { httpStatusCode }, ...more });
}

describe('a refusal of an object store', () => {
  it.each<[string, Error, 65 | 69, string]>([
    ['NoSuchBucket', refusal('NoSuchBucket', 404), 65, 'no bucket "traffic"'],
    ['NoSuchKey', refusal('NoSuchKey', 404), 65, 'Run: aws s3 ls s3://traffic/2025/'],
    [
      'SignatureDoesNotMatch',
      refusal('SignatureDoesNotMatch', 403),
      69,
      'the secret in AWS_SECRET_ACCESS_KEY',
    ],
    ['ExpiredToken', refusal('ExpiredToken', 400), 69, 'the session of these credentials has run out'],
    [
      'AccessDenied',
      refusal('AccessDenied', 403),
      69,
      'they need s3:GetObject, and s3:ListBucket for a pattern',
    ],
    ['RequestTimeTooSkewed', refusal('RequestTimeTooSkewed', 403), 69, 'Run: date -u'],
    [
      'another region, named',
      refusal('PermanentRedirect', 301, { $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } } }),
      69,
      'another region than AWS_REGION says, or at another address. Run: export AWS_REGION=eu-west-1',
    ],
    [
      'another region whose name is none',
      refusal('AuthorizationHeaderMalformed', 400, { Region: 'x; rm -r /' }),
      69,
      'Run: export AWS_REGION=…',
    ],
    ['a redirection without a word', refusal('Unknown', 301), 69, 'another region'],
    ['a 403 without a word', refusal('Unknown', 403), 69, 'refuses these credentials, or this address'],
    ['a 404 without a word', refusal('NotFound', 404), 65, 'there is no such object. Run: aws s3 ls'],
    [
      'a code that nobody foresaw',
      refusal('SlowDownPlease', 429),
      69,
      'answers 429 SlowDownPlease. Run: env',
    ],
    ['trouble of its own', refusal('InternalError', 500), 69, 'answers 500, again and again'],
    ['silence', refusal('TimeoutError', undefined), 69, 'the object store does not answer'],
    ['no credentials', refusal('CredentialsProviderError', undefined), 69, 'Run: export AWS_ACCESS_KEY_ID=…'],
    ['an object replaced meanwhile', refusal('PreconditionFailed', 412), 65, 'changed while it was read'],
  ])('is put in words: %s', (_, error, exit, message) => {
    const failure = failureOf(subject, error);
    expect(failure.message).toContain(`${subject.name}: Failed to read recording "${subject.name}": `);
    expect(failure).toMatchObject({ exit, message: expect.stringContaining(message) });
    expect(failure.message).toMatch(/ Run: ./);
    expect(failure.message).not.toContain('as the store puts it');
  });

  it('is asked for again where it came without a word', () => {
    expect(saysNothing(refusal('Unknown', 403))).toBe(true);
    expect(saysNothing(refusal('NotFound', 404))).toBe(true);
    expect(saysNothing(refusal('NoSuchBucket', 404))).toBe(false);
    expect(saysNothing(refusal('Unknown', 500))).toBe(false);
    expect(saysNothing(refusal('TimeoutError', undefined))).toBe(false);
  });
});
