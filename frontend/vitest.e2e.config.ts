import { defineConfig } from 'vitest/config'

// The journeys of the end-to-end tests. Each has a hall of its own, within a journey one
// step follows the other; two journeys at a time, as one waits where the other works.
export default defineConfig({
  test: {
    include: ['e2e/**/*.spec.ts'],
    testTimeout: 300_000, // a tour of a screen takes its time,
    hookTimeout: 120_000,
    maxWorkers: 2,
    sequence: { concurrent: false },
    bail: 1,
    reporters: ['verbose'],
  },
})
