import { defineConfig } from 'vitest/config';

const FOLDERS = '{harness,scripts,tests}';
const POSTGRES = `${FOLDERS}/**/*.postgres.test.ts`;

export default defineConfig({
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Many tests wait for processes of their own: leaving a core free would leave it idle.
    maxWorkers: '100%',
    // Randomised tests print their seed; a fixed zone here would hide a path that reads the machine's own.
    env: { NO_COLOR: '1' },
    projects: [
      { extends: true, test: { name: 'golem', include: [`${FOLDERS}/**/*.test.ts`], exclude: [POSTGRES] } },
      // A project of their own, so that a server is started only when such a test is asked for.
      {
        extends: true,
        test: { name: 'postgres', include: [POSTGRES], globalSetup: ['tests/postgres/global-setup.ts'] },
      },
    ],
  },
});
