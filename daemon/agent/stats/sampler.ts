/**
 * Looks every ten seconds at what the node and its containers use, and keeps the last two looks: how fast something is used is the difference of two.
 */

import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { nextTurn } from '../../base/turn.ts';
import type { NodeUsage, UsageRate } from '../../client/node-service.ts';
import type { ObservedContainer } from '../pods/observed.ts';
import { type GroupUsage, readGroupUsage } from './group-usage.ts';
import { readHostUsage } from './host-usage.ts';

/** The kubelet's. */
export const SAMPLE_MS = 10_000;
/** A container that is this young was at zero when it began: one look suffices. */
const YOUNG_MS = 60_000;

export interface Sample {
  atMs: number;
  cpuNs: number;
  workingSetBytes: number;
}

interface Samples {
  latest: Sample;
  before: Sample | undefined;
}

export interface SamplerOptions {
  containers(): readonly ObservedContainer[];
  readGroup?: (path: string) => GroupUsage | undefined;
  readHost?: () => Promise<GroupUsage>;
  clock: Clock;
  log: Logger;
}

export class Sampler {
  readonly #options: Required<SamplerOptions>;
  readonly #stopped = new AbortController();
  /** By container id. */
  readonly #containers = new Map<string, Samples>();
  #node: Samples | undefined;

  constructor(options: SamplerOptions) {
    this.#options = { readGroup: readGroupUsage, readHost: readHostUsage, ...options };
  }

  async run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => log.warn({ error: String(error) }, 'what is used was not read'));
      await sleep(clock, SAMPLE_MS, signal);
    }
  }

  stop(): void {
    this.#stopped.abort();
  }

  async look(): Promise<void> {
    const { clock, containers, readGroup, readHost } = this.#options;
    this.#node = following(this.#node, sampleOf(await readHost(), clock.now()));
    const running = containers();
    const ids = new Set(running.map(({ id }) => id));
    for (const id of this.#containers.keys()) if (!ids.has(id)) this.#containers.delete(id);
    for (const { id, cgroupPath, startedMs } of running) {
      // Nobody waits for it: whatever else there is to do comes between.
      await nextTurn();
      const usage = readGroup(cgroupPath);
      const nowMs = clock.now();
      if (!usage) continue;
      const young = nowMs - startedMs < YOUNG_MS ? { atMs: startedMs, cpuNs: 0, workingSetBytes: 0 } : undefined;
      const known = this.#containers.get(id);
      const sample = sampleOf(usage, nowMs);
      this.#containers.set(id, known ? following(known, sample) : { latest: sample, before: young });
    }
  }

  /** Nanoseconds of processor time a second; undefined before it is known. */
  nanoCores(id?: string): number | undefined {
    return rateOf(id === undefined ? this.#node : this.#containers.get(id))?.cpuNanoCores;
  }

  usage(): NodeUsage {
    const node = rateOf(this.#node);
    const containers = this.#options.containers().flatMap(({ id, uid, name }) => {
      const rate = rateOf(this.#containers.get(id));
      return [{ uid, name, ...(rate ? { rate } : {}) }];
    });
    const pods = [...Map.groupBy(containers, ({ uid }) => uid)].flatMap(([uid, all]) => {
      const known = all.flatMap(({ name, rate }) => (rate ? [{ name, rate }] : []));
      // Half a pod would look like all of it.
      return known.length === all.length ? [{ uid, containers: known }] : [];
    });
    return { ...(node ? { node } : {}), pods };
  }
}

const sampleOf = ({ cpuNs, memory }: GroupUsage, atMs: number): Sample => ({
  ...{ atMs, cpuNs, workingSetBytes: memory.workingSetBytes },
});

function following(known: Samples | undefined, sample: Sample): Samples {
  return { latest: sample, before: known?.latest };
}

function rateOf(samples: Samples | undefined): UsageRate | undefined {
  const { latest, before } = samples ?? {};
  if (!latest || !before || latest.atMs <= before.atMs || latest.cpuNs < before.cpuNs) return undefined;
  const windowMs = latest.atMs - before.atMs;
  const cpuNanoCores = Math.round(((latest.cpuNs - before.cpuNs) * 1000) / windowMs);
  return { atMs: latest.atMs, windowMs, cpuNanoCores, workingSetBytes: latest.workingSetBytes };
}
