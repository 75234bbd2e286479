/** The control loops and an agent without containers above a git world: what is pushed rolls out, as far as `ready` allows. */

import type { RestContext } from '../../../daemon/api/rest/context.ts';
import { formatTime, systemClock, systemIds, systemRandom } from '../../../daemon/base/clock.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { keyOf } from '../../../daemon/base/object.ts';
import { createInProcessClient } from '../../../daemon/client/in-process.ts';
import { startControllers } from '../../../daemon/controllers/start-controllers.ts';
import { CONFIG_MAPS, DEPLOYMENTS, PODS, REPLICA_SETS, SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import type { Deployment, Pod } from '../../../daemon/kinds/types.generated.ts';
import { startSharedInformers } from '../../../daemon/runtime/shared-informers.ts';
import { startScheduler } from '../../../daemon/scheduler/start-scheduler.ts';
import type { Store } from '../../../daemon/store/store.ts';
import { startNode } from '../../support/node-heartbeat.ts';
import { fixedResources } from '../../support/resources.ts';
import { restContext } from './rest.ts';
import type { World } from './world.ts';

export interface Cluster {
  /** Pods of these images become ready; the others stay as they are. */
  readonly good: Set<string>;
  context: RestContext;
  /** Pods of this image are ready from now on. */
  allow(...images: string[]): void;
  deployment(name: string, namespace?: string): Deployment | undefined;
  pods(): Pod[];
  /** Resolves when `test` holds; looks at every change of the store. */
  until(what: string, test: () => boolean): Promise<void>;
  stop(): void;
}

const CONTROLLER = { username: 'system:kube-controller-manager', groups: ['system:masters'] };

export async function startCluster(world: World, images: readonly string[] = []): Promise<Cluster> {
  const { store } = world;
  const good = new Set(images);
  const context = restContext(world);
  const client = createInProcessClient(context, CONTROLLER, { fieldManager: 'controllers' });
  const clocks = { clock: systemClock, random: systemRandom, log: silentLogger };
  const informers = startSharedInformers(client, clocks);
  await informers.synced();
  const resources = [CONFIG_MAPS, DEPLOYMENTS, PODS, REPLICA_SETS, SERVICE_ACCOUNTS];
  const loops = { client, informers, ids: systemIds, ...clocks };
  const controllers = startControllers(loops, {
    resources: fixedResources(resources),
    ca: 'CA',
    podCidr: '10.244.0.0/16',
  });
  const scheduler = startScheduler(loops);
  const all = <T>(prefix: string): T[] => store.range(prefix).entries.map(({ value }) => value as T);
  const look = (pod: Pod): void => {
    if (!pod.spec?.nodeName) return;
    if (pod.metadata?.deletionTimestamp) {
      void client.delete(PODS, keyOf(pod), { gracePeriodSeconds: 0 }).catch(() => {});
    } else if (pod.status?.phase === 'Pending' && good.has(pod.spec.containers[0]!.image!)) {
      const ready = { type: 'Ready', status: 'True', lastTransitionTime: formatTime(systemClock.now()) };
      const status = { phase: 'Running', conditions: [...(pod.status.conditions ?? []), ready], podIP: '10.244.0.9' };
      void client.patch(PODS, keyOf(pod), { status }, { type: 'merge', subresource: 'status' }).catch(() => {});
    }
  };
  informers.pods.onChange(({ after }) => after && look(after));
  const stopNode = await startNode(client, 'n1');
  await waitUntil(
    store,
    'the default account',
    () => store.get('/registry/core/serviceaccounts/default/default') !== undefined,
  );
  return {
    good,
    context,
    allow(...more) {
      for (const image of more) good.add(image);
      for (const pod of all<Pod>('/registry/core/pods/')) look(pod);
    },
    deployment: (name, namespace = 'default') =>
      store.get(`/registry/apps/deployments/${namespace}/${name}`)?.value as Deployment | undefined,
    pods: () => all<Pod>('/registry/core/pods/'),
    until: (what, test) => waitUntil(store, what, test),
    stop() {
      stopNode();
      scheduler.stop();
      controllers.stop();
      informers.stop();
    },
  };
}

/** Nothing takes that long; a busy machine may. */
const WAIT_MS_MAX = 90_000;

function waitUntil(store: Store, what: string, test: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (error?: Error) => {
      clearTimeout(timer);
      clearInterval(poll);
      unsubscribe();
      if (error) reject(error);
      else resolve();
    };
    const look = () => {
      if (test()) end();
    };
    const timer = setTimeout(() => end(new Error(`not within ${WAIT_MS_MAX} ms: ${what}`)), WAIT_MS_MAX);
    const poll = setInterval(look, 20); // for what the store does not show
    const unsubscribe = store.subscribe('/registry/', store.revision, { events: look });
    look();
  });
}

export interface DeploymentText {
  name: string;
  namespace?: string;
  image: string;
  annotations?: Record<string, string>;
  deadline?: number;
  replicas?: number;
}

export function deploymentText({
  name,
  namespace = 'default',
  image,
  annotations = {},
  ...more
}: DeploymentText): string {
  const { deadline = 600, replicas = 1 } = more;
  const notes = Object.entries(annotations).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}`);
  return [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    `  name: ${name}`,
    `  namespace: ${namespace}`,
    ...(notes.length > 0 ? ['  annotations:', ...notes] : []),
    'spec:',
    `  replicas: ${replicas}`,
    `  progressDeadlineSeconds: ${deadline}`,
    `  selector: {matchLabels: {app: ${name}}}`,
    '  template:',
    `    metadata: {labels: {app: ${name}}}`,
    '    spec:',
    '      containers:',
    `        - {name: main, image: ${JSON.stringify(image)}}`,
    '',
  ].join('\n');
}
