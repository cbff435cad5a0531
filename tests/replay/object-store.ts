/**
 * A real object store for tests: s3rver as a process on a free loopback port, with its objects in a temporary folder,
 * and before it, where a test asks for it, a proxy that fails some requests. A file of its own because the fleet's
 * tests want the same.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export const BUCKET = 'recordings';

export interface ObjectStore {
  readonly endpoint: string;
  /** What a process needs in its environment to reach the store. */
  readonly environment: Readonly<Record<string, string>>;
  put(key: string, body: string | Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

const START_WITHIN_MS = 15_000;

/** Starts the store with one empty bucket. */
export async function startObjectStore(): Promise<ObjectStore> {
  const folder = mkdtempSync(join(tmpdir(), 'golem-s3-'));
  const binary = join(
    dirname(createRequire(import.meta.url).resolve('s3rver/package.json')),
    'bin/s3rver.js',
  );
  const child = spawn(
    process.execPath,
    [binary, '--directory', folder, '--address', '127.0.0.1', '--port', '0', '--configure-bucket', BUCKET],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const port = await portOf(child);
  const endpoint = `http://127.0.0.1:${port}`;
  const environment = environmentOf(endpoint);
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  });
  return {
    endpoint,
    environment,
    put: async (key, body) => {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
    },
    stop: async () => {
      client.destroy();
      await stopped(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The credentials are the store's own fixed ones; metadata services of clouds are never asked. */
export function environmentOf(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'S3RVER',
    AWS_SECRET_ACCESS_KEY: 'S3RVER',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  return new Promise((found, failed) => {
    const timer = setTimeout(() => failed(new Error('s3rver did not start')), START_WITHIN_MS);
    let said = '';
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      const port = /listening on 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      found(Number(port));
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    child.once('exit', () => {
      clearTimeout(timer);
      failed(new Error(`s3rver ended: ${said}`));
    });
  });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  await new Promise<void>((ended) => {
    child.once('exit', () => ended());
    child.kill('SIGKILL');
  });
}

export interface FlakyProxy {
  readonly endpoint: string;
  /** Requests seen, and those that were failed on purpose. */
  readonly counts: { seen: number; failed: number };
  close(): Promise<void>;
}

/** What becomes of the n-th request, from 1: passed on, answered with a status, or cut off in the middle. */
export type Mischief = (request: number) => 'pass' | number | 'cut';

/** A proxy before a store that passes most requests on and fails the others as told. */
export async function startFlakyProxy(target: string, mischief: Mischief): Promise<FlakyProxy> {
  const counts = { seen: 0, failed: 0 };
  const { hostname, port } = new URL(target);
  const server: Server = createServer((incoming, outgoing) => {
    counts.seen += 1;
    const fate = mischief(counts.seen);
    if (fate !== 'pass') counts.failed += 1;
    if (typeof fate === 'number') {
      outgoing.writeHead(fate).end();
      return;
    }
    const passedOn = request(
      { hostname, port, path: incoming.url, method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        if (fate === 'pass') {
          answer.pipe(outgoing);
          return;
        }
        answer.once('data', (chunk: Buffer) => {
          outgoing.write(chunk.subarray(0, Math.floor(chunk.length / 2)), () => outgoing.destroy());
          answer.destroy();
        });
        answer.once('end', () => outgoing.destroy());
      },
    );
    passedOn.on('error', () => outgoing.destroy());
    incoming.pipe(passedOn);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}
