/** What a new user does: start, look, change by push, roll back, make mistakes, use kubectl. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { type Clone, fetchText, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const HELLO = 'http://127.0.0.1:30000/';

describe.skipIf(SKIP_E2E)('push to deploy', () => {
  let host: RefletHost;
  let clone: Clone;
  beforeAll(async () => {
    host = await startReflet({ port: 16_443 });
    clone = await host.clone();
  });
  afterAll(() => host?.close());

  const edit = async (change: (text: string) => string, file = 'hello.yaml') => {
    const path = join(clone.folder, file);
    await writeFile(path, change(await readFile(path, 'utf8').catch(() => '')));
    await clone.git('add', '-A');
    await clone.git('commit', '-qm', 'change');
  };
  const resync = async () => {
    await clone.git('fetch', '-q', 'origin');
    await clone.git('reset', '-q', '--hard', 'origin/main');
  };
  const replicaSets = async () =>
    JSON.parse(await host.must('get', 'rs', '-l', 'app=hello', '-o', 'json')).items as {
      metadata: { name: string; uid: string };
      spec: { replicas: number };
    }[];

  it('serves the first application at the address it printed', async () => {
    expect(host.output()).toContain(HELLO);
    expect(await waitFor('the first page', () => fetchText(HELLO))).toContain('Hello from Reflet');
  });

  it('rolls forward by push, streaming until healthy, and back by revert to the same ReplicaSet', async () => {
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
    const before = await replicaSets();
    expect(before).toHaveLength(1);
    await edit((text) => text.replace('replicas: 2', 'replicas: 3').replace('name: httpd', 'name: web'));
    const pushed = await clone.push('-o', 'wait');
    expect(pushed.stderr).toMatch(/remote: .*deployment default\/hello/i);
    expect(pushed.exitCode).toBe(0);
    expect(
      await host.must('get', 'deployment', 'hello', '-o', 'jsonpath={.status.readyReplicas} {.status.updatedReplicas}'),
    ).toBe('3 3');
    expect(await replicaSets()).toHaveLength(2);
    await clone.git('revert', '--no-edit', 'HEAD');
    expect((await clone.push('-o', 'wait')).exitCode).toBe(0);
    const current = (await replicaSets()).filter(({ spec }) => spec.replicas > 0);
    expect(current.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
    expect(await fetchText(HELLO)).toContain('Hello from Reflet');
  });

  it.each([
    ['a typo in a field', (text: string) => text.replace('replicas:', 'replicsa:'), /hello\.yaml:\d+:\d+.*replicsa/],
    [
      'a bad value',
      (text: string) => text.replace('replicas: 2', 'replicas: -2'),
      /hello\.yaml:\d+:\d+.*spec\.replicas.*must be greater than or equal to 0/,
    ],
    [
      'a missing namespace',
      (text: string) => text.replaceAll('namespace: default', 'namespace: nowhere'),
      /namespaces? "nowhere" not found/,
    ],
    ['broken YAML', (text: string) => text.replace('spec:', 'spec: {'), /hello\.yaml:\d+:\d+/],
    [
      'one object twice',
      (text: string) => `${text}---\n${text.split('---')[0]}`,
      /hello\.yaml:\d+.*deployment.*hello/i,
    ],
  ])('refuses %s as a whole, with its place', async (_, change, said) => {
    await resync();
    const before = await host.must('get', 'deployment', 'hello', '-o', 'jsonpath={.metadata.generation}');
    await edit(change);
    await writeFile(
      join(clone.folder, 'good.yaml'),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: good, namespace: default}\n',
    );
    await clone.git('add', '-A');
    await clone.git('commit', '-qm', 'a good one besides');
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(said);
    expect(await host.must('get', 'deployment', 'hello', '-o', 'jsonpath={.metadata.generation}')).toBe(before);
    expect((await host.kubectl('get', 'configmap', 'good')).stderr).toContain('configmaps "good" not found');
    await resync();
  });

  it('makes commits of what kubectl changes, in the file’s own style', async () => {
    await resync();
    const text = await readFile(join(clone.folder, 'hello.yaml'), 'utf8');
    await host.must('scale', 'deployment', 'hello', '--replicas=1');
    await waitFor(
      'the commit',
      async () =>
        (await clone.git('fetch', '-q', 'origin')).exitCode === 0 &&
        (await clone.git('show', 'origin/main:hello.yaml')).stdout.includes('replicas: 1'),
    );
    expect((await clone.git('show', 'origin/main:hello.yaml')).stdout).toBe(text.replace('replicas: 2', 'replicas: 1'));
    expect((await clone.git('log', '-1', '--format=%an', 'origin/main')).stdout.trim()).toBe('system:admin');
    await host.must('scale', 'deployment', 'hello', '--replicas=2');
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
    await resync();
  });

  it('reads the past, and tells what differs from it', async () => {
    const past = await host.reflet('get', 'deployment', 'hello', '--at', 'main~1', '-o', 'json');
    expect(past.exitCode, past.stderr).toBe(0);
    expect(JSON.parse(past.stdout).spec.replicas).toBe(1);
    const differs = await host.reflet('diff', 'main~1');
    expect(differs.stdout).toMatch(
      /~ deployment default\/hello {2}changed {2}hello\.yaml:\d+\n {4}~ spec\.replicas: 1 → 2 {2}line \d+\n/,
    );
    expect(differs.exitCode).toBe(1);
    expect((await host.reflet('diff', '--live')).exitCode).toBe(0);
  });

  it('explains every container and every rule of the host, and a foreign rule in its chains does not stay', async () => {
    const list = ['ps', '-a', '--filter', 'label=io.reflet.node', '--format', '{{.ID}}'];
    // A container whose pod has just gone is about to go too: the next look finds it gone.
    await waitFor('an explanation of every container', async () => {
      const ids = (await run('podman', list)).stdout.split('\n').filter(Boolean);
      for (const id of ids) {
        const { exitCode, stdout } = await host.reflet('why', id);
        if (exitCode !== 0) return false;
        expect(stdout).toMatch(/deployment default\/hello\n\s+hello\.yaml:\d+\n\s+commit [0-9a-f]{12} /);
      }
      return ids.length >= 2;
    });
    const rules = await host.reflet('why', '--rules');
    expect(rules.exitCode, rules.stdout).toBe(0);
    expect(rules.stdout).toMatch(
      /REFLET-SEP-\w+ -p tcp .*DNAT.*\n.*\n {2}service default\/hello\n {4}hello\.yaml:\d+\n/,
    );
    const foreign = ['-s', '192.0.2.1/32', '-j', 'ACCEPT'];
    expect((await run('iptables', ['-w', '-t', 'nat', '-I', 'REFLET-SERVICES', '1', ...foreign])).exitCode).toBe(0);
    const event = await waitFor('the node’s event', async () => {
      const selector = 'reason=ForeignRuleRemoved';
      return host.must('get', 'events', '-A', '--field-selector', selector, '-o', 'jsonpath={.items[*].message}');
    });
    expect(event).toContain('REFLET-SERVICES -s 192.0.2.1/32 -j ACCEPT');
    expect((await run('iptables-save', ['-t', 'nat'])).stdout).not.toContain('192.0.2.1');
  });

  it('commits a Secret of kubectl encrypted', async () => {
    await host.must('create', 'secret', 'generic', 'db', '--from-literal=password=canary-5e1');
    const file = 'origin/main:default/secret-db.yaml';
    await waitFor(
      'the commit',
      async () =>
        (await clone.git('fetch', '-q', 'origin')).exitCode === 0 &&
        (await clone.git('show', file)).stdout.includes('password: ENC[AES256_GCM,'),
    );
    expect((await clone.git('show', file)).stdout).not.toContain(Buffer.from('canary-5e1').toString('base64'));
    expect(await host.must('get', 'secret', 'db', '-o', 'go-template={{.data.password | base64decode}}')).toBe(
      'canary-5e1',
    );
    await host.must('delete', 'secret', 'db');
    await waitFor(
      'the deletion',
      async () => (await clone.git('fetch', '-q')).exitCode === 0 && (await clone.git('show', file)).exitCode !== 0,
    );
    await resync();
  });

  describe('kubectl', () => {
    const pod = async () =>
      (await host.must('get', 'pods', '-l', 'app=hello', '-o', 'jsonpath={.items[0].metadata.name}')).trim();

    it('shows pods as tables, wide, by label and in every namespace', async () => {
      expect(await host.must('get', 'pods', '-o', 'wide')).toMatch(
        /NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\s+IP\s+NODE\s+NOMINATED NODE\s+READINESS GATES\n(.*\n)*hello-\S+\s+1\/1\s+Running\s+0\s+\S+\s+10\.244\./,
      );
      expect(await host.must('get', 'pods', '-A', '-l', 'app=hello', '--no-headers')).toMatch(/^default\s+hello-/);
      expect(await host.must('get', 'nodes')).toMatch(/Ready/);
    });

    it('describes with events', async () => {
      const text = await host.must('describe', 'pod', await pod());
      for (const reason of ['Scheduled', 'Pulled', 'Created', 'Started']) expect(text).toContain(reason);
    });

    it('reads logs and runs commands with their exit codes', async () => {
      const name = await pod();
      expect(await host.must('exec', name, '--', 'sh', '-c', 'echo out; echo $HOSTNAME')).toBe(`out\n${name}\n`);
      expect((await host.kubectl('exec', name, '--', 'sh', '-c', 'exit 7')).exitCode).toBe(7);
      expect((await host.kubectlWithInput('piped\n', 'exec', '-i', name, '--', 'cat')).stdout).toBe('piped\n');
      await host.must(
        'run',
        'speaker',
        '--image=localhost/reflet/hello:1',
        '--restart=Never',
        '--command',
        '--',
        'sh',
        '-c',
        'echo one; echo two; sleep 1; echo three',
      );
      await waitFor(
        'the end of speaker',
        async () => (await host.must('get', 'pod', 'speaker', '-o', 'jsonpath={.status.phase}')) === 'Succeeded',
      );
      expect(await host.must('logs', 'speaker')).toBe('one\ntwo\nthree\n');
      expect(await host.must('logs', 'speaker', '--tail=1')).toBe('three\n');
      await host.must('delete', 'pod', 'speaker');
    });

    it('applies, both ways, edits and deletes', async () => {
      const configMap = (value: string) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\n  namespace: default\ndata:\n  key: ${value}\n`;
      expect((await host.kubectlWithInput(configMap('one'), 'apply', '-f', '-')).stdout).toBe(
        'configmap/applied created\n',
      );
      expect((await host.kubectlWithInput(configMap('one'), 'apply', '-f', '-')).stdout).toBe(
        'configmap/applied unchanged\n',
      );
      expect((await host.kubectlWithInput(configMap('two'), 'apply', '-f', '-')).stdout).toBe(
        'configmap/applied configured\n',
      );
      expect(
        (await host.kubectlWithInput(configMap('three'), 'apply', '--server-side', '--force-conflicts', '-f', '-'))
          .stdout,
      ).toBe('configmap/applied serverside-applied\n');
      expect(await host.must('get', 'configmap', 'applied', '-o', 'jsonpath={.data.key}')).toBe('three');
      expect(await host.must('delete', 'configmap', 'applied')).toBe('configmap "applied" deleted\n');
    });

    it('follows rollouts: history, restart, undo', async () => {
      await host.must('rollout', 'restart', 'deployment/hello');
      expect(await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s')).toContain(
        'successfully rolled out',
      );
      expect(await host.must('rollout', 'history', 'deployment/hello')).toMatch(/REVISION\s+CHANGE-CAUSE/);
      await host.must('rollout', 'undo', 'deployment/hello');
      await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
      await host.must('wait', '--for=condition=Available', 'deployment/hello', '--timeout=100s');
    });

    it('explains, lists resources, and answers who may do what', async () => {
      expect(await host.must('explain', 'pod.spec.containers')).toContain('FIELD: containers');
      expect(await host.must('api-resources')).toMatch(/deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/);
      expect(await host.must('auth', 'can-i', 'create', 'deployments')).toBe('yes\n');
      expect((await host.kubectl('auth', 'can-i', 'list', 'secrets', '--as', 'nobody')).stdout).toBe('no\n');
    });

    it('shows why a container cannot start, and harms nobody else', async () => {
      await host.must('run', 'broken', '--image=localhost/there/is/none:1', '--image-pull-policy=Never');
      await waitFor(
        'the reason',
        async () =>
          (await host.must(
            'get',
            'pod',
            'broken',
            '-o',
            'jsonpath={.status.containerStatuses[0].state.waiting.reason}',
          )) === 'ErrImageNeverPull',
      );
      expect(await host.must('describe', 'pod', 'broken')).toMatch(/ErrImageNeverPull/);
      expect(await fetchText(HELLO)).toContain('Hello from Reflet');
      await host.must('delete', 'pod', 'broken', '--grace-period=1');
    });
  });

  it('says what is in force, and what was', async () => {
    const status = JSON.parse((await host.reflet('status', '-o', 'json')).stdout);
    expect(status).toMatchObject({ ref: 'refs/heads/main', nodes: [{ ready: true }] });
    const { commits } = JSON.parse((await host.reflet('log', '-o', 'json')).stdout) as {
      commits: { commit: string; state: string; inForce: boolean }[];
    };
    expect(commits[0]).toMatchObject({ commit: status.commit, inForce: true, state: status.rollout.state });
    expect(commits[1]).toMatchObject({ inForce: false, state: expect.stringMatching(/^(healthy|superseded)$/) });
  });
});
