import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['harness/**/*.test.ts', 'scripts/**/*.test.ts', 'tests/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Randomised tests print their seed; a fixed zone here would hide a path that reads the machine's own.
    env: { NO_COLOR: '1' },
  },
});
