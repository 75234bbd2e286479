import { beforeEach, describe, expect, test } from 'vitest';
import { credentialsFor } from '../../../daemon/agent/images/credentials.ts';
import { ImageManager } from '../../../daemon/agent/images/image-manager.ts';
import { localCandidates, parseReference, pullReference } from '../../../daemon/agent/images/reference.ts';
import type { InspectedImage } from '../../../daemon/agent/podman/images.ts';
import { SimClock } from '../../support/sim-clock.ts';
import { makeContainer, makePod } from '../pods/make.ts';

describe('names', () => {
  test.each([
    ['busybox', ['localhost/busybox:latest', 'docker.io/library/busybox:latest'], 'docker.io/library/busybox:latest'],
    ['a/b:1', ['localhost/a/b:1', 'docker.io/a/b:1'], 'docker.io/a/b:1'],
    ['docker.io/nginx:1', ['docker.io/library/nginx:1'], 'docker.io/library/nginx:1'],
    ['r.example:5000/x', ['r.example:5000/x:latest'], 'r.example:5000/x:latest'],
    ['localhost/busybox:1', ['localhost/busybox:1'], 'localhost/busybox:1'],
  ])('%s', (name, candidates, pull) => {
    const reference = parseReference(name)!;
    expect(localCandidates(reference)).toEqual(candidates);
    expect(pullReference(reference)).toBe(pull);
  });

  test.each(['', 'Bad', 'a//b', 'a b', 'x:', 'x@sha256:12', '-x', 'a'.repeat(256)])('%j is none', (name) => {
    expect(parseReference(name)).toBeUndefined();
  });
});

describe('credentials', () => {
  const secret = (auths: object) => ({
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
  });

  test('of the longest matching place', () => {
    const auth = Buffer.from('me:pass:word').toString('base64');
    const secrets = [
      secret({ 'https://r.example/v1/': { username: 'you', password: 'x' }, 'r.example/team': { auth } }),
    ];
    expect(credentialsFor('r.example/team/app:1', secrets)).toEqual({ username: 'me', password: 'pass:word' });
    expect(credentialsFor('r.example/other:1', secrets)).toEqual({ username: 'you', password: 'x' });
    expect(credentialsFor('r.example.evil/team:1', secrets)).toBeUndefined();
  });

  test('of a broken file are none', () => {
    expect(credentialsFor('r.example/x:1', [{ data: { '.dockerconfigjson': 'eA==' } }])).toBeUndefined();
  });
});

describe('the image manager', () => {
  const clock = new SimClock();
  let present: Map<string, InspectedImage>;
  let pulled: string[];
  let events: string[];
  let failure: Error | undefined;
  let manager: ImageManager;
  const pod = makePod({});
  const ensure = (more: object) =>
    manager.ensure(pod, makeContainer('main', more), (_, reason, message) => events.push(`${reason} ${message}`));

  beforeEach(() => {
    present = new Map();
    pulled = [];
    events = [];
    failure = undefined;
    manager = new ImageManager({
      calls: {
        inspect: async (reference) => present.get(reference),
        list: async () => [],
        async pull(reference) {
          pulled.push(reference);
          if (failure) throw failure;
          present.set(reference, { Id: 'sha256:1', Size: 7 });
        },
      },
      clock,
      pullSecrets: () => [],
      signal: new AbortController().signal,
    });
  });

  test('finds what was made on this host and pulls nothing, whatever the policy', async () => {
    present.set('localhost/app:1', { Id: 'sha256:2', Size: 1, User: '7' });
    for (const imagePullPolicy of ['IfNotPresent', 'Always', 'Never'])
      expect(await ensure({ image: 'app:1', imagePullPolicy })).toMatchObject({
        ok: true,
        image: { id: '2', user: '7' },
      });
    expect(pulled).toEqual([]);
    expect(new Set(events)).toEqual(new Set(['Pulled Container image "app:1" already present on machine']));
  });

  test('pulls what is missing, and with Always what is there', async () => {
    expect(await ensure({ image: 'r.example/a:1' })).toMatchObject({ ok: true });
    expect(await ensure({ image: 'r.example/a:1' })).toMatchObject({ ok: true });
    expect(pulled).toEqual(['r.example/a:1']);
    await ensure({ image: 'r.example/a:1', imagePullPolicy: 'Always' });
    expect(pulled).toHaveLength(2);
    expect(events[1]).toMatch(/^Pulled Successfully pulled image "r.example\/a:1" in .* Image size: 7 bytes\.$/);
  });

  test('backs off after a failure, and tries again when it is over', async () => {
    failure = new Error('no such host');
    expect(await ensure({ image: 'r.example/a:1' })).toMatchObject({ problem: { reason: 'ErrImagePull' } });
    const { problem } = (await ensure({ image: 'r.example/a:1' })) as { problem: { reason: string; untilMs: number } };
    expect(problem).toMatchObject({ reason: 'ImagePullBackOff', untilMs: clock.now() + 10_000 });
    expect(pulled).toHaveLength(1);
    await clock.advance(10_000);
    expect(await ensure({ image: 'r.example/a:1' })).toMatchObject({ problem: { reason: 'ErrImagePull' } });
    expect(await ensure({ image: 'r.example/a:1' })).toMatchObject({ problem: { untilMs: clock.now() + 20_000 } });
    expect(events).toContain('BackOff Back-off pulling image "r.example/a:1"');
  });

  test('never pulls under Never, and knows bad names', async () => {
    expect(await ensure({ image: 'a:1', imagePullPolicy: 'Never' })).toMatchObject({
      problem: { reason: 'ErrImageNeverPull' },
    });
    expect(await ensure({ image: 'Bad//Name' })).toMatchObject({ problem: { reason: 'InvalidImageName' } });
    expect(pulled).toEqual([]);
  });

  test('pulls one image once for many', async () => {
    await Promise.all(Array.from({ length: 10 }, () => ensure({ image: 'r.example/a:1' })));
    expect(pulled).toHaveLength(1);
  });
});
