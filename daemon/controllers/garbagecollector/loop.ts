/**
 * Wires the garbage collector: one informer for each collectable resource (the shared ones where they exist). It begins only when all
 * of them are in, because an owner that was not listed yet looks like one that is gone.
 */

import type { KubeObject } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import { startInformer } from '../../client/start-informer.ts';
import type { ServedResources } from '../../kinds/collected-resources.ts';
import type { Resource } from '../../kinds/resource.ts';
import { createEventRecorder } from '../../runtime/events.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { GarbageAction, GarbageSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { OwnerGraph } from './graph.ts';
import { observe } from './observe.ts';

const name = 'garbage-collector-controller';

/** Written by everyone, owned by nobody, gone by themselves. */
const NEVER_COLLECTED = new Set(['events']);

/** `resources`: every served resource that can be listed, watched and deleted, cluster-scoped ones included. */
export function start(context: ControllerContext, { resources }: { resources: ServedResources }): RunningController {
  const { client, informers, clock, random, log } = context;
  const events = createEventRecorder(client, { clock, log, component: name });
  const shared: Readonly<Record<string, Informer<KubeObject>>> = {
    '/pods': informers.pods as Informer<KubeObject>,
    'apps/replicasets': informers.replicaSets as Informer<KubeObject>,
    'batch/jobs': informers.jobs as Informer<KubeObject>,
    'apps/deployments': informers.deployments as Informer<KubeObject>,
    '/services': informers.services as Informer<KubeObject>,
    '/endpoints': informers.endpoints as Informer<KubeObject>,
    'discovery.k8s.io/endpointslices': informers.endpointSlices as Informer<KubeObject>,
    '/nodes': informers.nodes as Informer<KubeObject>,
    '/namespaces': informers.namespaces as Informer<KubeObject>,
    '/serviceaccounts': informers.serviceAccounts as Informer<KubeObject>,
  };
  const graph = new OwnerGraph((uid) => running.enqueue(uid));
  const loop: Loop<GarbageSnapshot, GarbageAction> = {
    name,
    observe: (key) => observe(graph, resources.list(), key),
    decide,
    act: createAct({ client, events }),
  };
  const running = runLoop(loop, { clock, random, log });
  const begin = (resource: Resource): Informer<KubeObject> =>
    startInformer<KubeObject>(client, resource, { clock, random, log });
  const followed = followResources({ graph, shared, begin, resources });
  const stop = (): void => {
    running.stop();
    followed.stop();
  };
  return { name, idle: running.idle, stop };
}

interface Following {
  graph: OwnerGraph;
  shared: Readonly<Record<string, Informer<KubeObject>>>;
  begin(resource: Resource): Informer<KubeObject>;
  resources: ServedResources;
}

/** One informer for each resource, for as long as it is served. Those of the start are told of together, later ones as they are in. */
function followResources({ graph, shared, begin, resources }: Following): { stop(): void } {
  const own = new Map<string, { resource: Resource; informer: Informer<KubeObject> }>();
  const textOf = ({ group, version, plural }: Resource): string => `${group}/${version}/${plural}`;
  const collected = () => resources.list().filter(({ plural }) => !NEVER_COLLECTED.has(plural));
  const open = (resource: Resource): { resource: Resource; informer: Informer<KubeObject> } => {
    const known = shared[`${resource.group}/${resource.plural}`];
    if (known) return { resource, informer: known };
    const opened = { resource, informer: begin(resource) };
    own.set(textOf(resource), opened);
    return opened;
  };
  const first = collected().map(open);
  void Promise.all(first.map(({ informer }) => informer.synced())).then(() => {
    for (const { resource, informer } of first) graph.follow(resource, informer);
  });
  const unsubscribe = resources.onChange(() => {
    const served = new Map(collected().map((resource) => [textOf(resource), resource]));
    for (const [text, { resource, informer }] of own) {
      if (served.has(text)) continue;
      informer.stop();
      own.delete(text);
      graph.forget(resource);
    }
    for (const [text, resource] of served) {
      if (own.has(text) || shared[`${resource.group}/${resource.plural}`]) continue;
      const { informer } = open(resource);
      void informer.synced().then(() => own.get(text)?.informer === informer && graph.follow(resource, informer));
    }
  });
  return {
    stop() {
      unsubscribe();
      for (const { informer } of own.values()) informer.stop();
    },
  };
}
