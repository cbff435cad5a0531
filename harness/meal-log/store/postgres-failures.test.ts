import { createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { GolemError } from '../../errors.ts';
import { databaseFailure, displayUrl } from './postgres-failures.ts';
import { openPostgres } from './postgres.ts';

async function refusalOf(opening: Promise<unknown>): Promise<GolemError> {
  const error = await opening.catch((thrown: unknown) => thrown);
  if (!(error instanceof GolemError)) throw new Error(`expected a GolemError, got ${String(error)}`);
  return error;
}

it('shows a connection URL without user, password and parameters', () => {
  expect(displayUrl('postgresql://ann:s3cret@db.example:6432/meals?password=s3cret&sslmode=require')).toEqual(
    {
      url: 'postgres://db.example:6432/meals',
      host: 'db.example',
      port: '6432',
      database: 'meals',
      user: 'ann',
    },
  );
});

it.each(['not a url s3cret', 'mysql://ann:s3cret@db/x'])(
  'refuses %s as wrong usage without repeating it',
  (text) => {
    expect(() => displayUrl(text)).toThrow(expect.objectContaining({ exit: 64 }));
    expect(() => displayUrl(text)).not.toThrow(/s3cret/);
  },
);

it('says with the next command that nothing listens there', async () => {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const address = probe.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  const error = await refusalOf(
    openPostgres({ url: `postgres://a:s3cret@127.0.0.1:${port}/x`, schema: null }),
  );
  expect(error.exit).toBe(69);
  expect(error.message).toBe(
    `Failed to use "postgres://127.0.0.1:${port}/x": nothing listens there. Run: pg_isready -h 127.0.0.1 -p ${port}`,
  );
});

it('gives up on a server that never answers', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  const address = silent.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const url = `postgres://a@127.0.0.1:${port}/x`;
  const error = await refusalOf(openPostgres({ url, schema: null, connectTimeoutMs: 100 }));
  expect(error.message).toContain('it did not answer in time');
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});

it('passes on the words of a failure it has no name for', () => {
  const error = databaseFailure(new Error('the disk is full.'), displayUrl('postgres://db/x'));
  expect(error.failure).toMatchObject({ kind: 'unavailable', reason: 'the disk is full' });
});
