import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../daemon/api/audit/event.ts';
import { createAuditLog } from '../../../daemon/api/audit/log-file.ts';
import { type AuditPolicy, DEFAULT_POLICY, decideAudit, readAuditPolicy } from '../../../daemon/api/audit/policy.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { SimClock } from '../../support/sim-clock.ts';

const jane = { username: 'jane', groups: ['devs'] };
const on = (verb: string, resource: string, more: object = {}) => ({
  verb,
  group: '',
  version: 'v1',
  resource,
  ...more,
});
const levelOf = (policy: AuditPolicy, attributes: Parameters<typeof decideAudit>[2], user = jane) =>
  decideAudit(policy, user, attributes).level;

describe('the audit policy', () => {
  it.each<[object, Parameters<typeof decideAudit>[2], boolean]>([
    [{ users: ['jane'] }, on('get', 'pods'), true],
    [{ users: ['max'] }, on('get', 'pods'), false],
    [{ userGroups: ['ops', 'devs'] }, on('get', 'pods'), true],
    [{ verbs: ['update'] }, on('get', 'pods'), false],
    [{ namespaces: ['a'] }, on('get', 'pods', { namespace: 'a' }), true],
    [{ namespaces: [''] }, on('get', 'nodes'), true],
    [{ namespaces: ['a'] }, { verb: 'get', path: '/x' }, false],
    [{ resources: [{ group: '' }] }, on('get', 'pods'), true],
    [{ resources: [{ resources: ['pods'] }] }, on('get', 'pods', { subresource: 'log' }), false],
    [{ resources: [{ resources: ['pods/*'] }] }, on('get', 'pods', { subresource: 'log' }), true],
    [{ resources: [{ resources: ['*/log'] }] }, on('get', 'pods', { subresource: 'log' }), true],
    [{ resources: [{ resources: ['pods'], resourceNames: ['p'] }] }, on('get', 'pods', { name: 'q' }), false],
    [{ resources: [{ group: 'apps' }] }, on('get', 'pods'), false],
    [{ nonResourceURLs: ['/api*'] }, { verb: 'get', path: '/apis' }, true],
    [{ nonResourceURLs: ['/api'] }, on('get', 'pods'), false],
    [{ nonResourceURLs: ['*'] }, { verb: 'get', path: '/x' }, true],
    [{ nonResourceURLs: ['/healthz'] }, { verb: 'get', path: '/healthz/ping' }, false],
    [{ namespaces: ['a'], resources: [{ resources: ['*'] }] }, on('get', 'pods', { namespace: 'b' }), false],
    [
      { namespaces: ['a'], resources: [{ resources: ['*'] }] },
      on('get', 'pods', { namespace: 'a', subresource: 'log' }),
      true,
    ],
    [{ resources: [{ resources: ['pods/log'] }] }, on('get', 'pods', { subresource: 'log' }), true],
    [{ resources: [{ resources: ['pods'], resourceNames: ['p'] }] }, on('get', 'pods', { name: 'p' }), true],
    [{ resources: [{ resources: ['pods'], resourceNames: ['p'] }] }, on('list', 'pods'), false],
    [{ resources: [{ group: '*' }] }, on('get', 'pods'), false],
    [{ users: ['jane'], userGroups: ['ops'] }, on('get', 'pods'), false],
  ])('rule %o on %o: %s', (rule, attributes, isMatch) => {
    expect(levelOf({ rules: [{ level: 'Request', ...rule }] }, attributes)).toBe(isMatch ? 'Request' : 'None');
  });

  it('never writes down what a Secret or a token request holds', () => {
    const all: AuditPolicy = { rules: [{ level: 'RequestResponse' }] };
    expect(levelOf(all, on('create', 'secrets'))).toBe('Metadata');
    expect(levelOf(all, on('create', 'serviceaccounts', { subresource: 'token' }))).toBe('Metadata');
    expect(levelOf(all, { ...on('create', 'tokenreviews'), group: 'authentication.k8s.io' })).toBe('Metadata');
    expect(levelOf(all, on('create', 'configmaps'))).toBe('RequestResponse');
  });

  it('by default tells of every write but what beats', () => {
    expect(levelOf(DEFAULT_POLICY, on('update', 'configmaps'))).toBe('Metadata');
    expect(levelOf(DEFAULT_POLICY, on('list', 'secrets'))).toBe('None');
    expect(levelOf(DEFAULT_POLICY, { ...on('update', 'leases'), group: 'coordination.k8s.io' })).toBe('None');
    const node = { username: 'system:node:n', groups: ['system:nodes'] };
    expect(levelOf(DEFAULT_POLICY, on('patch', 'pods', { subresource: 'status' }), node)).toBe('None');
    expect(levelOf(DEFAULT_POLICY, on('delete', 'pods'), node)).toBe('Metadata');
  });

  it.each([
    [{ kind: 'Policy', rules: [] }, 'apiVersion: expected audit.k8s.io/v1'],
    [{ rules: [] }, 'rules: expected at least one rule'],
    [{ rules: [{ level: 'Loud' }] }, 'rules[0].level: expected one of None, Metadata'],
    [{ rules: [{ level: 'None', wishes: [] }] }, 'rules[0].wishes: expected one of'],
    [{ rules: [{ level: 'None', omitStages: ['Later'] }] }, 'rules[0].omitStages: expected some of RequestReceived'],
    [{ rules: [{ level: 'None', resources: [{ group: 'apps/v1' }] }] }, 'a group without its version'],
    [{ rules: [{ level: 'None', nonResourceURLs: ['/x'], namespaces: ['a'] }] }, 'not for both'],
    [
      { rules: [{ level: 'None', nonResourceURLs: ['api'] }] },
      'nonResourceURLs[0]: expected a path that begins with /',
    ],
    [{ rules: [{ level: 'None', nonResourceURLs: ['*', '/a*b'] }] }, 'nonResourceURLs[1]: expected * as the last'],
    [{ rules: [{ level: 'None', resources: [{ resourceNames: ['a'] }] }] }, 'resources that they are names of'],
  ])('%o is refused by field', (document, message) => {
    const whole = 'kind' in document ? document : { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...document };
    expect(() => readAuditPolicy(whole, 'p.yaml')).toThrow(message);
  });
});

describe('the audit log', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reflet-audit-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('is rotated by size, and its parts are bounded by number and age', async () => {
    const clock = new SimClock();
    const path = join(directory, 'log', 'audit.log');
    const options = { path, sizeBytesMax: 300, backupsMax: 2, ageDaysMax: 1, clock, log: silentLogger };
    const written = (id: string) =>
      expect.poll(() => readFile(path, 'utf8'), { timeout: 30_000 }).toContain(`"auditID":"${id}"`);
    for (let n = 0; n < 6; n++) {
      const log = createAuditLog(options);
      log.write({ auditID: `event-${n}`, requestURI: '/'.repeat(150) } as AuditEvent);
      await log.close();
      const again = createAuditLog(options);
      again.write({ auditID: `event-${n}b`, requestURI: '/'.repeat(100) } as AuditEvent);
      await again.close();
      await clock.advance(1_000);
    }
    // A size is looked at while a file is open; so far nothing was rotated, for each opening wrote once.
    const log = createAuditLog(options);
    for (let n = 0; n < 5; n++) {
      log.write({ auditID: `more-${n}`, requestURI: '/'.repeat(200) } as AuditEvent);
      await written(`more-${n}`);
      await clock.advance(1_000);
    }
    await log.close();
    const names = (await readdir(join(directory, 'log'))).sort();
    expect(names).toHaveLength(3);
    expect(names.at(-1)).toBe('audit.log');
    expect(
      (await readFile(path, 'utf8'))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as AuditEvent).auditID),
    ).toEqual(['more-4']);
    await clock.advance(3 * 86_400_000);
    const late = createAuditLog(options);
    late.write({ auditID: 'x', requestURI: '' } as AuditEvent);
    await written('x');
    late.write({ auditID: 'late', requestURI: '/'.repeat(300) } as AuditEvent);
    await late.close();
    expect((await readdir(join(directory, 'log'))).length).toBe(2);
  });
});
