/**
 * Plays plans through in threads of their own, so that the daemon goes on meanwhile whatever a commit asks for; bounded in number, time and memory.
 */

import type { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import { StatusError, tooManyRequests } from '../base/status.ts';
import { startThread } from '../base/thread.ts';
import type { SimulationInput, SimulationOutcome } from './simulate.ts';

/** A plan of some thousand pods takes ten seconds; what takes longer is no rollout that anybody would read. */
const PLAN_MS_MAX = 55_000;
/** Some 20,000 pods; beyond, the thread ends and the daemon does not notice. */
const HEAP_MIB_MAX = 1_024;
/** A pull request is pushed to again: the thread and its compiled schemas (some 100 MiB) are kept for the next plan so long. */
const IDLE_MS_MAX = 30_000;
/** Each keeps a processor busy. */
const PLANS_MAX = 2;

export interface Simulations {
  run(input: SimulationInput): Promise<SimulationOutcome>;
  /** Ends those under way. */
  close(): Promise<void>;
}

/** Beside this file, as source or as built. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}

export function createSimulations(clock: Clock): Simulations {
  const running = new Set<Worker>();
  let idle: Worker | undefined;
  let cancelIdle = (): void => {};
  const takeIdle = (): Worker | undefined => {
    const worker = idle;
    idle = undefined;
    cancelIdle();
    worker?.ref();
    return worker;
  };
  const keep = (worker: Worker): void => {
    void takeIdle()?.terminate();
    idle = worker;
    worker.unref();
    cancelIdle = clock.after(IDLE_MS_MAX, () => void takeIdle()?.terminate());
  };
  return {
    async run(input) {
      if (running.size >= PLANS_MAX) throw tooManyRequests('too many plans are being made: try again', 5);
      const worker =
        takeIdle() ??
        startWorker((ended) => {
          if (idle === ended) idle = undefined;
        });
      running.add(worker);
      try {
        const outcome = await outcomeOf(worker, input, clock);
        keep(worker);
        return outcome;
      } catch (error) {
        await worker.terminate();
        throw error;
      } finally {
        running.delete(worker);
      }
    },
    close: async () => {
      const kept = takeIdle();
      await Promise.all([...running, ...(kept ? [kept] : [])].map((worker) => worker.terminate()));
    },
  };
}

function startWorker(onExit: (worker: Worker) => void): Worker {
  const worker = startThread(workerUrl(), HEAP_MIB_MAX);
  // Whoever waits for it is told; when nobody does, it is replaced at its next use.
  worker.on('error', () => {});
  return worker.once('exit', () => onExit(worker));
}

function outcomeOf(worker: Worker, input: SimulationInput, clock: Clock): Promise<SimulationOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<SimulationOutcome>();
  const fail = (why: string) =>
    reject(new StatusError(504, 'Timeout', `the commit could not be played through: ${why}`));
  const cancel = clock.after(PLAN_MS_MAX, () => fail(`it took longer than ${PLAN_MS_MAX / 1_000} s`));
  const onError = (error: Error): void => fail(error.message);
  const onExit = (): void => fail('its thread ended');
  worker.once('message', resolve);
  worker.once('error', onError);
  worker.once('exit', onExit);
  worker.postMessage(input, [input.snapshot.json.buffer]);
  return promise.finally(() => {
    cancel();
    worker.off('message', resolve);
    worker.off('error', onError);
    worker.off('exit', onExit);
  });
}
