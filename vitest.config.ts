import { defineConfig } from 'vitest/config';
import { Interleave } from './test/support/interleave.ts';

export default defineConfig({
  test: {
    // Most tests wait for git or podman more than they compute: more at a time than the two processors there may be.
    maxWorkers: 3,
    sequence: { sequencer: Interleave },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/bench/**'],
          // A hung test is to fail; a busy machine, on which git's processes take their turns, is not.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // A busy machine needs longer than the second that is the default; what is waited for comes as soon as it comes.
          expect: { poll: { timeout: 60_000 } },
          // Modules are read once a worker, not once a file: nothing here keeps state in a module, and no test replaces one.
          isolate: false,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          setupFiles: ['test/support/one-host.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
    ],
  },
});
