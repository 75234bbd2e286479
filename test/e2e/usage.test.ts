/** What the node and its Pods use, as dashboards, Prometheus and kubectl ask for it, on real pods. */

import { once } from 'node:events';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { run } from '../../daemon/base/process.ts';
import { findKubectls } from '../support/kubectls.ts';
import { type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const { kubectls } = await findKubectls();

describe.skipIf(SKIP_E2E)('usage', () => {
  let host: RefletHost;
  let node: string;
  const environment = () => ({ KUBECONFIG: join(host.dataDir, 'admin.kubeconfig'), HOME: host.dataDir });
  const raw = (path: string) => host.must('get', '--raw', `/api/v1/nodes/${node}/proxy/${path}`);
  beforeAll(async () => {
    host = await startReflet({ port: 16_447 });
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
    node = (await host.must('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
  });
  afterAll(() => host?.close());

  it('the Summary holds what the kernel counts', async () => {
    const { node: whole, pods } = JSON.parse(await raw('stats/summary'));
    expect(whole).toMatchObject({
      nodeName: node,
      memory: { workingSetBytes: expect.any(Number), availableBytes: expect.any(Number) },
      fs: { capacityBytes: expect.any(Number) },
    });
    expect(whole.cpu.usageCoreNanoSeconds).toBeGreaterThan(1e9);
    const pod = pods.find(({ podRef }: { podRef: { name: string } }) => podRef.name.startsWith('hello-'));
    expect(pod.podRef.namespace).toBe('default');
    const [container] = pod.containers;
    expect(container.cpu.usageCoreNanoSeconds).toBeGreaterThan(0);
    expect(container.memory.workingSetBytes).toBeGreaterThan(50_000);
    expect(container.memory.rssBytes).toBeGreaterThan(0);
    expect(container.rootfs).toMatchObject({ usedBytes: expect.any(Number) });
    expect(pod.network).toMatchObject({ name: 'eth0', rxBytes: expect.any(Number) });
    expect(pod.process_stats.process_count).toBeGreaterThan(0);
  });

  it('the metrics that are scraped name the pods', async () => {
    const resource = await raw('metrics/resource');
    expect(resource).toMatch(
      /^container_cpu_usage_seconds_total\{container="\w+",namespace="default",pod="hello-[^"]+"\} \S+ \d{13}$/m,
    );
    expect(resource).toMatch(/^node_memory_working_set_bytes \d+ \d{13}$/m);
    const cadvisor = await raw('metrics/cadvisor');
    expect(cadvisor).toMatch(/^container_network_receive_bytes_total\{.*interface="eth0".*pod="hello-/m);
    expect(await raw('metrics')).toContain(`kubelet_node_name{node="${node}"} 1`);
  });

  it.each(kubectls)('kubectl $version top', async ({ program }) => {
    const top = async (...args: string[]) =>
      (await run(program, ['top', ...args], { env: environment(), timeoutMs: 30_000 })).stdout;
    // Two looks of the agent, ten seconds apart, are needed for the node.
    const nodes = await waitFor('usage of the node', async () => /m +\d+%/.test(await top('node')) && top('node'));
    expect(nodes).toMatch(new RegExp(`^${node} +\\d+m +\\d+% +\\d+Mi +\\d+%`, 'm'));
    const pods = await waitFor('usage of the pods', async () => /hello-/.test(await top('pod')) && top('pod'));
    expect(pods).toMatch(/^hello-\S+ +\d+m +\d+Mi *$/m);
    expect(await top('pod', '-A', '--containers')).toMatch(/^default +hello-\S+ +\w+ +\d+m +\d+Mi *$/m);
  });

  it('a command by the node’s own path', async () => {
    const name = (await host.must('get', 'pods', '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    const container = (await host.must('get', 'pods', '-o', 'jsonpath={.items[0].spec.containers[0].name}')).trim();
    const config = new KubeConfig();
    config.loadFromFile(environment().KUBECONFIG);
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const server = config.getCurrentCluster()!.server.replace('https', 'wss');
    const query = 'output=1&error=1&command=echo&command=hi';
    const url = `${server}/api/v1/nodes/${node}/proxy/exec/default/${name}/${container}?${query}`;
    const socket = new WebSocket(url, 'v4.channel.k8s.io', options as ClientOptions);
    let text = '';
    socket.on('message', (data: Buffer) => {
      if (data[0] === 1) text += data.subarray(1).toString();
    });
    await once(socket, 'close');
    expect(text).toBe('hi\n');
  });

  it('pods, settings and logs', async () => {
    const { items } = JSON.parse(await raw('pods'));
    const { metadata, spec } = items.find((one: { metadata: { name: string } }) =>
      one.metadata.name.startsWith('hello-'),
    );
    expect(JSON.parse(await raw('runningpods/')).items.length).toBeGreaterThan(0);
    expect(JSON.parse(await raw('configz')).kubeletconfig).toMatchObject({
      kind: 'KubeletConfiguration',
      maxPods: 110,
    });
    const [container] = spec.containers;
    await host.must('exec', metadata.name, '--', 'sh', '-c', 'echo by-the-node > /proc/1/fd/1');
    await waitFor('the line', async () =>
      (await raw(`containerLogs/default/${metadata.name}/${container.name}?tailLines=5`)).includes('by-the-node'),
    );
    const { stderr } = await host.kubectl('get', '--raw', `/api/v1/nodes/${node}/proxy/logs/`);
    expect(stderr).toContain('the server does not allow this method on the requested resource');
  });
});
