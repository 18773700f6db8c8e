import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Only there to end what hangs: no story's outcome depends on how fast the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
