/**
 * Stops one container: preStop, the image's stop signal, and after the grace period SIGKILL. Goes on beside everything else; a shorter grace
 * period that comes later replaces the first.
 */

import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Container } from '../../kinds/types.generated.ts';
import type { RuntimeExec } from '../exec/runtime-exec.ts';
import type { ContainerCalls } from '../podman/containers.ts';
import { killGroup } from './cgroup.ts';
import type { ContainerTable } from './container-table.ts';
import { runHook } from './hooks.ts';
import type { ObservedContainer } from './observed.ts';

export interface Stopping {
  /** When it is killed at the latest. */
  readonly deadlineMs: number;
  shorten(deadlineMs: number): void;
  /** Nothing is left to stop. */
  finish(): void;
}

export interface StopOptions {
  instance: Readonly<ObservedContainer>;
  container: Readonly<Container> | undefined;
  ip: string;
  graceMs: number;
  calls: ContainerCalls;
  table: ContainerTable;
  exec: RuntimeExec;
  clock: Clock;
  log: Logger;
  /** The preStop hook failed. */
  onHookFailure(message: string): void;
}

/** As the kubelet: even after a preStop hook that took all the time. */
const AFTER_HOOK_MS_MIN = 2_000;
/** A killed process is gone at once; only podman's word may be late. */
const LOOK_AFTER_KILL_MS = 2_000;
const KILLED = 137;

export function stopContainer(options: StopOptions): Stopping {
  return new StoppingContainer(options);
}

class StoppingContainer implements Stopping {
  deadlineMs: number;
  readonly #options: StopOptions;
  readonly #abort = new AbortController();
  /** The hook's time is up at the deadline; the container's own a moment later. */
  #hookRuns = false;
  #cancel: () => void = () => {};

  constructor(options: StopOptions) {
    this.#options = options;
    this.deadlineMs = options.clock.now() + options.graceMs;
    this.#arm();
    void this.#ask();
  }

  shorten(deadlineMs: number): void {
    if (deadlineMs >= this.deadlineMs) return;
    this.deadlineMs = deadlineMs;
    this.#arm();
  }

  finish(): void {
    this.#cancel();
    this.#abort.abort();
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#cancel();
    const leftMs = this.deadlineMs - clock.now() + (this.#hookRuns ? AFTER_HOOK_MS_MIN : 0);
    this.#cancel = clock.after(Math.max(0, leftMs), () => void this.#kill());
  }

  async #ask(): Promise<void> {
    const { instance, container, calls, clock, log } = this.#options;
    const hook = container?.lifecycle?.preStop;
    if (hook && container) {
      this.#hookRuns = true;
      this.#arm();
      await this.#runPreStop(hook);
      this.#hookRuns = false;
      const least = clock.now() + AFTER_HOOK_MS_MIN;
      if (this.deadlineMs < least) this.deadlineMs = least;
      if (!this.#abort.signal.aborted) this.#arm();
    }
    if (this.#abort.signal.aborted) return;
    try {
      if (!(await calls.kill(instance.id, instance.stopSignal))) await this.#options.table.refresh(instance.id);
    } catch (error) {
      log.warn(
        { container: instance.id, error: String(error) },
        'a container could not be asked to stop; it will be killed',
      );
    }
  }

  async #runPreStop(hook: NonNullable<NonNullable<Container['lifecycle']>['preStop']>): Promise<void> {
    const { instance, container, ip, exec, clock, onHookFailure } = this.#options;
    const timeoutMs = Math.max(1, this.deadlineMs - clock.now());
    const target = { containerId: instance.id, container: container!, ip };
    const { ok, message } = await runHook(hook, target, { exec, clock, timeoutMs, signal: this.#abort.signal });
    if (!ok && !this.#abort.signal.aborted) onHookFailure(message);
  }

  async #kill(): Promise<void> {
    const { instance, calls, clock, log } = this.#options;
    if (this.#abort.signal.aborted) return;
    await calls.kill(instance.id, 'SIGKILL').catch((error: unknown) => {
      log.warn(
        { container: instance.id, error: String(error) },
        'podman could not kill a container; killing its processes',
      );
      killGroup(instance.cgroupPath);
    });
    this.#cancel = clock.after(LOOK_AFTER_KILL_MS, () => void this.#lookAfterKill());
  }

  async #lookAfterKill(): Promise<void> {
    const { instance, table, clock } = this.#options;
    if (this.#abort.signal.aborted) return;
    await table.refresh(instance.id).catch(() => {});
    if (table.get(instance.id)?.state !== 'running') return;
    killGroup(instance.cgroupPath);
    table.markEnded(instance.id, { exitCode: KILLED, finishedMs: clock.now() });
  }
}
