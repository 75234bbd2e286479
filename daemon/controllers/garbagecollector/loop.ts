/**
 * Wires the garbage collector: one informer for each collectable resource (the shared ones where they exist). It begins only when all
 * of them are in, because an owner that was not listed yet looks like one that is gone.
 */

import type { KubeObject } from '../../base/object.ts';
import type { Informer } from '../../client/informer.ts';
import { startInformer } from '../../client/start-informer.ts';
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
export function start(
  context: ControllerContext,
  { resources }: { resources: readonly Resource[] },
): RunningController {
  const { client, informers, clock, random, log } = context;
  const events = createEventRecorder(client, { clock, log, component: name });
  const shared: Readonly<Record<string, Informer<KubeObject>>> = {
    '/pods': informers.pods as Informer<KubeObject>,
    'apps/replicasets': informers.replicaSets as Informer<KubeObject>,
    'apps/deployments': informers.deployments as Informer<KubeObject>,
    '/services': informers.services as Informer<KubeObject>,
    '/endpoints': informers.endpoints as Informer<KubeObject>,
    'discovery.k8s.io/endpointslices': informers.endpointSlices as Informer<KubeObject>,
    '/nodes': informers.nodes as Informer<KubeObject>,
    '/namespaces': informers.namespaces as Informer<KubeObject>,
    '/serviceaccounts': informers.serviceAccounts as Informer<KubeObject>,
  };
  const collected = resources.filter(({ plural }) => !NEVER_COLLECTED.has(plural));
  const own: Informer<KubeObject>[] = [];
  const graph = new OwnerGraph((uid) => running.enqueue(uid));
  const loop: Loop<GarbageSnapshot, GarbageAction> = {
    name,
    observe: (key) => observe(graph, collected, key),
    decide,
    act: createAct({ client, events }),
  };
  const running = runLoop(loop, { clock, random, log });
  const followed = collected.map((resource) => {
    const known = shared[`${resource.group}/${resource.plural}`];
    if (known) return { resource, informer: known };
    const informer = startInformer<KubeObject>(client, resource, { clock, random, log });
    own.push(informer);
    return { resource, informer };
  });
  void Promise.all(followed.map(({ informer }) => informer.synced())).then(() => {
    for (const { resource, informer } of followed) graph.follow(resource, informer);
  });
  const stop = (): void => {
    running.stop();
    for (const informer of own) informer.stop();
  };
  return { name, idle: running.idle, stop };
}
