import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Only there to end what hangs: no story's outcome depends on how fast the machine is.
    testTimeout: 120_000,
    // Stories kill processes and cut lines on shared machines: CI tries a failed one once more, and says so (retry x1).
    retry: process.env.CI ? 1 : 0,
    hookTimeout: 120_000,
  },
})
