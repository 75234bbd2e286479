/** `pods/x/ephemeralcontainers`: what may be added to a Pod, and that nothing else is written by this way. */

import { describe, expect, it } from 'vitest';
import { patchObject } from '../../../daemon/api/rest/patch.ts';
import { callSubresource } from '../../../daemon/api/rest/subresources.ts';
import { updateObject } from '../../../daemon/api/rest/update.ts';
import type { StatusError } from '../../../daemon/base/status.ts';
import { NAMESPACES, PODS } from '../../../daemon/kinds/resources.ts';
import type { EphemeralContainer, Pod } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest } from './support.ts';

async function setUp(): Promise<Rest> {
  const rest = await createRest();
  await rest.create(PODS, {
    metadata: { name: 'p', labels: { app: 'web' } },
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ name: 'c', image: 'i:1' }],
      initContainers: [{ name: 'i', image: 'i:1' }],
    },
  } as Pod);
  return rest;
}

const add = async (rest: Rest, ...ephemeralContainers: Partial<EphemeralContainer>[]): Promise<Pod> => {
  const target = rest.target(PODS, 'p');
  const patch = { spec: { ephemeralContainers } };
  const options = { type: 'strategic' as const, subresource: 'ephemeralcontainers' };
  return (await patchObject(rest.context, target, patch as never, options)).entry.value as Pod;
};
const refusal = (work: Promise<unknown>): Promise<StatusError> =>
  work.then(
    () => Promise.reject(new Error('it was admitted')),
    (error: StatusError) => error,
  );

describe('ephemeral containers', () => {
  it('are added by a patch, with their defaults, as kubectl debug does', async () => {
    const rest = await setUp();
    const pod = await add(rest, { name: 'debug', image: 'busybox', stdin: true, tty: true, targetContainerName: 'c' });
    expect(pod.spec?.ephemeralContainers).toEqual([
      {
        name: 'debug',
        image: 'busybox',
        stdin: true,
        tty: true,
        targetContainerName: 'c',
        imagePullPolicy: 'Always',
        resources: {},
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
      },
    ]);
    const more = await add(rest, { name: 'again', image: 'busybox:1' });
    expect(more.spec?.ephemeralContainers?.map(({ name }) => name).sort()).toEqual(['again', 'debug']);
    const read = await callSubresource(
      rest.context,
      rest.target(PODS, 'p'),
      'ephemeralcontainers',
      'get',
      undefined,
      {},
    );
    expect(read.entry.value).toEqual(more);
  });

  it.each<[string, Partial<EphemeralContainer>, string]>([
    ['a name that is taken', { name: 'c' }, 'spec.ephemeralContainers[0].name: Duplicate value: "c"'],
    [
      'ports',
      { ports: [{ containerPort: 80 }] },
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
    ],
    [
      'probes',
      { livenessProbe: { exec: { command: ['x'] } } },
      'spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container',
    ],
    [
      'resources',
      { resources: { limits: { cpu: '1' } } },
      'spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container',
    ],
    [
      'a target that is not there',
      { targetContainerName: 'x' },
      'spec.ephemeralContainers[0].targetContainerName: Not found: "x"',
    ],
    [
      'a path within a volume',
      { volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'a' }] },
      'spec.ephemeralContainers[0].volumeMounts[0].subPath: Forbidden: cannot be set for an Ephemeral Container',
    ],
  ])('are refused with %s', async (_, container, told) => {
    const rest = await setUp();
    const { message, code } = await refusal(add(rest, { name: 'debug', image: 'busybox', ...container }));
    expect(code).toBe(422);
    expect(message).toContain(told);
  });

  it('stay: they are neither changed nor removed', async () => {
    const rest = await setUp();
    const pod = structuredClone(await add(rest, { name: 'debug', image: 'busybox:1' }));
    const changed = await refusal(add(rest, { name: 'debug', image: 'busybox:2' }));
    expect(changed.message).toContain(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be changed',
    );
    delete pod.spec!.ephemeralContainers;
    const put = (body: Pod) =>
      updateObject(rest.context, rest.target(PODS, 'p'), structuredClone(body), { subresource: 'ephemeralcontainers' });
    expect((await refusal(put(pod))).message).toContain(
      'spec.ephemeralContainers: Forbidden: existing ephemeral containers "debug" may not be removed',
    );
    const main = { ...pod, spec: { ...pod.spec!, ephemeralContainers: [{ name: 'x', image: 'y:1' }] } };
    expect((await refusal(updateObject(rest.context, rest.target(PODS, 'p'), structuredClone(main), {}))).code).toBe(
      422,
    );
  });

  it('are all that is written by this way', async () => {
    const rest = await setUp();
    const live = structuredClone(rest.store.get('/registry/core/pods/default/p')!.value as Pod);
    const body = {
      ...live,
      metadata: { ...live.metadata, labels: { other: 'label' } },
      spec: {
        ...live.spec!,
        containers: [{ name: 'c', image: 'other:1' }],
        ephemeralContainers: [{ name: 'd', image: 'x:1' }],
      },
    } as Pod;
    const { entry } = await updateObject(rest.context, rest.target(PODS, 'p'), body, {
      subresource: 'ephemeralcontainers',
    });
    const after = entry.value as Pod;
    expect(after.metadata?.labels).toEqual({ app: 'web' });
    expect(after.spec?.containers).toEqual(live.spec?.containers);
    expect(after.spec?.ephemeralContainers).toHaveLength(1);
  });

  it('keep to the security level of the namespace', async () => {
    const rest = await setUp();
    const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    const options = { type: 'merge' as const };
    await patchObject(rest.context, rest.target(NAMESPACES, 'default'), { metadata: { labels } }, options);
    const { message } = await refusal(
      add(rest, { name: 'debug', image: 'x:1', securityContext: { privileged: true } }),
    );
    expect(message).toContain(
      'violates PodSecurity "baseline:latest": privileged (container "debug" must not set securityContext.privileged=true)',
    );
  });
});
