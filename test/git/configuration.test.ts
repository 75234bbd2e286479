/** `reflet.yaml`: judged with the commit that brings it, in force with that commit, and after a restart. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Authorizer } from '../../daemon/auth/user.ts';
import { DEFAULT_CONFIGURATION } from '../../daemon/git/configuration/configuration.ts';
import { type Clone, configMap, createWorld, type World } from './support/world.ts';

const HEAD = 'apiVersion: reflet.dev/v1\nkind: Configuration\n';

let world: World;
let clone: Clone;
const open = async (authorizer?: Authorizer) => {
  world = await createWorld(authorizer ? { authorizer } : {});
  clone = await world.clone('ada');
  await clone.commit({ 'a.yaml': configMap('a', { k: '1' }) });
};
beforeEach(() => open());
afterEach(() => world.close());

const configuration = () => world.git.engine.state.configuration;

describe('reflet.yaml', () => {
  it('is in force with its commit, and after a restart; without it the defaults are', async () => {
    expect(configuration()).toEqual(DEFAULT_CONFIGURATION);
    await clone.commit({
      'reflet.yaml': `${HEAD}follow:\n  pollInterval: 2m\nsuspend:\n  reason: freeze\n  until: 2027-01-01T00:00:00Z\napiWrites:\n  namespaces:\n    prod: deny\n`,
    });
    expect(await clone.push()).toMatchObject({ exitCode: 0 });
    const expected = {
      ...DEFAULT_CONFIGURATION,
      follow: { pollMs: 120_000 },
      suspend: { reason: 'freeze', untilMs: Date.UTC(2027, 0, 1) },
      apiWrites: { ...DEFAULT_CONFIGURATION.apiWrites, namespaces: { prod: 'deny' } },
    };
    expect(configuration()).toEqual(expected);
    await world.restart();
    expect(configuration()).toEqual(expected);
    await clone.commit({ 'reflet.yaml': undefined });
    await clone.push();
    expect(configuration()).toEqual(DEFAULT_CONFIGURATION);
  });

  it.each([
    [
      'an unknown field',
      `${HEAD}folow:\n  pollInterval: 30s\n`,
      'reflet.yaml:3:1: folow: unknown field "folow"; expected: did you mean "follow"?',
    ],
    ['a value of the wrong type', `${HEAD}autoRevert:\n  enabled: perhaps\n`, 'reflet.yaml:4:3: autoRevert.enabled: '],
    [
      'a value that is not supported',
      `${HEAD}apiWrites:\n  mode: always\n`,
      'reflet.yaml:4:3: apiWrites.mode: Unsupported value: "always": supported values: "branch", "commit", "deny", "runtime"',
    ],
    [
      'a bad duration',
      `${HEAD}follow:\n  pollInterval: 1s\n`,
      'reflet.yaml:4:3: follow.pollInterval: Invalid value: "1s": must be a duration between 5s and 24h',
    ],
    [
      'required signatures by nobody',
      `${HEAD}trust:\n  signatures: required\n`,
      'reflet.yaml:3:1: trust.allowedSigners: Required value: signatures are required',
    ],
    [
      'credentials in a URL',
      `${HEAD}notifications:\n- name: x\n  url: https://me:hunter2@example.org/\n`,
      'must not hold credentials',
    ],
    [
      'another kind',
      'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n',
      'reflet.yaml:1:1: apiVersion: Invalid value: "v1": must be reflet.dev/v1',
    ],
    ['two documents', `${HEAD}---\n${HEAD}`, 'it is not one Configuration'],
    ['broken YAML', `${HEAD}a: [\n`, 'reflet.yaml:'],
  ])('%s refuses the whole push', async (_what, text, message) => {
    await clone.push();
    const before = world.git.engine.state.commit;
    await clone.commit({ 'reflet.yaml': text, 'a.yaml': configMap('a', { k: '2' }) });
    const { exitCode, stderr } = await clone.push();
    expect(exitCode).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('hunter2');
    expect(world.git.engine.state.commit).toBe(before);
  });

  it('is changed only by who may update configurations.reflet.dev', async () => {
    await world.close();
    await open({
      authorize: (_user, attributes) => ({
        allowed: !('resource' in attributes && attributes.resource === 'configurations'),
        reason: '',
      }),
    });
    expect(await clone.push()).toMatchObject({ exitCode: 0 });
    await clone.commit({ 'reflet.yaml': HEAD });
    expect((await clone.push()).stderr).toContain('cannot update resource "configurations" in API group "reflet.dev"');
  });
});
