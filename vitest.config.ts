import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Most tests wait for git more than they compute: two at a time also where there are two processors.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/bench/**'],
          testTimeout: 20_000,
          // A busy machine needs longer than the second that is the default; what is waited for comes as soon as it comes.
          expect: { poll: { timeout: 10_000 } },
          // Modules are read once a worker, not once a file: nothing here keeps state in a module, and no test replaces one.
          isolate: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
});
