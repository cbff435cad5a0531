/** The report of the whole gate is the same bytes on a real PostgreSQL as in memory. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../postgres/with-postgres.ts';
import { type Project, temporaryProject } from '../temporary-project.ts';

describeWithPostgres('the report JSON of the whole gate', (url) => {
  let project: Project;
  beforeAll(() => {
    project = temporaryProject();
  });
  afterAll(() => project.dispose());

  it('is the same bytes on PostgreSQL as in memory', async () => {
    const [memory, postgres] = await Promise.all([
      project.golem(['gate', '--json', '-']),
      project.golem(['gate', '--json', '-', '--store', url], { env: { TZ: 'Asia/Tokyo', LC_ALL: 'C' } }),
    ]);
    expect([memory.exit, postgres.exit]).toEqual([0, 0]);
    expect(postgres.out).toBe(memory.out);
    expect(JSON.parse(postgres.out).counts.records).toBeGreaterThanOrEqual(1_000);
  }, 60_000);
});
