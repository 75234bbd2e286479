/** Manifests in any served version of a kind, and in ones that are gone. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Clone, createWorld, type World } from './support/world.ts';
import { change } from './support/writes.ts';

let world: World;
let clone: Clone;
beforeEach(async () => {
  world = await createWorld();
  clone = await world.clone('a');
});
afterEach(() => world.close());

const SLICE = '/registry/discovery.k8s.io/endpointslices/default/s';
const slice = (zone: string, version = 'v1beta1') => `apiVersion: discovery.k8s.io/${version}
kind: EndpointSlice
metadata:
  name: s
addressType: IPv4
endpoints:
  - addresses: [10.0.0.1]
    ${version === 'v1' ? `zone: ${zone}` : `topology: {topology.kubernetes.io/zone: ${zone}}`}
`;
const kept = () => world.store.get(SLICE)?.value as never as { apiVersion: string; endpoints: { zone: string }[] };

describe('a manifest in an older version', () => {
  it('is kept in the newer one, changed by later commits, and may change its version', async () => {
    await clone.commit({ 's.yaml': slice('z1') });
    expect((await clone.push()).exitCode).toBe(0);
    expect(kept()).toMatchObject({ apiVersion: 'discovery.k8s.io/v1', endpoints: [{ zone: 'z1' }] });
    await clone.commit({ 's.yaml': slice('z2') });
    await clone.push();
    expect(kept().endpoints[0]!.zone).toBe('z2');
    const { uid } = world.store.get(SLICE)!.value.metadata!;
    await clone.commit({ 's.yaml': slice('z3', 'v1') });
    expect((await clone.push()).stderr).toContain('endpointslice default/s configured');
    expect(kept().endpoints[0]!.zone).toBe('z3');
    expect(world.store.get(SLICE)!.value.metadata!.uid).toBe(uid);
  });

  it('is edited in its own version by a write in another', async () => {
    await clone.commit({ 's.yaml': slice('z1') });
    await clone.push();
    const result = await change(world, SLICE, (object) => {
      (object as never as { endpoints: { zone: string }[] }).endpoints[0]!.zone = 'z9';
    });
    expect(result.ok).toBe(true);
    await world.git.engine.settled();
    const text = (await clone.git('-C', world.git.repository.gitDir, 'show', 'main:s.yaml')).stdout;
    expect(parse(text)).toMatchObject({
      apiVersion: 'discovery.k8s.io/v1beta1',
      endpoints: [{ topology: { 'topology.kubernetes.io/zone': 'z9' } }],
    });
    expect(kept()).toMatchObject({ apiVersion: 'discovery.k8s.io/v1', endpoints: [{ zone: 'z9' }] });
  });
});

describe('a manifest in a version that is gone', () => {
  it('is refused with its place and the version to use', async () => {
    await clone.commit({ 'web.yaml': 'apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata:\n  name: web\n' });
    const { stderr, exitCode } = await clone.push();
    expect(exitCode).not.toBe(0);
    expect(stderr.replaceAll(/\s*\nremote: /g, ' ')).toContain(
      'web.yaml:1:1: apiVersion: no matches for kind "Deployment" in version "extensions/v1beta1": extensions/v1beta1 Deployment is not served since Kubernetes 1.16: use apps/v1',
    );
  });
});
