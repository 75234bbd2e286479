/**
 * The named checks of `/livez`, `/readyz` and `/healthz`, under the names that kube-apiserver gives them where ours mean the same: the store is `etcd`,
 * a step of the start a `poststarthook/…`. Each says what is so at this moment; none that is always well but `ping`.
 */

import type { HealthCheck } from '../api/http/health.ts';
import type { ComponentProblems } from '../api/rest/components.ts';
import type { Clock } from '../base/clock.ts';
import type { OutputLogger } from '../base/log.ts';
import type { LogObservations } from '../store/observed-log.ts';

/** A write of the store that takes longer will hardly come back (`--etcd-healthcheck-timeout`). */
const STORE_MS_MAX = 2_000;
/** How often the log is tried, and after how long in vain it counts as blocked (`healthz.LogHealthz`). */
const LOG_TRY_MS = 60_000;
const LOG_MS_MAX = 120_000;

/** What the start of a control plane is made of, in the order of kube-apiserver's list. */
const HOOKS = [
  'generic-apiserver-start-informers',
  'priority-and-fairness-config-consumer',
  'start-apiextensions-controllers',
  'crd-informer-synced',
  'start-system-namespaces-controller',
  'start-cluster-authentication-info-controller',
  'rbac/bootstrap-roles',
  'scheduling/bootstrap-system-priority-classes',
  'priority-and-fairness-config-producer',
  'bootstrap-controller',
] as const;

export type StartHook = (typeof HOOKS)[number];

export interface HealthSources {
  clock: Clock;
  log: OutputLogger;
  store: LogObservations;
  /** Whether the repository is open and its branch in force. */
  isGitOpen(): boolean;
  /** Whether every loop has seen the present state. */
  areInformersSynced(): boolean;
}

export interface HealthChecks {
  readonly checks: readonly HealthCheck[];
  /** What is wrong with the parts that kube-apiserver asks, under the names that it gives them. */
  components(): ComponentProblems;
  /** A step of the start is done. */
  finished(...hooks: StartHook[]): void;
  /** From now on it is not ready. */
  shuttingDown(): void;
  stop(): void;
}

export function createHealthChecks(sources: HealthSources): HealthChecks {
  const { store } = sources;
  const finished = new Set<StartHook>();
  let isShuttingDown = false;
  const log = watchLog(sources);
  const hang = () => (store.waitingMs() > STORE_MS_MAX ? 'a write of the store does not come back' : undefined);
  const failure = () => store.failure() && `the store's last write failed: ${store.failure()?.message}`;
  const informers = () => (sources.areInformersSynced() ? undefined : 'informers not started yet');
  return {
    components: () => ({ 'controller-manager': informers(), scheduler: informers(), 'etcd-0': hang() }),
    checks: [
      { name: 'ping', check: () => undefined },
      { name: 'log', check: log.check },
      { name: 'etcd', check: hang },
      { name: 'etcd-readiness', readyOnly: true, check: () => hang() ?? failure() },
      {
        name: 'informer-sync',
        readyOnly: true,
        check: informers,
      },
      ...HOOKS.map((hook) => ({
        name: `poststarthook/${hook}`,
        check: () => (finished.has(hook) ? undefined : 'not finished'),
      })),
      {
        name: 'git',
        readyOnly: true,
        check: () => (sources.isGitOpen() ? undefined : 'the repository is not open yet'),
      },
      {
        name: 'shutdown',
        readyOnly: true,
        check: () => (isShuttingDown ? 'process is shutting down' : undefined),
      },
    ],
    finished: (...hooks) => {
      for (const hook of hooks) finished.add(hook);
    },
    shuttingDown() {
      isShuttingDown = true;
    },
    stop: log.stop,
  };
}

/** Whether what is logged is written: nobody reads the pipe of a blocked one. */
function watchLog({ clock, log }: HealthSources): { check(): string | undefined; stop(): void } {
  let writtenMs = clock.monotonic();
  let cancel = () => {};
  const tryAgain = () => {
    log.flush(() => {
      writtenMs = clock.monotonic();
    });
    cancel = clock.after(LOG_TRY_MS, tryAgain);
  };
  tryAgain();
  return {
    check: () => (clock.monotonic() - writtenMs < LOG_MS_MAX ? undefined : 'logging blocked'),
    stop: () => cancel(),
  };
}
