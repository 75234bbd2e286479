/**
 * What can be done for a pod: the executors behind `decide`'s actions, over podman, network, volumes and images.
 */

import { rm } from 'node:fs/promises';
import { type Clock, sleep } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import type { EventRecorder } from '../../runtime/events.ts';
import { cgroupParent } from '../containers/resources.ts';
import type { RuntimeExec } from '../exec/runtime-exec.ts';
import { Gate } from '../gate.ts';
import type { ImageManager } from '../images/image-manager.ts';
import { containerLogPath, podLogDirectory } from '../logs/paths.ts';
import type { Lookups } from '../lookups.ts';
import type { Probes } from '../probes/start-probes.ts';
import { removeGroup } from './cgroup.ts';
import type { PodAction } from './decide.ts';
import type { PodEntry } from './entry.ts';
import { runHook } from './hooks.ts';
import { ephemeralContainersOf, findContainer, initContainersOf } from './snapshot.ts';
import { type RecordEvent, runContainer, type StartContext, startContainer } from './start-container.ts';
import { stopContainer } from './stop-container.ts';

export interface PodActionsOptions extends StartContext {
  images: ImageManager;
  lookups: Lookups;
  probes: Probes;
  exec: RuntimeExec;
  recorder: EventRecorder;
  log: Logger;
  nodeIp: string;
  clock: Clock;
  changed(uid: string): void;
}

type Action<Type extends PodAction['type']> = Extract<PodAction, { type: Type }>;

/** Containers started at once: more only make each other slower on a small host. */
const STARTS_MAX = 4;
/** A server that does not answer for this long must not keep a pod from being taken down: what is missing is said, and tried again. */
const LOOK_UP_MS_MAX = 10_000;
/** How long a pod's control group is waited for, and how often it is looked at. */
const GROUP_MS_MAX = 2_000;
const GROUP_LOOK_MS = 20;
const PREPARE_BACKOFF_MS_MIN = 500;
/** The kubelet's volume manager waits up to 2 min 2 s. */
const PREPARE_BACKOFF_MS_MAX = 122_000;
/** A postStart hook has no time-out of its own in Kubernetes; ours ends with the day. */
const POST_START_MS_MAX = 24 * 3_600_000;

export class PodActions {
  readonly #options: PodActionsOptions;
  readonly #starts = new Gate(STARTS_MAX);

  constructor(options: PodActionsOptions) {
    this.#options = options;
  }

  /** Events of the pod, or of one of its containers. */
  record(pod: Readonly<Pod>, container?: string): RecordEvent {
    const fieldPath = container === undefined ? undefined : `spec.${listOf(pod, container)}{${container}}`;
    const { namespace, name, uid, resourceVersion } = pod.metadata ?? {};
    const regarding = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, resourceVersion };
    return (type, reason, message) =>
      this.#options.recorder.record({ regarding, type, reason, message, ...(fieldPath ? { fieldPath } : {}) });
  }

  /** Network, files and volumes. Reports what is wrong in the entry. */
  async prepare(uid: string, entry: PodEntry): Promise<void> {
    const { lookups, sandboxes, volumes, clock, log, changed } = this.#options;
    entry.preparing = true;
    try {
      const make = async () => {
        if (entry.sandbox) return;
        entry.sandbox = await sandboxes.make(entry.pod);
        changed(uid);
      };
      const mount = async () => {
        const known = new AbortController();
        await Promise.race([lookups.ready(uid), sleep(clock, LOOK_UP_MS_MAX, known.signal)]);
        known.abort();
        return volumes.prepare(entry.pod);
      };
      const [made, mounted] = await Promise.allSettled([make(), mount()]);
      if (made.status === 'rejected')
        this.#prepareFailed(entry, 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${messageOf(made.reason)}`);
      else if (mounted.status === 'rejected') this.#prepareFailed(entry, 'FailedMount', messageOf(mounted.reason));
      else if (!mounted.value.ok) this.#prepareFailed(entry, mounted.value.reason, mounted.value.message);
      else {
        entry.prepared = true;
        entry.prepareProblem = undefined;
        entry.prepareFailures = 0;
      }
    } catch (error) {
      log.error({ error: String(error), uid }, 'a pod could not be prepared');
    } finally {
      entry.preparing = false;
    }
  }

  #prepareFailed(entry: PodEntry, reason: string, message: string): void {
    const delayMs = Math.min(PREPARE_BACKOFF_MS_MAX, PREPARE_BACKOFF_MS_MIN * 2 ** Math.min(entry.prepareFailures, 16));
    entry.prepareFailures += 1;
    entry.prepareProblem = { reason, message, untilMs: this.#options.clock.now() + delayMs };
    this.record(entry.pod)('Warning', reason, message);
  }

  async updateVolumes(entry: PodEntry): Promise<void> {
    const { volumes, log } = this.#options;
    await volumes
      .update(entry.pod)
      .catch((error: unknown) => log.warn({ error: String(error) }, "a pod's volumes were not updated"));
  }

  async ensureImage(_uid: string, entry: PodEntry, name: string): Promise<void> {
    const container = findContainer(entry.pod, name);
    if (!container || entry.images.get(name)?.state === 'pulling') return;
    entry.images.set(name, { state: 'pulling' });
    const outcome = await this.#options.images.ensure(entry.pod, container, this.record(entry.pod, name));
    if (outcome.ok) entry.images.set(name, { state: 'ready' });
    else entry.images.set(name, { state: 'failed', problem: outcome.problem });
  }

  async start({ uid, container: name, restartCount, backoffMs }: Action<'start'>, entry: PodEntry): Promise<void> {
    const container = findContainer(entry.pod, name);
    if (!container || !entry.sandbox) return;
    const image = this.#options.images.known(container.image ?? '');
    // Each start asks again, so that the policy is kept and an image that was removed is noticed.
    entry.images.delete(name);
    if (!image) return;
    const pod = this.#withAddresses(entry.pod, entry.sandbox.ip);
    const record = this.record(entry.pod, name);
    const request = { pod, container, sandbox: entry.sandbox, image, restartCount, backoffMs };
    const { id, problem } = await this.#starts.run(() => startContainer(this.#options, request, record));
    this.#afterStart(uid, entry, name, id, problem);
    if (problem && /no such image|image not known/.test(problem.message)) this.#options.images.invalidate();
  }

  async resume(uid: string, name: string, id: string, entry: PodEntry): Promise<void> {
    const { id: started, problem } = await runContainer(this.#options, id, name, this.record(entry.pod, name));
    this.#afterStart(uid, entry, name, started, problem);
  }

  #afterStart(
    uid: string,
    entry: PodEntry,
    name: string,
    id: string | undefined,
    problem: { reason: string; message: string; untilMs: number } | undefined,
  ): void {
    if (problem && id === undefined) entry.startProblems.set(name, problem);
    else entry.startProblems.delete(name);
    if (id === undefined || problem) return;
    const hook = findContainer(entry.pod, name)?.lifecycle?.postStart;
    if (!hook) return;
    entry.hooks.add(id);
    void this.#postStart(uid, entry, name, id);
  }

  async #postStart(uid: string, entry: PodEntry, name: string, id: string): Promise<void> {
    const { exec, clock, changed } = this.#options;
    const container = findContainer(entry.pod, name)!;
    const target = { containerId: id, container, ip: entry.sandbox?.ip ?? '' };
    const { signal } = new AbortController();
    const { ok } = await runHook(container.lifecycle!.postStart!, target, {
      exec,
      clock,
      timeoutMs: POST_START_MS_MAX,
      signal,
    });
    if (!ok && this.#options.table.get(id)?.state === 'running') {
      const record = this.record(entry.pod, name);
      record('Warning', 'FailedPostStartHook', 'PostStartHook failed');
      const graceMs = (entry.pod.spec?.terminationGracePeriodSeconds ?? 30) * 1000;
      const message = 'FailedPostStartHook';
      this.stop({ type: 'stop', uid, container: name, id, graceMs, message }, entry);
    }
    entry.hooks.delete(id);
    changed(uid);
  }

  stop({ uid, container: name, id, graceMs, message }: Action<'stop'>, entry: PodEntry): void {
    const { calls, table, exec, clock, log } = this.#options;
    const underWay = entry.stopping.get(id);
    if (underWay) {
      underWay.shorten(clock.now() + graceMs);
      return;
    }
    const instance = table.get(id);
    if (!instance) return;
    const record = this.record(entry.pod, name);
    record('Normal', 'Killing', message);
    const stopping = stopContainer({
      instance,
      container: findContainer(entry.pod, name),
      ip: entry.sandbox?.ip ?? '',
      graceMs,
      calls,
      table,
      exec,
      clock,
      log,
      onHookFailure: () => record('Warning', 'FailedPreStopHook', 'PreStopHook failed'),
    });
    entry.stopping.set(id, stopping);
    this.#options.changed(uid);
  }

  async removeContainer(id: string, entry: PodEntry): Promise<void> {
    const { calls, table, logRoot } = this.#options;
    const instance = table.get(id);
    await calls.remove(id);
    table.remove(id);
    if (!instance) return;
    const { uid = '', namespace = '', name = '' } = entry.pod.metadata ?? {};
    await rm(containerLogPath(logRoot, { uid, namespace, name }, instance.name, instance.restartCount), {
      force: true,
    });
  }

  judge(entry: PodEntry, reason: string, message: string): void {
    entry.verdict ??= { reason, message };
    this.record(entry.pod)(reason === 'Evicted' ? 'Warning' : 'Normal', reason, message);
  }

  /** A pod that this node does not take. */
  reject(entry: PodEntry, reason: string, message: string): void {
    entry.verdict ??= { reason, message: `Pod was rejected: ${message}`, rejected: true };
    this.record(entry.pod)('Warning', reason, message);
  }

  /** Idempotent. Rejects when something cannot be removed: it is tried again. */
  async cleanUp(uid: string, entry: PodEntry, removeContainers: boolean): Promise<void> {
    const { probes, calls, table, volumes, sandboxes, lookups, logRoot, node } = this.#options;
    probes.remove(uid);
    const removeAll = async () => {
      for (const { id } of removeContainers ? table.ofPod(uid) : []) {
        await calls.remove(id);
        table.remove(id);
      }
    };
    await Promise.all([removeAll(), sandboxes.remove(entry.pod)]);
    await volumes.cleanup(uid);
    await this.#removeGroup(cgroupParent(uid, node.cgroupManager));
    lookups.drop(uid);
    if (removeContainers) {
      const { namespace = '', name = '' } = entry.pod.metadata ?? {};
      await rm(podLogDirectory(logRoot, { uid, namespace, name }), { recursive: true, force: true });
    }
    entry.sandbox = undefined;
    entry.prepared = false;
    entry.cleaned = true;
  }

  /** A killed process holds its group until the kernel is done with it: milliseconds, on a busy host some more. */
  async #removeGroup(path: string): Promise<void> {
    const { clock, log } = this.#options;
    for (let waitedMs = 0; !removeGroup(path); waitedMs += GROUP_LOOK_MS) {
      if (waitedMs >= GROUP_MS_MAX) {
        log.warn({ path }, 'a control group is still in use and stays');
        return;
      }
      await sleep(clock, GROUP_LOOK_MS);
    }
  }

  #withAddresses(pod: Readonly<Pod>, ip: string): Readonly<Pod> {
    const { nodeIp } = this.#options;
    return {
      ...pod,
      status: { ...pod.status, podIP: ip, podIPs: [{ ip }], hostIP: nodeIp, hostIPs: [{ ip: nodeIp }] },
    };
  }
}

/** The list of the specification in which a container stands. */
function listOf(pod: Readonly<Pod>, container: string): string {
  if (ephemeralContainersOf(pod).some(({ name }) => name === container)) return 'ephemeralContainers';
  return initContainersOf(pod).some(({ name }) => name === container) ? 'initContainers' : 'containers';
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
