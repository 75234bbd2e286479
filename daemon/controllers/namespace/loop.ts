/** Wires the namespace loop. */

import type { Resource } from '../../kinds/resource.ts';
import type { Loop } from '../../runtime/loop.ts';
import { runLoop } from '../../runtime/run-loop.ts';
import type { ControllerContext, RunningController } from '../shared/context.ts';
import { createAct } from './act.ts';
import type { NamespaceAction, NamespaceSnapshot } from './actions.ts';
import { decide } from './decide.ts';
import { observe } from './observe.ts';

const name = 'namespace-controller';

/** `resources`: every namespaced resource that is served; asked anew each time, because custom resources come and go. */
export function start(
  context: ControllerContext,
  { resources }: { resources: () => readonly Resource[] },
): RunningController {
  const { client, informers, clock, random, log } = context;
  const loop: Loop<NamespaceSnapshot, NamespaceAction> = {
    name,
    observe: (key) => observe(informers, key),
    decide,
    act: createAct({ client, clock, resources }),
  };
  const running = runLoop(loop, { clock, random, log });
  informers.namespaces.onChange(({ key }) => running.enqueue(key));
  // Pods are what a namespace waits for longest.
  informers.pods.onChange(({ before, after }) => {
    const namespace = before?.metadata?.namespace ?? '';
    if (!after && informers.namespaces.get({ name: namespace })?.metadata?.deletionTimestamp)
      running.enqueue(namespace);
  });
  return { name, idle: running.idle, stop: running.stop };
}
