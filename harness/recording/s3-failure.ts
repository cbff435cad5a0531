/**
 * What an object store's refusals mean to the person who named a recording: whose turn it is, what to look at, and the
 * command for it. A file of its own because stores answer with codes of their own, one of which often stands for several
 * mistakes. No address and no credential of the store is in any of it.
 */
import { GolemError } from '../errors.ts';
import { shellQuote } from './look.ts';

/** The object a failure is about: its full name, and the bucket in it. */
export interface S3Subject {
  readonly name: string;
  readonly bucket: string;
}

/** The store's status of an answer; undefined where none came. */
export function statusOf(error: unknown): number | undefined {
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** True for a refusal without a word, as an answer to HEAD is, which has no body; one to GET would say which it is. */
export function saysNothing(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && status >= 300 && status < 500 && codeOf(error) === '';
}

/** An object that became another one between two requests. */
export function changed(name: string): GolemError {
  return new GolemError({
    kind: 'data',
    verb: 'read recording',
    subject: name,
    reason: 'it was changed while it was read; replay it again once nothing writes to it',
    place: { file: name },
    next: `aws s3 ls ${shellQuote(name)}`,
  });
}

/** What answers is no object store: it knows nothing of versions or lengths. */
export function notAStore(name: string): GolemError {
  return new GolemError({
    kind: 'unavailable',
    verb: 'read recording',
    subject: name,
    reason: 'what answers at the address of the object store is no object store',
    place: { file: name },
    next: LOOK_AT_ADDRESS,
  });
}

const LOOK_AT_ADDRESS = 'env | grep AWS_ENDPOINT_URL';
const SET_KEYS = 'export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…';

/** Says what a refusal means. */
export function failureOf(subject: S3Subject, error: unknown): GolemError {
  const { name } = subject;
  if (statusOf(error) === 412) return changed(name);
  const [kind, reason, next] = meaningOf(subject, error);
  return new GolemError(
    { kind, verb: 'read recording', subject: name, reason, place: { file: name }, next },
    { cause: error },
  );
}

type Meaning = readonly [kind: 'data' | 'unavailable', reason: string, next: string];

function meaningOf({ name, bucket }: S3Subject, error: unknown): Meaning {
  const status = statusOf(error);
  const folder = name.slice(0, name.lastIndexOf('/') + 1);
  const known = CODES[codeOf(error)];
  if (known) return known(bucket, folder, error);
  if (hasNoCredentials(error))
    return ['unavailable', 'there are no credentials for the object store in the environment', SET_KEYS];
  if (status === undefined) return unreachable(error);
  if (status === 404) return ['data', 'there is no such object', `aws s3 ls ${shellQuote(folder)}`];
  if (status === 401 || status === 403)
    return [
      'unavailable',
      'the object store refuses these credentials, or this address of it',
      'aws sts get-caller-identity; env | grep -o "AWS_[A-Z_0-9]*"',
    ];
  if (status >= 300 && status < 400) return otherRegion(error);
  if (status < 500)
    return ['unavailable', `the object store answers ${status} ${codeOf(error)}`.trim(), LOOK_AT_ADDRESS];
  return ['unavailable', `the object store answers ${status}, again and again`, LOOK_AT_ADDRESS];
}

/** Codes of Amazon's interface, which other stores answer with too. */
const CODES: Readonly<Record<string, (bucket: string, folder: string, error: unknown) => Meaning>> = {
  NoSuchBucket: (bucket) => [
    'data',
    `the object store has no bucket "${bucket}"; its name and the store's address are what to check`,
    `aws s3 ls; ${LOOK_AT_ADDRESS}`,
  ],
  NoSuchKey: (bucket, folder) => [
    'data',
    `there is no such object in the bucket "${bucket}"`,
    `aws s3 ls ${shellQuote(folder)}`,
  ],
  InvalidAccessKeyId: () => [
    'unavailable',
    'the object store does not know the key in AWS_ACCESS_KEY_ID',
    SET_KEYS,
  ],
  SignatureDoesNotMatch: () => [
    'unavailable',
    'the secret in AWS_SECRET_ACCESS_KEY does not belong to the key in AWS_ACCESS_KEY_ID',
    SET_KEYS,
  ],
  ExpiredToken: () => ['unavailable', 'the session of these credentials has run out', 'aws sso login'],
  InvalidToken: () => [
    'unavailable',
    'the object store does not know the session in AWS_SESSION_TOKEN',
    'unset AWS_SESSION_TOKEN',
  ],
  AccessDenied: (_, folder) => [
    'unavailable',
    'these credentials may not read it; they need s3:GetObject, and s3:ListBucket for a pattern',
    `aws s3 ls ${shellQuote(folder)}`,
  ],
  RequestTimeTooSkewed: () => [
    'unavailable',
    'the clock of this machine is too far from that of the object store',
    'date -u',
  ],
  AuthorizationHeaderMalformed: (_bucket, _folder, error) => otherRegion(error),
  PermanentRedirect: (_bucket, _folder, error) => otherRegion(error),
};

function otherRegion(error: unknown): Meaning {
  const { Region: said, $response: answer } = error as {
    readonly Region?: unknown;
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  };
  const region = [said, answer?.headers?.['x-amz-bucket-region']].find(
    (one): one is string => typeof one === 'string' && /^[a-z0-9-]{1,40}$/.test(one),
  );
  return [
    'unavailable',
    'the bucket is in another region than AWS_REGION says, or at another address',
    `export AWS_REGION=${region ?? '…'}`,
  ];
}

function unreachable(error: unknown): Meaning {
  const { code = '' } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOTFOUND: 'no machine has the name in the address of the object store',
    EAI_AGAIN: 'the name in the address of the object store cannot be looked up now',
    ECONNREFUSED: 'nothing listens at the address of the object store',
    ERR_INVALID_URL:
      'the address of the object store is none; expected https://HOST or https://HOST:PORT in AWS_ENDPOINT_URL_S3',
    EPROTO: 'what listens at the address of the object store does not speak https; is it http:// there',
  };
  return ['unavailable', reasons[code] ?? 'the object store does not answer', LOOK_AT_ADDRESS];
}

function hasNoCredentials(error: unknown): boolean {
  const kind = error instanceof Error ? error.name : '';
  return /^Credentials|TokenProvider/.test(kind) || /credential/i.test(String(error));
}

/** The store's own code of a refusal; empty where it gave none. */
function codeOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return /^(|Error|Unknown|UnknownError|NotFound|Forbidden|TypeError|\d+)$/.test(name) ? '' : name;
}
