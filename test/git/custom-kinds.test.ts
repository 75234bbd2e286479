/** Definitions of kinds and their objects from git, in one commit and apart. */

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { serveCustomKinds } from '../../daemon/api/rest/custom-kinds.ts';
import { cloneJson } from '../../daemon/base/json.ts';
import type { CustomResourceDefinition } from '../../daemon/kinds/types.generated.ts';
import { definition } from '../api/rest/custom-support.ts';
import { type Clone, configMap, createWorld, registry, type World } from './support/world.ts';

let world: World;
let clone: Clone;
let stop: () => void;
beforeEach(async () => {
  world = await createWorld();
  stop = serveCustomKinds(world.store, registry);
  clone = await world.clone('a');
});
afterEach(async () => {
  stop();
  registry.replaceCustom([]);
  await world.close();
});

const CRD_KEY = '/registry/apiextensions.k8s.io/customresourcedefinitions/widgets.example.com';
const WIDGET_KEY = '/registry/example.com/widgets/default/w';
const widget = (spec: string) => `apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: w\nspec: ${spec}\n`;
const crd = (change: (made: CustomResourceDefinition) => void = () => {}): string => {
  const made = cloneJson(definition());
  change(made);
  return stringify(made, { aliasDuplicateObjects: false });
};

/** As the controller does it. */
async function establish(): Promise<void> {
  const { value, modRevision } = world.store.get(CRD_KEY)!;
  const made = cloneJson(value) as CustomResourceDefinition;
  made.status = {
    ...made.status,
    acceptedNames: made.spec.names,
    conditions: [{ type: 'Established', status: 'True' }],
  };
  await world.store.commit([{ type: 'put', key: CRD_KEY, value: made, expect: modRevision }]);
}

const output = (stderr: string) => stderr.replaceAll(/\s*\nremote: /g, ' ');

describe('a commit with a definition', () => {
  it('may hold its objects too, whatever the order of the files', async () => {
    await clone.commit({ 'a-widget.yaml': widget('{size: 2}'), 'z-crd.yaml': crd() });
    const { stderr, exitCode } = await clone.push();
    expect(stderr).toContain('widget default/w created');
    expect(exitCode).toBe(0);
    expect(world.store.get(WIDGET_KEY)?.value).toMatchObject({ spec: { size: 2, color: 'red' } });
    expect(world.store.get(CRD_KEY)!.modRevision).toBeLessThan(world.store.get(WIDGET_KEY)!.modRevision);
  });

  it('judges them by the definition that it brings', async () => {
    await clone.commit({ 'w.yaml': widget('{size: 20}'), 'crd.yaml': crd() });
    const { stderr, exitCode } = await clone.push();
    expect(exitCode).not.toBe(0);
    expect(output(stderr)).toContain(
      'w.yaml:5:8: widget default/w: spec.size: Invalid value: 20: spec.size in body should be less than or equal to 10',
    );
    await clone.commit({
      'w.yaml': widget('{size: 20}'),
      'crd.yaml': crd((made) => {
        made.spec.versions[0]!.schema!.openAPIV3Schema!.properties!['spec']!.properties!['size']!.maximum = 50;
      }),
    });
    expect((await clone.push()).exitCode).toBe(0);
  });

  it('may become stricter without refusing what is in force', async () => {
    await clone.commit({ 'w.yaml': widget('{size: 9}'), 'crd.yaml': crd() });
    await clone.push();
    await establish();
    await clone.commit({
      'crd.yaml': crd((made) => {
        made.spec.versions[0]!.schema!.openAPIV3Schema!.properties!['spec']!.properties!['size']!.maximum = 5;
      }),
    });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'w.yaml': widget('{size: 9, color: blue}') });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({ 'w.yaml': widget('{size: 8, color: blue}') });
    expect(output((await clone.push()).stderr)).toContain('spec.size: Invalid value: 8');
  });

  it('is refused for a typo in an object, with its place', async () => {
    await clone.commit({ 'w.yaml': widget('{size: 1, colour: red}'), 'crd.yaml': crd() });
    expect(output((await clone.push()).stderr)).toContain(
      'w.yaml:5:17: widget default/w: spec.colour: unknown field "spec.colour"',
    );
  });
});

describe('a definition that is removed', () => {
  it('is refused while manifests of its kind stay, and goes with them', async () => {
    await clone.commit({ 'w.yaml': widget('{size: 1}'), 'crd.yaml': crd(), 'one.yaml': configMap('one', {}) });
    await clone.push();
    await establish();
    await clone.commit({ 'crd.yaml': undefined });
    expect(output((await clone.push()).stderr)).toContain(
      'w.yaml:1:1: the commit removes the definition of its kind, widgets.example.com',
    );
    await clone.commit({ 'w.yaml': undefined });
    const { stderr } = await clone.push();
    expect(stderr).toContain('widget default/w deleted');
    expect(world.store.get(CRD_KEY)!.value.metadata).toMatchObject({
      finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
    });
  });
});

describe('a rebuild', () => {
  it('keeps definitions and their objects, those of git and others', async () => {
    const own = await createWorld({ stateKey: randomBytes(32) });
    const unserve = serveCustomKinds(own.store, registry);
    try {
      const person = await own.clone('b');
      await person.commit({ 'w.yaml': widget('{size: 2}'), 'crd.yaml': crd() });
      await person.push();
      const runtime = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'r', namespace: 'other' } };
      await own.store.commit([{ type: 'put', key: '/registry/example.com/widgets/other/r', value: runtime }]);
      const before = own.store.get(WIDGET_KEY)!.value;
      await own.rebuild();
      expect(own.store.get(WIDGET_KEY)!.value).toMatchObject({
        metadata: { uid: before.metadata!.uid },
        spec: { size: 2 },
      });
      expect(own.store.get('/registry/example.com/widgets/other/r')).toBeDefined();
      expect(own.store.get(CRD_KEY)!.value).toMatchObject({ status: { storedVersions: ['v1'] } });
      expect(own.git.status()).toMatchObject({ objects: 2, refused: undefined });
    } finally {
      unserve();
      await own.close();
    }
  });
});
