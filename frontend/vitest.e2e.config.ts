import { defineConfig } from 'vitest/config'

// The journeys of the end-to-end tests, one after the other: they share a hall.
export default defineConfig({
  test: {
    include: ['e2e/**/*.spec.ts'],
    testTimeout: 300_000, // a tour of a screen takes its time,
    hookTimeout: 120_000,
    fileParallelism: false,
    sequence: { concurrent: false },
    bail: 1,
    reporters: ['verbose'],
  },
})
