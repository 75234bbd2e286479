/** Equal parts of stored objects: kept once, frozen, and read as if nothing were shared. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../daemon/base/object.ts';
import { createStore } from '../../daemon/store/create-store.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import { SharedParts } from '../../daemon/store/shared-parts.ts';

interface Stored extends KubeObject {
  spec: { containers: object[]; nodeName: string };
}

const pod = (name: string, image = 'a'): Stored => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { app: 'web' },
    managedFields: [{ manager: 'm', time: name, fieldsV1: { 'f:spec': { 'f:containers': {} } } }],
  },
  spec: { containers: [{ name: 'c', image, env: [{ name: 'A', value: 'of some length' }] }], nodeName: `on-${name}` },
});

const isDeepFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen));

describe('parts of two objects', () => {
  it('are one where they are equal, and nothing else is', () => {
    const parts = new SharedParts();
    const [a, b, c] = [pod('a'), pod('b'), pod('c', 'other')];
    for (const object of [a, b, c]) parts.share(object);
    expect(b.spec.containers).toBe(a.spec.containers);
    expect(b.metadata!.labels).toBe(a.metadata!.labels);
    expect(b.metadata!.managedFields![0]!.fieldsV1).toBe(a.metadata!.managedFields![0]!.fieldsV1);
    expect(c.spec.containers).not.toBe(a.spec.containers);
    expect([b, c]).toEqual([pod('b'), pod('c', 'other')]);
    expect([a, b, c].every(isDeepFrozen)).toBe(true);
  });

  it('are one within containers that mount a volume of their own', () => {
    const parts = new SharedParts();
    const mounting = (name: string) => {
      const object = pod(name);
      Object.assign(object.spec.containers[0]!, {
        volumeMounts: [
          { name: `kube-api-access-${name}`, mountPath: '/var/run/secrets' },
          { name: 'configuration', mountPath: '/etc/app', readOnly: true },
        ],
      });
      return object;
    };
    const [a, b] = [mounting('a'), mounting('b')].map((object) => {
      parts.share(object);
      return object.spec.containers[0] as { env: object[]; volumeMounts: object[] };
    });
    expect(b!.env).toBe(a!.env);
    expect(b!.volumeMounts[1]).toBe(a!.volumeMounts[1]);
    expect(b!.volumeMounts[0]).not.toEqual(a!.volumeMounts[0]);
    expect([a, b].every(isDeepFrozen)).toBe(true);
  });

  it('are one too after much else that was met only once', () => {
    const parts = new SharedParts();
    const first = pod('first');
    parts.share(first);
    for (let index = 0; index < 1_000; index++) {
      parts.share({ metadata: { labels: { one: `${index}`.repeat(2_000) } } });
      parts.share(pod(`p${index}`));
    }
    const last = pod('last');
    parts.share(last);
    expect(last.spec.containers).toBe(first.spec.containers);
  });

  it('are one after a restart', async () => {
    const log = createMemoryLog();
    const put = (name: string) => ({
      type: 'put' as const,
      key: `/registry/core/pods/default/${name}`,
      value: pod(name),
    });
    await (await createStore(log)).commit([put('a'), put('b')]);
    const again = await createStore(log);
    const [a, b] = again.range('/registry/core/pods/').entries.map(({ value }) => value as Stored);
    expect(b!.spec.containers).toBe(a!.spec.containers);
    expect([a, b].every(isDeepFrozen)).toBe(true);
  });
});

it('an object stays as it is, whatever it holds and whatever was met before', () => {
  const member = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(null, undefined, true, '', -0, 1.5, 'é\ud800"', {}, []),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'managedFields', '"'), tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  const parts = new SharedParts();
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('metadata', 'spec', '__proto__', 'x'), member), (object) => {
      const text = JSON.stringify(object);
      parts.share(object as KubeObject);
      expect(JSON.stringify(object)).toBe(text);
      expect(isDeepFrozen(object)).toBe(true);
      // What is frozen already, as parts of an object that is written again are.
      const again = { ...object };
      parts.share(again as KubeObject);
      expect(JSON.stringify(again)).toBe(text);
    }),
  );
});
