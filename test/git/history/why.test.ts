/** What `reflet why` prints, over a real repository, real controllers and the proxy's own rules. */

import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabelledContainer } from '../../../daemon/bin/why/container-labels.ts';
import { explainRules } from '../../../daemon/bin/why/explain-rules.ts';
import type { LiveRule } from '../../../daemon/bin/why/live-rules.ts';
import { why, whyRules } from '../../../daemon/bin/why/why.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../../daemon/kinds/types.generated.ts';
import { deploymentText, startCluster } from '../support/cluster.ts';
import { collectOutput, endpointClient } from '../support/endpoint-client.ts';
import { type Clone, configMap, createWorld, type World } from '../support/world.ts';
import { makeSshKey } from '../trust/keys.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
});
afterEach(() => world.close());

const push = async (files: Record<string, string | undefined>, message: string) => {
  await clone.commit(files, message);
  const pushed = await clone.push();
  expect(pushed.exitCode, pushed.stderr).toBe(0);
};

const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  clusterIP: 10.96.0.50
  selector: {app: web}
  ports: [{port: 80}]
`;
const NETWORK = { nodeName: 'n1', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' };
const NODE: Node = { metadata: { name: 'n1' }, spec: { podCIDR: '10.244.0.0/24' } };

const LABELS: Record<string, LabelledContainer> = {
  fedcba987654: { container: 'main', namespace: 'default', pod: 'nosuch' },
};

async function ask(what: string | undefined, part?: string, live: readonly LiveRule[] = [], json = false) {
  const { out, text } = collectOutput();
  const client = endpointClient(world, { more: { network: NETWORK } });
  const readContainerLabels = async (id: string) => LABELS[id];
  const settings = { json, out, namespace: undefined, readLiveRules: async () => live, readContainerLabels };
  const code = what === undefined ? await whyRules(client, settings) : await why(client, what, part, settings);
  const shown = text()
    .replace(/commit [0-9a-f]{12}/g, 'commit COMMIT')
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
    .replace(/web-[0-9a-z]{6,10}-[0-9a-z]{5}/g, 'web-HASH-POD')
    .replace(/web-[0-9a-z]{6,10}$/gm, 'web-HASH');
  return { code, text: shown };
}

const all = <T>(prefix: string): T[] => world.store.range(prefix).entries.map(({ value }) => value as T);

describe('reflet why, of an object', () => {
  it('tells file, line and the commit that last changed its lines', async () => {
    const files = { 'a.yaml': `${configMap('a', { k: '1' })}---\n${configMap('b', { k: '1' })}` };
    await push(files, 'Both');
    await push({ 'a.yaml': `${configMap('a', { k: '1' })}---\n${configMap('b', { k: '2' })}` }, 'Only b');
    expect((await ask('configmap/a')).text).toBe(`configmap default/a
  a.yaml:1
  commit COMMIT "Both"
  by Ada <ada@example.org> at TIME, not signed
`);
    expect((await ask('cm/b')).text).toContain('  a.yaml:9\n  commit COMMIT "Only b"');
    await expect(ask('cm/nosuch')).rejects.toThrow('configmaps "nosuch" not found');
    await expect(ask('nosuch/a')).rejects.toThrow('there is no kind "nosuch"');
  });

  it('follows owners from a pod, and a container, to the manifest', async () => {
    await push({ 'web.yaml': deploymentText({ name: 'web', image: 'good' }) }, 'A front for the shop');
    const cluster = await startCluster(world, ['good']);
    try {
      await cluster.until('a pod', () => cluster.pods().some(({ spec }) => spec?.nodeName));
      const pod = cluster.pods()[0]!;
      const chain = `pod default/web-HASH-POD
  ← replicaset default/web-HASH
    ← deployment default/web
      web.yaml:1
      commit COMMIT "A front for the shop"
      by Ada <ada@example.org> at TIME, not signed
`;
      expect((await ask(`pod/${pod.metadata!.name}`)).text).toBe(chain);
      const id = 'abcdef0123456789'.repeat(4);
      const key = `/registry/core/pods/default/${pod.metadata!.name}`;
      const live = structuredClone(world.store.get(key)!.value) as Pod;
      live.status = { ...live.status, containerStatuses: [status('main', `podman://${id}`)] };
      await world.store.commit([{ type: 'put', key, value: live }]);
      const { uid, name } = pod.metadata!;
      for (const what of [id, id.slice(0, 12), `container/${id}`, `reflet_main_${name}_default_${uid}_3`]) {
        expect((await ask(what)).text, what).toBe(`container main\n${chain}`);
      }
      await expect(ask('fedcba987654')).rejects.toThrow('container main is of pod default/nosuch, which is gone');
      LABELS['fedcba987654'] = { container: 'side', namespace: 'default', pod: name! };
      expect((await ask('fedcba987654')).text).toBe(`container side\n${chain}`);
      await expect(ask('0123456789ab')).rejects.toThrow('containers "0123456789ab" not found');
    } finally {
      cluster.stop();
    }
  });

  it('names the signer, and says when a signature does not count', async () => {
    const keys = join(world.folder, 'keys');
    const [ada, eve] = [await makeSshKey(keys, 'ada'), await makeSshKey(keys, 'eve')];
    const trust = `trust:\n  allowedSigners:\n    - {principal: ada@example.org, sshKey: "${ada.publicKey}"}\n`;
    await push({ 'reflet.yaml': `apiVersion: reflet.dev/v1\nkind: Configuration\n${trust}` }, 'Trust');
    for (const [name, key] of Object.entries({ a: ada, b: eve })) {
      await clone.git('config', 'gpg.format', 'ssh');
      await clone.git('config', 'user.signingKey', key.file);
      await clone.git('config', 'commit.gpgSign', 'true');
      await push({ [`${name}.yaml`]: configMap(name, {}) }, `Signed ${name}`);
    }
    expect((await ask('cm/a')).text).toContain('at TIME, signed by ada@example.org (ssh)\n');
    const other = `at TIME, not signed by an allowed signer: it is signed with ${eve.fingerprint}, a key of nobody`;
    expect((await ask('cm/b')).text).toContain(other);
  });

  it('says who made what is not in git', async () => {
    await push({ 'a.yaml': configMap('a', {}) }, 'One');
    const time = '2026-01-01T00:00:00Z';
    const managedFields = [{ manager: 'helm', operation: 'Update' as const, time, fieldsV1: {} }];
    const value = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace: 'default', creationTimestamp: time, managedFields },
    };
    await world.store.commit([{ type: 'put', key: '/registry/core/configmaps/default/x', value }]);
    expect((await ask('cm/x')).text).toBe('configmap default/x\n  made by helm through the API at TIME\n');
  });

  it('tells who says a field, on which line, since which commit', async () => {
    await push({ 'web.yaml': deploymentText({ name: 'web', image: 'i:1', replicas: 2 }) }, 'Two');
    await push({ 'web.yaml': deploymentText({ name: 'web', image: 'i:1', replicas: 3 }) }, 'Three');
    const replicas = await ask('deploy/web', 'spec.replicas');
    expect(replicas.text).toContain(`field spec.replicas: reflet-git (Apply, TIME)
  web.yaml:7:3
  commit COMMIT "Three"
`);
    const image = await ask('deploy/web', 'spec.template.spec.containers[0].image');
    expect(image.text).toContain('  web.yaml:14:');
    expect(image.text.split('field')[1]).toContain('"Two"');
    expect((await ask('deploy/web', 'spec.revisionHistoryLimit')).text).toContain('nobody owns it');
    await expect(ask('deploy/web', 'spec.nosuch')).rejects.toThrow('has no field "spec.nosuch"');
    const json = JSON.parse((await ask('deploy/web', 'spec.replicas', [], true)).text);
    expect(json).toMatchObject({ chain: [{ kind: 'Deployment', origin: { from: 'git' } }], field: { line: 7 } });
  });
});

describe('reflet why, of firewall rules', () => {
  /** As the kernel would show them. */
  const liveRules = (): LiveRule[] =>
    explainRules({
      node: NODE,
      services: all<Service>('/registry/core/services/'),
      slices: all<EndpointSlice>('/registry/discovery.k8s.io/endpointslices/'),
      pods: [],
      ...NETWORK,
    }).map(({ table, chain, rule }) => ({ table, chain, rule }));

  beforeEach(async () => {
    await push({ 'svc.yaml': SERVICE }, 'A service');
    await world.store.commit([
      { type: 'put', key: '/registry/core/nodes/n1', value: structuredClone(NODE) },
      {
        type: 'put',
        key: '/registry/discovery.k8s.io/endpointslices/default/web-1',
        value: {
          metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
          addressType: 'IPv4',
          endpoints: [{ addresses: ['10.244.0.7'], conditions: { ready: true } }],
          ports: [{ name: '', port: 8080, protocol: 'TCP' }],
        } as EndpointSlice,
      },
    ]);
  });

  it('leads each to its service, or says what it does for all', async () => {
    const live = liveRules();
    const address = live.find(({ rule }) => rule.startsWith('-d 10.96.0.50/32'))!;
    const source = `  service default/web
    svc.yaml:1
    commit COMMIT "A service"
    by Ada <ada@example.org> at TIME, not signed
`;
    const text = `${address.chain} ${address.rule}`;
    const expected = `${text}\n  leads the service’s traffic to its rules, or refuses it\n${source}`;
    expect(await ask(`-A ${text}`, undefined, live)).toEqual({ code: 0, text: expected });
    const chain = / -j (REFLET-SVC-\w+)/.exec(address.rule)![1]!;
    const { text: shown } = await ask(chain, '2', live);
    expect(shown).toContain(`-> 10.244.0.7:8080" -j REFLET-SEP-`);
    expect(shown).toContain(`  spreads connections over all endpoints\n${source}`);
    const endpoint = / -j (REFLET-SEP-\w+)/.exec(shown)![1]!;
    expect((await ask(endpoint, undefined, live)).text).toContain(
      'DNAT --to-destination 10.244.0.7:8080\n  one endpoint',
    );
    expect((await ask('REFLET-MASQ', '1', live)).text).toContain('as source where answers must come back through it');
    await expect(ask('REFLET-MASQ', '9', live)).rejects.toThrow('REFLET-MASQ has rules 1 to 3, not 9');
    await expect(ask('REFLET-NONE', undefined, live)).rejects.toThrow('there is no chain REFLET-NONE');
  });

  it('explains all of a host, and tells what is foreign', async () => {
    const live = liveRules();
    expect(live.length).toBeGreaterThan(30);
    const { code, text } = await ask(undefined, undefined, live);
    expect(code).toBe(0);
    expect(text).not.toContain('foreign');
    const foreign = { table: 'filter', chain: 'REFLET-FORWARD', rule: '-s 192.0.2.1/32 -j DROP' };
    const answer = await ask(undefined, undefined, [...live, foreign]);
    expect(answer.code).toBe(1);
    expect(
      answer.text.endsWith(`REFLET-FORWARD -s 192.0.2.1/32 -j DROP
  foreign: reflet does not want it; in chains of its own it is removed within a minute
`),
    ).toBe(true);
  });
});

function status(name: string, containerID: string) {
  return { name, containerID, image: 'good', imageID: '', ready: true, restartCount: 0, state: {}, lastState: {} };
}
