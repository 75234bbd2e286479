/** The agent on a real podman: pods from API object to containers and back, restarts of containers and of the agent itself, no leaks. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Agent, startAgent } from '../../daemon/agent/agent.ts';
import { systemClock, systemIds, systemRandom } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { bootstrap } from '../../daemon/bin/bootstrap.ts';
import { type Kernel, openKernel } from '../../daemon/bin/kernel.ts';
import type { Client } from '../../daemon/client/client.ts';
import { CONFIG_MAPS, EVENTS, NODES, PODS, SERVICE_ACCOUNTS } from '../../daemon/kinds/resources.ts';
import type { Container, Pod } from '../../daemon/kinds/types.generated.ts';
import { createPlainPodNetwork } from '../support/plain-pod-network.ts';
import { SKIP_E2E } from '../support/private-host.ts';
import { openPrivatePodman, type PrivatePodman } from '../support/private-podman.ts';

const NODE = 'e2e-agent';
const NETWORK = { subnet: '10.231.77', prefix: 'rfe2e' };
/** Without its registry: found as `localhost/busybox:1`. */
const IMAGE = 'busybox:1';
const WAIT_MS = 30_000;

/** What `attempt` resolves with, once it no longer rejects. */
async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe.skipIf(SKIP_E2E)('the agent', () => {
  let podman: PrivatePodman;
  let directory: string;
  let kernel: Kernel;
  let client: Client;
  let agent: Agent;
  let network: ReturnType<typeof createPlainPodNetwork>;

  const start = async () => {
    network = createPlainPodNetwork(NETWORK.subnet, NETWORK.prefix);
    agent = await startAgent({
      client: kernel.clientFor(`system:node:${NODE}`, ['system:nodes'], 'kubelet'),
      podNetwork: network,
      nodeName: NODE,
      nodeIp: '127.0.0.1',
      dataDir: join(directory, 'agent'),
      podmanSocket: join(podman.directory, 'podman.sock'),
      clock: systemClock,
      ids: systemIds,
      random: systemRandom,
      log: silentLogger,
    });
  };
  const key = (name: string) => ({ namespace: 'default', name });
  const get = (name: string) => client.get(PODS, key(name));
  const create = (name: string, container: Partial<Container>, spec: object = {}) =>
    client.create(PODS, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: key(name),
      spec: {
        nodeName: NODE,
        terminationGracePeriodSeconds: 1,
        automountServiceAccountToken: false,
        containers: [{ name: 'main', image: IMAGE, command: ['sleep', '1000'], ...container }],
        ...spec,
      },
    });
  const status = async (name: string) => (await get(name)).status?.containerStatuses?.[0];
  const until = (name: string, holds: (pod: Pod) => boolean) =>
    eventually(async () => {
      const pod = await get(name);
      if (!holds(pod)) throw new Error(`pod ${name}: ${JSON.stringify(pod.status)}`);
      return pod;
    });
  const isReady = ({ status: now }: Pod) =>
    now?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  const logsOf = async (name: string, previous = false) => {
    const { uid = '' } = (await get(name)).metadata ?? {};
    const reference = { ...key(name), uid };
    const chunks: Uint8Array[] = [];
    for await (const chunk of agent.nodeService.logs(
      reference,
      { container: 'main', previous },
      AbortSignal.timeout(5_000),
    ))
      chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const isGone = (name: string) =>
    eventually(async () => {
      const pod = await get(name).catch(() => undefined);
      if (pod) throw new Error(`pod ${name} is still there`);
    });

  beforeAll(async () => {
    podman = await openPrivatePodman();
    directory = await mkdtemp(join(tmpdir(), 'reflet-agent-'));
    await mkdir(join(directory, 'keys'));
    kernel = await openKernel({
      nodes: () => undefined,
      storeDir: join(directory, 'store'),
      keysDir: join(directory, 'keys'),
      serviceCidr: '10.96.0.0/16',
      log: silentLogger,
    });
    client = kernel.clientFor('system:admin', ['system:masters'], 'test');
    await bootstrap(client, { clusterIp: '10.96.0.1', hostIp: '192.0.2.1', port: 6443, clientCa: '' });
    await client
      .create(SERVICE_ACCOUNTS, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: key('default') })
      .catch(() => {});
    await start();
  });
  afterAll(async () => {
    await agent?.removeEverything();
    await podman?.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('registers its node', async () => {
    const node = await eventually(async () => {
      const found = await client.get(NODES, { name: NODE });
      if (!found.status?.conditions?.length) throw new Error('no status yet');
      return found;
    });
    expect(node.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'True' });
    expect(node.status?.nodeInfo?.containerRuntimeVersion).toMatch(/^podman:\/\/\d/);
  });

  test('runs a pod: address, files, variables, probes, logs', async () => {
    await client.create(CONFIG_MAPS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: key('conf'),
      data: { WHO: 'world' },
    });
    const script =
      'echo hello $WHO; grep web /etc/hosts; mkdir /w; echo ok > /w/index.html; exec httpd -f -p 8080 -h /w';
    await create('web', {
      command: ['sh', '-c', script],
      envFrom: [{ configMapRef: { name: 'conf' } }],
      readinessProbe: { httpGet: { port: 8080, path: '/index.html' }, periodSeconds: 1 },
    });
    const pod = await until('web', isReady);
    expect(pod.status).toMatchObject({ phase: 'Running', hostIP: '127.0.0.1', qosClass: 'BestEffort' });
    expect(await logsOf('web')).toBe(`hello world\n${pod.status?.podIP}\tweb\n`);
    const reasons = (await client.list(EVENTS, { namespace: 'default' })).items
      .filter(({ involvedObject }) => involvedObject.name === 'web')
      .map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['Pulled', 'Created', 'Started']));
  });

  test('a readiness gate holds a pod back until somebody opens it, and again when it is shut', async () => {
    const gate = 'example.com/behind-balancer';
    await create('gated', {}, { readinessGates: [{ conditionType: gate }] });
    const shut = await until('gated', ({ status: now }) => now?.containerStatuses?.[0]?.ready === true);
    const ready = (pod: Pod) => pod.status?.conditions?.find(({ type }) => type === 'Ready');
    expect(ready(shut)).toMatchObject({
      ...{ status: 'False', reason: 'ReadinessGatesNotReady' },
      message: `corresponding condition of pod readiness gate "${gate}" does not exist.`,
    });
    const say = (opened: 'True' | 'False') =>
      client.patch(
        PODS,
        key('gated'),
        { status: { conditions: [{ type: gate, status: opened }] } },
        { type: 'strategic', subresource: 'status' },
      );
    await say('True');
    await until('gated', isReady);
    await say('False');
    const again = await until('gated', (pod) => !isReady(pod));
    expect(ready(again)?.message).toBe(`the status of pod readiness gate "${gate}" is not "True", but False`);
  });

  test('a pod that names its node is refused where it does not fit, and taken when it does', async () => {
    const node = await client.get(NODES, { name: NODE });
    const cpu = { resources: { requests: { cpu: String(node.status?.allocatable?.['cpu']) } } };
    await create('first', cpu);
    await until('first', isReady);
    await create('second', cpu);
    const refused = await until('second', ({ status: now }) => now?.phase === 'Failed');
    expect(refused.status).toMatchObject({
      reason: 'OutOfcpu',
      message: expect.stringMatching(
        /^Pod was rejected: Node didn't have enough resource: cpu, requested: (\d+), used: \1, capacity: \1$/,
      ),
    });
    expect(refused.status).not.toHaveProperty('containerStatuses');
    const told = await eventually(async () => {
      const { items } = await client.list(EVENTS, { namespace: 'default' });
      const found = items.find(
        ({ involvedObject, reason }) => involvedObject.name === 'second' && reason === 'OutOfcpu',
      );
      if (!found) throw new Error('no event yet');
      return found;
    });
    expect(told).toMatchObject({ type: 'Warning', message: expect.stringMatching(/^Node didn't have enough/) });
    await client.delete(PODS, key('first'));
    await isGone('first');
    await create('third', cpu);
    await until('third', isReady);
    await client.delete(PODS, key('third'));

    await create('astray', {}, { nodeSelector: { disk: 'ssd' } });
    const astray = await until('astray', ({ status: now }) => now?.phase === 'Failed');
    expect(astray.status).toMatchObject({ reason: 'NodeAffinity' });
    // A label counts from the moment it is given.
    await client.patch(NODES, { name: NODE }, { metadata: { labels: { disk: 'ssd' } } }, { type: 'merge' });
    await create('at-home', {}, { nodeSelector: { disk: 'ssd' } });
    await until('at-home', isReady);
    for (const name of ['second', 'astray', 'at-home']) await client.delete(PODS, key(name));
    for (const name of ['second', 'third', 'astray', 'at-home']) await isGone(name);
  });

  test('starts a killed container again, and shows how it ended', async () => {
    const before = (await status('web'))!;
    const id = before.containerID!.replace('podman://', '');
    await podman.podman('kill', '--signal', 'KILL', id);
    await until('web', (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1);
    const after = (await status('web'))!;
    expect(after.lastState?.terminated).toMatchObject({ exitCode: 137, containerID: before.containerID });
    expect(await logsOf('web', true)).toContain('hello world');
  });

  test('tells ends: codes, messages, memory', async () => {
    const once = { restartPolicy: 'Never' };
    await create('message', { command: ['sh', '-c', 'echo bye > /dev/termination-log; exit 3'] }, once);
    // Not at once: of a container that ends while it is being started nobody has looked at the control group, which is gone with it.
    const memory = ['sh', '-c', 'sleep 1; exec tail /dev/zero'];
    await create('memory', { command: memory, resources: { limits: { memory: '16Mi' } } }, once);
    await create('done', { command: ['true'] }, once);
    const ended = async (name: string) => {
      await until(name, (pod) => pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded');
      return (await status(name))?.state?.terminated;
    };
    expect(await ended('message')).toMatchObject({ exitCode: 3, reason: 'Error', message: 'bye\n' });
    expect(await ended('memory')).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    expect(await ended('done')).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect((await get('done')).status?.phase).toBe('Succeeded');
  });

  test('finds a container whose conmon has died, and replaces it', async () => {
    await create('orphan', {});
    await until('orphan', isReady);
    const { containerID = '' } = (await status('orphan'))!;
    const id = containerID.replace('podman://', '');
    const pids = (await podman.podman('inspect', '--format', '{{.State.ConmonPid}} {{.State.Pid}}', id))
      .trim()
      .split(' ');
    process.kill(Number(pids[0]), 'SIGKILL');
    await until('orphan', (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.containerID !== containerID);
    // A dead process that nobody has reaped yet has no command line any more.
    expect(await readFile(`/proc/${pids[1]}/cmdline`, 'utf8').catch(() => '')).toBe('');
  });

  test('adopts what runs when it comes back, and stops what is not wanted any more', async () => {
    await create('unwanted', {});
    await until('unwanted', isReady);
    const { containerID } = (await status('web'))!;
    const ready = (await get('web')).status?.conditions?.find(({ type }) => type === 'Ready');
    await agent.stop();
    await client.delete(PODS, key('unwanted'), { gracePeriodSeconds: 0 });
    await start();
    await eventually(async () => {
      const names = await podman.podman('ps', '--format', '{{.Names}}');
      if (names.includes('_unwanted_')) throw new Error('it still runs');
    });
    expect((await status('web'))?.containerID).toBe(containerID);
    expect((await get('web')).status?.conditions?.find(({ type }) => type === 'Ready')).toEqual(ready);
  });

  test('stops a pod in order and leaves nothing of it', async () => {
    const wait = (word: string) => ['sh', '-c', `trap "echo ${word}; exit 0" TERM; while true; do sleep 0.1; done`];
    await create(
      'ordered',
      { command: wait('bye') },
      {
        terminationGracePeriodSeconds: 10,
        initContainers: [
          { name: 'before', image: IMAGE, command: ['true'] },
          { name: 'side', image: IMAGE, restartPolicy: 'Always', command: wait('side') },
        ],
      },
    );
    const pod = await until('ordered', isReady);
    expect(pod.status?.initContainerStatuses?.map(({ name, ready }) => [name, ready])).toEqual([
      ['before', true],
      ['side', true],
    ]);
    await client.delete(PODS, key('ordered'));
    await isGone('ordered');
    const { uid = '' } = pod.metadata ?? {};
    expect(await podman.podman('ps', '--all', '--format', '{{.Names}}')).not.toContain(uid);
    expect(network.attached()).not.toContain(uid);
    const left = await readdir(join(directory, 'agent'), { recursive: true });
    expect(left.filter((name) => name.includes(uid))).toEqual([]);
    expect(existsSync(`/sys/fs/cgroup/memory/reflet/pod${uid}`)).toBe(false);
  });
});
