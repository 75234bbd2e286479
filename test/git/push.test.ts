/** A push by path: admitted, published, refused; what the pusher reads. */

import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configMap, createWorld, stored, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

describe('a push', () => {
  it('puts its objects into force as one publication and says so', async () => {
    const clone = await world.clone('a');
    await clone.commit({
      'app/one.yaml': configMap('one', { a: '1' }),
      'two.yml': configMap('two', { b: '2' }),
      'README.md': 'hello',
    });
    const before = world.store.revision;
    const result = await clone.push();
    expect(result.stderr).toContain('remote: reflet: admitted');
    expect(result.stderr).toContain('2 objects');
    expect(result.stderr).toContain('remote: reflet:   configmap default/one created');
    expect(result.exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
    expect(stored(world.store, 'configmaps', 'two')).toMatchObject({ data: { b: '2' } });
    expect(world.store.revision).toBe(before + 2);
  });

  it('is in force when its ref has moved, before git has told of it', async () => {
    const hook = join(world.git.repository.gitDir, '..', 'hooks', 'reference-transaction');
    const released = join(world.folder, 'released');
    await rename(hook, `${hook}.real`);
    const waiting = `if [ "$1" = committed ]; then while [ ! -e ${released} ]; do sleep 0.01; done; fi`;
    await writeFile(hook, `#!/bin/sh\n${waiting}\nexec ${hook}.real "$@"\n`, { mode: 0o755 });
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    let ended = false;
    const pushed = clone.push().finally(() => {
      ended = true;
    });
    await expect.poll(() => stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
    expect(ended).toBe(false);
    await writeFile(released, '');
    const { exitCode, stderr } = await pushed;
    expect(exitCode).toBe(0);
    expect(stderr).toContain('remote: reflet:   configmap default/one created');
  });

  it('changes only what the commit changes, and prunes what it removes', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }), 'two.yaml': configMap('two', { b: '2' }) });
    await clone.push();
    const before = world.store.get('/registry/core/configmaps/default/one')!.modRevision;
    await clone.commit({ 'two.yaml': undefined, 'three.yaml': configMap('three', { c: '3' }) });
    const result = await clone.push();
    expect(result.stderr).toContain('configmap default/two deleted');
    expect(world.store.get('/registry/core/configmaps/default/one')!.modRevision).toBe(before);
    expect(stored(world.store, 'configmaps', 'two')).toBeUndefined();
    expect(stored(world.store, 'configmaps', 'three')).toBeDefined();
  });

  it('is refused as a whole, with file, line, column, field and reason', async () => {
    const clone = await world.clone('a');
    await clone.commit({
      'good.yaml': configMap('good', { a: '1' }),
      'bad.yaml': configMap('wrong', { 'bad key': 'x' }),
    });
    const result = await clone.push();
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain(
      'remote: reflet: bad.yaml:7:3: configmap default/wrong: data[bad key]: Invalid value: "bad key"',
    );
    expect(result.stderr).toContain('refused: 1 problem; nothing was changed');
    expect(stored(world.store, 'configmaps', 'good')).toBeUndefined();
    expect(world.git.status().commit).toBeUndefined();
  });

  it.each([
    [
      'the same file',
      (text: string) => ({ 'one.yaml': `${text}---\n${text}` }),
      /one\.yaml:\d+:\d+.*second time; the other is at one\.yaml:1/,
    ],
    [
      'another file',
      (text: string) => ({ 'two.yaml': text }),
      /two\.yaml:\d+:\d+.*second time; the other is at one\.yaml:1/,
    ],
  ])('may not say the same once more in %s', async (_, files, said) => {
    const clone = await world.clone('a');
    const text = configMap('one', { a: '1' });
    await clone.commit({ 'one.yaml': text });
    await clone.push();
    await clone.commit(files(text));
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(said);
  });

  it('may define an object once only, and names both places', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'a.yaml': configMap('same', { a: '1' }), 'b.yaml': `---\n${configMap('same', { a: '2' })}` });
    const { stderr } = await clone.push();
    expect(stderr).toContain(
      'b.yaml:5:3: configmap default/same: metadata.name: ConfigMap default/same is defined a second time; the other is at a.yaml:1',
    );
  });

  it('creates a namespace and what is in it together, and refuses a namespace that is missing', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'app.yaml': configMap('one', { a: '1' }, 'shop') });
    expect((await clone.push()).stderr).toContain(
      'app.yaml:5:3: configmap shop/one: metadata.namespace: namespaces "shop" not found',
    );
    await clone.commit({ 'z.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n' });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'configmaps', 'one', 'shop')).toBeDefined();
  });

  it('opens lists, skips dot-folders, reflet.yaml and ignored files, and wants manifests everywhere else', async () => {
    const clone = await world.clone('a');
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'l1' } }],
    });
    await clone.commit({
      'list.json': list,
      '.github/ci.yaml': 'on: push\n',
      'reflet.yaml': 'apiVersion: reflet.dev/v1\nkind: Configuration\n',
      'charts/values.yaml': 'a: 1\n',
      '.refletignore': '# not ours\ncharts/\n',
    });
    expect((await clone.push()).stderr).toContain('configmap default/l1 created');
    await clone.commit({ '.refletignore': undefined });
    expect((await clone.push()).stderr).toContain('charts/values.yaml:1:1: ');
  });

  it('is refused with the place of broken YAML', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'broken.yaml': 'apiVersion: v1\nkind: [\n' });
    expect((await clone.push()).stderr).toMatch(/remote: reflet: broken\.yaml:\d+:\d+: /);
  });
});

describe('objects of one push', () => {
  const service = (name: string, spec: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {${spec}ports: [{port: 80}]}\n`;

  it('may hand an address on, and numbers asked for are given before others', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'a.yaml': service('a', 'clusterIP: 10.96.0.77, ') });
    expect((await clone.push()).exitCode).toBe(0);
    await clone.commit({
      'a.yaml': undefined,
      'b.yaml': service('b', ''),
      'c.yaml': service('c', 'clusterIP: 10.96.0.77, '),
    });
    expect((await clone.push()).stderr).toContain('service default/c created');
    expect(stored(world.store, 'services', 'c')).toMatchObject({ spec: { clusterIP: '10.96.0.77' } });
    await clone.commit({ 'd.yaml': service('d', 'clusterIP: 10.96.0.77, ') });
    expect((await clone.push()).stderr).toMatch(
      /d\.yaml:4:1: service default\/d: spec\.clusterIPs?.*: Invalid value.*already allocated/,
    );
  });

  it('may be a pod in a namespace of the same push', async () => {
    const clone = await world.clone('a');
    const pod =
      'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec: {containers: [{name: c, image: i}]}\n';
    await clone.commit({ 'a.yaml': pod, 'n.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n' });
    expect((await clone.push()).exitCode).toBe(0);
    expect(stored(world.store, 'pods', 'p', 'shop')).toMatchObject({ spec: { serviceAccountName: 'default' } });
  });
});

describe('the tracked branch', () => {
  it('cannot be deleted, rewritten or emptied; other branches are free', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
    expect((await clone.git('push', 'origin', ':main')).stderr).toContain('it cannot be deleted');
    await clone.git('checkout', '-q', '-b', 'idea');
    await clone.commit({ 'one.yaml': configMap('one', { 'bad key': '1' }) });
    expect((await clone.git('push', 'origin', 'idea')).exitCode).toBe(0);
    await clone.git('checkout', '-q', 'main');
    await clone.commit({ 'one.yaml': undefined, README: 'x' });
    expect((await clone.push()).stderr).toContain('this would delete all 1 objects: ');
    await clone.git('reset', '-q', '--hard', 'HEAD~1');
    await clone.git('commit', '-q', '--amend', '-m', 'rewritten');
    expect((await clone.push('--force')).stderr).toContain('its history cannot be rewritten');
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '1' } });
    const fsck = await clone.git('-C', world.git.repository.gitDir, 'fsck', '--full', '--strict');
    expect(fsck.exitCode).toBe(0);
  });

  it('takes a later push after a refused one, and the lease is free again', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { 'bad key': '1' }) });
    expect((await clone.push()).exitCode).not.toBe(0);
    await clone.commit({ 'one.yaml': configMap('one', { good: '1' }) });
    expect((await clone.push()).exitCode).toBe(0);
    expect(world.git.engine.lease.held).toBe(false);
  });

  it('is judged when it moves without a push: vetoed, or published', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
    await clone.git('checkout', '-q', '-b', 'side');
    await clone.commit({ 'one.yaml': configMap('one', { 'bad key': '1' }) });
    await clone.git('push', '-q', 'origin', 'side');
    const moved = await clone.git(
      '-C',
      world.git.repository.gitDir,
      'update-ref',
      'refs/heads/main',
      'refs/heads/side',
    );
    expect(moved.exitCode).not.toBe(0);
    expect(moved.stderr).toContain('data[bad key]');
    await clone.commit({ 'one.yaml': configMap('one', { a: '2' }) });
    await clone.git('push', '-q', 'origin', 'side');
    expect(
      (await clone.git('-C', world.git.repository.gitDir, 'update-ref', 'refs/heads/main', 'refs/heads/side')).exitCode,
    ).toBe(0);
    expect(stored(world.store, 'configmaps', 'one')).toMatchObject({ data: { a: '2' } });
  });

  it('is caught up with when hooks were bypassed; a bad tip leaves the last good commit in force', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
    const good = world.git.status().commit;
    const bypass = (...args: string[]) =>
      clone.git('-c', 'core.hooksPath=/dev/null', '-C', world.git.repository.gitDir, ...args);
    await clone.git('checkout', '-q', '-b', 'side');
    await clone.commit({ 'one.yaml': configMap('one', { 'bad key': '1' }) });
    await clone.git('push', '-q', 'origin', 'side');
    await bypass('update-ref', 'refs/heads/main', 'refs/heads/side');
    await expect
      .poll(() => world.git.status().refused?.problems[0]?.fieldPath, { timeout: 5_000 })
      .toBe('data[bad key]');
    expect(world.git.status().commit).toBe(good);
    await clone.commit({ 'one.yaml': configMap('one', { a: '3' }) });
    await clone.git('push', '-q', 'origin', 'side');
    await bypass('update-ref', 'refs/heads/main', 'refs/heads/side');
    await expect.poll(() => stored(world.store, 'configmaps', 'one')?.['data'], { timeout: 5_000 }).toEqual({ a: '3' });
    expect(world.git.status().refused).toBeUndefined();
  });
});

describe('a restart', () => {
  it('goes on where it was, and ingests what was pushed past it', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await clone.push();
    const revision = world.store.revision;
    await world.restart();
    expect(world.store.revision).toBe(revision);
    expect(world.git.status().objects).toBe(1);
  });

  it('finds the hooks closed while it is down', async () => {
    const clone = await world.clone('a');
    await clone.commit({ 'one.yaml': configMap('one', { a: '1' }) });
    await world.git.stop();
    const result = await clone.push();
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr).toContain('reflet is not running: nothing was changed; start it with `reflet up`');
    await world.restart();
    expect((await clone.push()).exitCode).toBe(0);
  });
});
