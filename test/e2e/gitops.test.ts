/**
 * What git promises, as a user goes through it with git, kubectl and reflet on one running host: who owns a field, what a plan says beside what then
 * runs, a failing image that is taken back, the past, and why.
 */

import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import type { Deployment, Pod } from '../../daemon/kinds/types.generated.ts';
import type { PlanDocument } from '../../daemon/plan/document.ts';
import { commitFiles } from '../support/commit-files.ts';
import { type Clone, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const CONFIGURATION = `apiVersion: reflet.dev/v1
kind: Configuration
autoRevert: {enabled: true}
`;
interface Wanted {
  name?: string;
  replicas?: number;
  image?: string;
  version?: string;
  labels?: string;
  deadlineSeconds?: number;
}
const app = ({
  name = 'web',
  replicas,
  image = 'localhost/reflet/hello:1',
  version = '1',
  labels,
  deadlineSeconds = 60,
}: Wanted = {}) =>
  `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
${labels === undefined ? '' : `  labels: ${labels}\n`}spec:
${replicas === undefined ? '' : `  replicas: ${replicas} # as many as there are guests\n`}  progressDeadlineSeconds: ${deadlineSeconds}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}, version: "${version}"}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: "${image}", imagePullPolicy: Never}]
`;
const FRONT = `apiVersion: v1
kind: Service
metadata: {name: front}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30999}]}
`;

describe.skipIf(SKIP_E2E)('a user of git and kubectl', () => {
  let host: RefletHost;
  let clone: Clone;
  let robot: string[];

  beforeAll(async () => {
    host = await startReflet({ port: 16_464 });
    clone = await host.clone();
    await push({ 'reflet.yaml': CONFIGURATION, 'web.yaml': app({ replicas: 1 }), 'free.yaml': app({ name: 'free' }) });
    await host.must('create', 'namespace', 'lab');
    await host.must('create', 'serviceaccount', 'robot', '-n', 'lab');
    await host.must(
      ...['create', 'clusterrolebinding', 'robot', '--clusterrole=cluster-admin', '--serviceaccount=lab:robot'],
    );
    const token = (await host.must('create', 'token', 'robot', '-n', 'lab')).trim();
    robot = ['--kubeconfig=/dev/null', `--server=https://127.0.0.1:${host.port}`, '--insecure-skip-tls-verify'];
    robot.push(`--token=${token}`);
  });
  afterAll(() => host?.close());

  async function push(files: Record<string, string | undefined>, message?: string, ...options: string[]) {
    const commit = await commitFiles(clone, files, message);
    const { exitCode, stderr } = await clone.push('-o', 'wait=90s', ...options);
    expect(exitCode, stderr).toBe(0);
    return { commit, stderr };
  }
  const get = async <T>(...what: string[]): Promise<T> =>
    JSON.parse(await host.must('get', ...what, '-o', 'json')) as T;
  const replicas = async (name: string) => (await get<Deployment>('deployment', name)).spec?.replicas;
  const inGit = async (path: string) => {
    await clone.git('fetch', '-q', 'origin');
    return (await clone.git('show', `origin/main:${path}`)).stdout;
  };
  const tip = async () => (await run('git', ['-C', join(host.dataDir, 'desired.git'), 'rev-parse', 'main'])).stdout;

  /** Without what is by chance: addresses, and names that are made of them. */
  const masked = (rule: string): string =>
    rule.replace(/\d+\.\d+\.\d+\.\d+|\((new pod|allocated)\)/g, 'ADDRESS').replace(/REFLET-SEP-\w+/g, 'SEP');
  /** What iptables shows of a service: the rules that name it, and those of the chains that these lead to. */
  async function rulesOf(service: string): Promise<string[]> {
    const lines = (await run('iptables', ['-w', '-t', 'nat', '-S'])).stdout.split('\n');
    const rules = lines.filter((line) => line.startsWith('-A ')).map((line) => line.slice(3));
    const own = rules.filter((rule) => rule.includes(`default/${service}`));
    const chains = new Set(own.flatMap((rule) => /-j (REFLET-(?:SVC|EXT|SEP)-\w+)/.exec(rule)?.[1] ?? []));
    const all = rules.filter((rule) => own.includes(rule) || chains.has(rule.split(' ', 1)[0]!));
    return all.map(masked).sort();
  }

  it('scales: into the file that names replicas, past the one that does not; a robot’s scale holds until the file’s own changes', async () => {
    await host.must('scale', 'deployment/web', '--replicas=2');
    await waitFor('the commit', async () => (await inGit('web.yaml')) === app({ replicas: 2 }));
    const before = await tip();
    await host.must('scale', 'deployment/free', '--replicas=2');
    expect(await replicas('free')).toBe(2);
    await host.must(...robot, 'scale', 'deployment/web', '--replicas=3');
    expect(await tip()).toBe(before);
    await push({ 'web.yaml': app({ replicas: 2, labels: '{team: blue}' }) });
    expect(await replicas('web')).toBe(3);
    expect(await replicas('free')).toBe(2);
    await push({ 'web.yaml': app({ replicas: 1, labels: '{team: blue}' }) });
    expect(await replicas('web')).toBe(1);
  });

  it('has drift put back, told by an Event; what git does not name stays', async () => {
    const labels = { team: 'red', zone: 'b' };
    await host.must(...robot, 'patch', 'deployment/web', '-p', JSON.stringify({ metadata: { labels } }));
    await waitFor('git’s label', async () => {
      const { metadata } = await get<Deployment>('deployment', 'web');
      return metadata?.labels?.['team'] === 'blue' && metadata.labels['zone'] === 'b';
    });
    const events = ['get', 'events', '--field-selector', 'reason=DriftReverted', '-o', 'jsonpath={.items[*].message}'];
    expect(await waitFor('the event', () => host.must(...events))).toContain(
      'put back as web.yaml:1 says (by kubectl-patch)',
    );
    expect((await host.reflet('diff', '--live')).exitCode).toBe(0);
    const foreign = await host.reflet('diff', '--live', '--foreign');
    expect(foreign.stdout).toContain('+ metadata.labels.zone: "b"  by kubectl-patch');
    // A field that the file drops goes, and one that somebody else set does not.
    await push({ 'web.yaml': app({ replicas: 1 }) });
    expect((await get<Deployment>('deployment', 'web')).metadata?.labels).toEqual({ zone: 'b' });
  });

  it('has an object of git that a robot deleted made again, and adopts one that was made at run time', async () => {
    const { metadata } = await get<Deployment>('deployment', 'free');
    await host.must(...robot, 'delete', 'deployment/free', '--wait=false');
    await waitFor('the new one', async () => {
      const found = await host.kubectl('get', 'deployment', 'free', '-o', 'jsonpath={.metadata.uid}');
      return found.exitCode === 0 && found.stdout !== metadata?.uid;
    });
    await host.must(...robot, 'create', 'configmap', 'taken', '--from-literal=mine=x');
    const { metadata: before } = await get<Pod>('configmap', 'taken');
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: taken}\ndata: {ours: z}\n';
    expect((await push({ 'taken.yaml': text })).stderr).toContain('configmap default/taken configured');
    const after = await get<{ metadata: { uid: string }; data: object }>('configmap', 'taken');
    expect([after.metadata.uid, after.data]).toEqual([before?.uid, { mine: 'x', ours: 'z' }]);
  });

  it('plans: what is said is what podman and iptables show then', async () => {
    const files = { 'web.yaml': app({ replicas: 3, version: '2' }), 'front.yaml': FRONT, 'free.yaml': undefined };
    const commit = await commitFiles(clone, files, 'Wider');
    const planned = await clone.reflet('plan', '-o', 'json');
    expect(planned.exitCode, planned.stderr).toBe(2);
    const plan = JSON.parse(planned.stdout) as PlanDocument;
    expect([plan.result, plan.commit]).toEqual(['changes', commit]);
    expect(plan.objects.map(({ action, kind, name }) => `${action} ${kind} ${name}`)).toEqual([
      'delete Deployment free',
      'update Deployment web',
      'create Service front',
    ]);
    expect((await clone.push('-o', 'wait=90s')).stderr).toContain('all healthy');
    const { placement, nodes } = plan.pods;
    const [{ node } = { node: '' }] = nodes;
    expect(nodes).toEqual([{ node, created: 2, stopped: 1, replaced: 1 }]);
    const predicted = placement.map(({ workload, count }) => [workload.replace('deployment default/', ''), count]);
    await waitFor('exactly the containers that were planned', async () => {
      const names = '{{index .Labels "io.reflet.pod.name"}}';
      const { stdout } = await run('podman', ['ps', '--filter', `label=io.reflet.node=${node}`, '--format', names]);
      const running = Map.groupBy(stdout.trim().split('\n').sort(), (pod) => pod.split('-', 1)[0]);
      return isDeepStrictEqual(
        [...running].map(([workload, pods]) => [workload, pods.length]),
        predicted,
      );
    });
    expect(await rulesOf('front')).toEqual(plan.services.flatMap(({ rules }) => rules[0]!.added.map(masked)).sort());
  });

  it('is told of a failing image: taken back with the evidence, healthy on the old revision', async () => {
    const before = (await get<{ items: Pod[] }>('pods', '-l', 'app=web')).items
      .map(({ metadata }) => metadata?.uid)
      .sort();
    const { commit, stderr } = await push(
      { 'web.yaml': app({ replicas: 3, version: '2', image: 'localhost/none:9', deadlineSeconds: 2 }) },
      'Bad',
    );
    expect(stderr).toContain('exceeded its progress deadline');
    const revert = await waitFor('the revert', async () => {
      const { commits } = JSON.parse((await host.reflet('log', '-o', 'json', '-n', '2')).stdout) as {
        commits: { commit: string; state: string; inForce: boolean }[];
      };
      return (
        commits[1]?.commit === commit &&
        commits[1].state === 'failed' &&
        commits[0]?.state === 'healthy' &&
        commits[0].commit
      );
    });
    await clone.git('fetch', '-q', 'origin');
    const message = (await clone.git('log', '-1', '--format=%B', revert)).stdout;
    expect(message).toContain('Container image "localhost/none:9" is not present with pull policy of Never');
    expect((await clone.git('diff', '--stat', `${revert}~2`, revert)).stdout).toBe('');
    const pods = (await get<{ items: Pod[] }>('pods', '-l', 'app=web')).items.filter(
      ({ metadata }) => !metadata?.deletionTimestamp,
    );
    expect(pods.map(({ metadata }) => metadata?.uid).sort()).toEqual(before);
    const status = await host.reflet('status');
    expect([status.exitCode, status.stdout]).toEqual([0, expect.stringContaining(`in force    ${revert}`)]);
  });

  it('reads the past through the API: exactly at a revision, and never inside a commit', async () => {
    const { commits } = JSON.parse(await host.must('get', '--raw', '/reflet/v1/commits')) as {
      commits: { revision: number; objects: object[] }[];
    };
    const wider = commits.find(({ objects }) => objects.length === 3)!; // the one that was planned
    const exactly = (revision: number) =>
      `/api/v1/namespaces/default/services?resourceVersion=${revision}&resourceVersionMatch=Exact`;
    const services = async (revision: number) =>
      (JSON.parse(await host.must('get', '--raw', exactly(revision))) as { items: Pod[] }).items.map(
        ({ metadata }) => metadata?.name,
      );
    expect(await services(wider.revision)).toEqual(['front', 'hello', 'kubernetes']);
    expect(await services(wider.revision - 3)).toEqual(['hello', 'kubernetes']);
    const inside = await host.kubectl('get', '--raw', exactly(wider.revision - 1));
    expect([inside.exitCode, inside.stderr]).toEqual([1, expect.stringContaining('inside')]);
  });

  it('reads the past by commit and time, and is told why a pod, a container and a field are as they are', async () => {
    const at = async (moment: string) => (await host.reflet('get', 'deployment', 'web', '--at', moment)).stdout;
    expect(await at('main')).toMatch(/^web +\d\/3 /m);
    expect(await at('main~3')).toMatch(/^web +\d\/1 /m);
    const { commits } = JSON.parse((await host.reflet('log', '-o', 'json')).stdout) as {
      commits: { times: { admitted?: string } }[];
    };
    expect(await at(commits[3]!.times.admitted!)).toMatch(/^web +\d\/1 /m);
    expect((await host.reflet('diff', 'main~3', 'main~2')).stdout).toMatch(
      /~ deployment default\/web .*\n {4}~ spec\.replicas: 1 → 3 {2}line 6\n/,
    );
    const [pod] = (await get<{ items: Pod[] }>('pods', '-l', 'app=web')).items;
    const chain = /replicaset default\/web-\w+\n.*deployment default\/web\n +web\.yaml:1\n +commit [0-9a-f]{12} /;
    const why = async (...args: string[]) => (await host.reflet('why', ...args)).stdout;
    expect(await why(`pod/${pod?.metadata?.name}`)).toMatch(chain);
    const container = pod?.status?.containerStatuses?.[0]?.containerID?.replace('podman://', '') ?? '';
    expect(await why(container.slice(0, 12))).toMatch(chain);
    expect(await why('deployment/web', 'spec.replicas')).toMatch(
      /field spec\.replicas: reflet-git \(Apply, .*\n +web\.yaml:6:/,
    );
    expect(await why('REFLET-NP-T', '2')).toMatch(/service default\/front\n +front\.yaml:1\n/);
  });
});
