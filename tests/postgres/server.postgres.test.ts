import pg from 'pg';
import { expect, it } from 'vitest';
import { describeWithPostgres } from './with-postgres.ts';

describeWithPostgres('the shared server', (url) => {
  it('is a real PostgreSQL that listens on the loopback only', async () => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      const result = await client.query<{ version: string; addresses: string; encoding: string }>(
        `select version() as version, current_setting('listen_addresses') as addresses,
           current_setting('server_encoding') as encoding`,
      );
      expect(result.rows[0]).toEqual({
        version: expect.stringMatching(/^PostgreSQL 1\d/),
        addresses: '127.0.0.1',
        encoding: 'UTF8',
      });
    } finally {
      await client.end();
    }
  });
});
