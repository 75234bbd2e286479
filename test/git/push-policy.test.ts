/** Policies of a namespace hold for a push as for the API: the whole commit is judged, and refused with the place. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMap, createWorld, stored, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const namespaceText = (name: string, labels: Record<string, string> = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }, undefined, 2);
const podText = (name: string, namespace: string, spec: object = {}): string =>
  [
    'apiVersion: v1',
    'kind: Pod',
    `metadata: {name: ${name}, namespace: ${namespace}}`,
    `spec: ${JSON.stringify({ containers: [{ name: 'c', image: 'i:1' }], ...spec })}`,
  ].join('\n');

describe('PodSecurity', () => {
  it('refuses a pod in a push by the labels of the same commit, and by those in force', async () => {
    const clone = await world.clone('a');
    const enforce = { 'pod-security.kubernetes.io/enforce': 'baseline' };
    const pod = podText('p', 'shop', { hostNetwork: true });
    await clone.commit({ 'a.yaml': pod, 'z.json': namespaceText('shop', enforce) });
    const first = await clone.push();
    expect(first.exitCode).not.toBe(0);
    expect(first.stderr).toContain(
      'a.yaml:4:1: pod shop/p: spec: pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)',
    );
    await clone.commit({ 'a.yaml': undefined });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'a.yaml': pod });
    expect((await clone.push()).stderr).toContain('violates PodSecurity "baseline:latest"');
    await clone.commit({ 'z.json': namespaceText('shop') });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'pods', 'p', 'shop')).toBeDefined();
  });

  it('warns in the push’s output', async () => {
    const clone = await world.clone('a');
    const labels = { 'pod-security.kubernetes.io/warn': 'baseline' };
    await clone.commit({ 'a.yaml': podText('p', 'shop', { hostPID: true }), 'z.json': namespaceText('shop', labels) });
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).toBe(0);
    expect(stderr).toContain('would violate PodSecurity "baseline:latest": host namespaces (hostPID=true)');
  });
});

describe('ResourceQuota', () => {
  const quotaText = (hard: Record<string, string>): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace: 'default' },
      spec: { hard },
    });

  it('judges a commit as a whole: what is over is named, and nothing of it is applied', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'quota.json': quotaText({ configmaps: '2' }) });
    expect((await clone.push()).exitCode).toBe(0);
    const files = Object.fromEntries(['a', 'b', 'c'].map((name) => [`${name}.yaml`, configMap(name, { k: 'v' })]));
    await clone.commit(files);
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(
      'c.yaml:1:1: configmap default/c: configmaps "c" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2',
    );
    expect(stored(world.store, 'configmaps', 'a')).toBeUndefined();
    await clone.commit({ 'c.yaml': undefined });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'a.yaml': undefined, 'c.yaml': configMap('c', { k: 'v' }) });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'quota.json': quotaText({ configmaps: '3' }), 'd.yaml': configMap('d', { k: 'v' }) });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'd')).toBeDefined();
  });
});

describe('LimitRange', () => {
  it('gives its defaults to pods of the same commit, and refuses with the place', async () => {
    const clone = await world.clone('a');
    const limits = {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'l', namespace: 'default' },
      spec: { limits: [{ type: 'Container', default: { cpu: '1' }, max: { cpu: '1' } }] },
    };
    await clone.commit({ 'a.yaml': podText('p', 'default'), 'limits.json': JSON.stringify(limits) });
    expect((await clone.push()).exitCode).toBe(0);
    const pod = stored(world.store, 'pods', 'p') as { spec: { containers: { resources: object }[] } };
    expect(pod.spec.containers[0]?.resources).toEqual({ limits: { cpu: '1' }, requests: { cpu: '1' } });
    const greedy = { containers: [{ name: 'c', image: 'i:1', resources: { limits: { cpu: '2' } } }] };
    await clone.commit({ 'b.yaml': podText('b', 'default', greedy) });
    expect((await clone.push()).stderr).toContain(
      'spec.containers[0].resources: pods "b" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
    );
  });
});
