/**
 * Push → container running, with a whole `reflet up`: a Deployment is added to a repository of 10,000 other manifests, and the time is taken from the
 * start of `git push` until the API shows its container running. The peer is create + start of the same container by podman's REST API.
 */

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createPodmanHttp, type PodmanHttp } from '../../../daemon/agent/podman/http.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { minimalEnvironment, run, start } from '../../../daemon/base/process.ts';
import { ensureHelloImage, HELLO_IMAGE } from '../../../daemon/bin/demonstration.ts';
import { openAdminClient } from '../../../daemon/bin/kubeconfig.ts';
import { podmanEnvironment } from '../../../daemon/bin/podman-environment.ts';
import type { Client } from '../../../daemon/client/client.ts';
import { PODS } from '../../../daemon/kinds/resources.ts';
import { type RefletHost, startReflet } from '../../support/reflet.ts';
import { figureOf } from '../support/figure.ts';
import { BENCH_PORT, whyNoContainers, whyNoReflet } from '../support/host-requirements.ts';
import { createManifests, git } from '../support/repository.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const MANIFESTS = 10_000;
const PUSHES = 10;
const RUNNING_MS_MAX = 20_000;

export const pushRunning: Scenario = {
  name: 'push-running',
  summary: 'push → container running, 1 of 10,000 manifests changed, against podman’s REST API alone',
  unavailable: async () => (await whyNoContainers('podman', 'iptables', 'busybox')) ?? (await whyNoReflet()),
  async run({ directory, say }) {
    const environment = await podmanEnvironment(join(directory, 'agent'), silentLogger);
    await ensureHelloImage(environment);
    say('podman alone');
    const raw = await rawStarts(directory, environment);
    say('starting reflet');
    const host = await startReflet({ port: BENCH_PORT, args: ['--no-demonstration', '--node-name', 'bench'] });
    try {
      const workTree = join(directory, 'work');
      await createManifests(workTree, MANIFESTS);
      await git(workTree, 'push', '-q', join(host.dataDir, 'desired.git'), 'main');
      say(`${PUSHES} pushes`);
      const samples = await pushDeployments(host, workTree);
      const peer = { name: 'podman create + start', samples: raw };
      const name = `git push begun → container running, 1 of ${MANIFESTS} manifests`;
      return [
        figureOf({ figure: name, unit: 'ms', samples, peer, goal: { of: 'ratio', atMost: 2 } }),
        figureOf({ figure: name, unit: 'ms', samples, statistic: 'p99', peer, goal: { of: 'ratio', atMost: 4 } }),
      ];
    } finally {
      await host.close();
    }
  },
};

async function rawStarts(directory: string, environment: Record<string, string>): Promise<number[]> {
  const socket = join(directory, 'podman.sock');
  const env = minimalEnvironment(environment);
  const service = start('podman', ['system', 'service', '--time=0', `unix://${socket}`], { env, stdio: 'ignore' });
  const http = createPodmanHttp(socket);
  const samples: number[] = [];
  try {
    await untilItAnswers(http);
    for (let index = 0; index < PUSHES; index++) {
      const name = `bench-raw-${process.pid}-${index}`;
      const began = performance.now();
      await http.call('POST', '/containers/create', {
        body: { name, image: HELLO_IMAGE, command: ['sleep', '600'], netns: { nsmode: 'none' } },
      });
      await http.call('POST', `/containers/${name}/start`);
      samples.push(performance.now() - began);
      await http.call('DELETE', `/containers/${name}`, { query: { force: true, timeout: 0 } });
    }
    return samples;
  } finally {
    http.close();
    service.kill();
    await once(service, 'exit');
  }
}

async function untilItAnswers(http: PodmanHttp): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (
      await http.call('GET', '/_ping').then(
        () => true,
        () => false,
      )
    )
      return;
    await delay(50);
  }
  throw new Error('podman’s service did not answer within 5 s');
}

const deployment = (name: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: ${name}\n  namespace: default\nspec:\n  selector:\n    matchLabels:\n      app: ${name}\n  template:\n    metadata:\n      labels:\n        app: ${name}\n    spec:\n      terminationGracePeriodSeconds: 0\n      containers:\n        - name: c\n          image: ${HELLO_IMAGE}\n          command: ["sleep", "600"]\n`;

async function pushDeployments(host: RefletHost, workTree: string): Promise<number[]> {
  const client = await openAdminClient(join(host.dataDir, 'admin.kubeconfig'));
  const samples: number[] = [];
  try {
    for (let index = 0; index < PUSHES; index++) {
      const name = `run-${index}`;
      await writeFile(join(workTree, `${name}.yaml`), deployment(name));
      await git(workTree, 'add', '.');
      await git(workTree, 'commit', '-q', '-m', `Run ${name}`);
      const abort = new AbortController();
      const running = untilRunning(client, name, abort);
      const began = performance.now();
      const push = git(workTree, 'push', '-q', join(host.dataDir, 'desired.git'), 'main');
      const containerId = await running;
      samples.push(performance.now() - began);
      await push;
      const state = await run('podman', ['inspect', '--format', '{{.State.Running}}', containerId]);
      verify(state.stdout.trim() === 'true', `${name} is said to run, and podman says ${state.stdout || state.stderr}`);
    }
    return samples;
  } finally {
    client.close();
  }
}

/** The id of the container, once a watch shows it running. */
async function untilRunning(client: Client, app: string, abort: AbortController): Promise<string> {
  const timer = setTimeout(() => abort.abort(), RUNNING_MS_MAX);
  try {
    for await (const { object } of client.watch(PODS, {
      namespace: 'default',
      labelSelector: `app=${app}`,
      signal: abort.signal,
    })) {
      const status = object.status?.containerStatuses?.[0];
      if (status?.state?.running && status.containerID) return status.containerID.replace(/^[a-z]+:\/\//, '');
    }
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
  throw new Error(`no container of ${app} was running within ${RUNNING_MS_MAX} ms`);
}
