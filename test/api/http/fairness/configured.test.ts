/** Priority and fairness as the cluster's own objects say, over real HTTPS. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cloneJson } from '../../../../daemon/base/json.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVEL_CONFIGURATIONS } from '../../../../daemon/kinds/resources.ts';
import { type ApiUnderTest, startApi } from '../../../client/api-server.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

const GROUP = '/apis/flowcontrol.apiserver.k8s.io/v1';
const uidOf = async (plural: string, name: string) =>
  (await api.ask('GET', `${GROUP}/${plural}/${name}`)).json.metadata.uid;
const bob = { headers: { 'Impersonate-User': 'bob', 'Impersonate-Group': 'system:authenticated' } };
const schema = (name: string, level: string) => ({
  metadata: { name },
  spec: {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: 700,
    distinguisherMethod: { type: 'ByUser' },
    rules: [
      {
        subjects: [{ kind: 'User', user: { name: 'bob' } }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      },
    ],
  },
});

describe('answers', () => {
  it('name by uid where the request belonged', async () => {
    const { headers } = await api.ask('GET', '/version', bob);
    expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(await uidOf('flowschemas', 'global-default'));
    expect(headers['x-kubernetes-pf-prioritylevel-uid']).toBe(
      await uidOf('prioritylevelconfigurations', 'global-default'),
    );
  });

  it('follow what is configured, at once', async () => {
    const client = api.client();
    await client.create(PRIORITY_LEVEL_CONFIGURATIONS, {
      metadata: { name: 'none' },
      spec: { type: 'Limited', limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' } } },
    });
    await client.create(FLOW_SCHEMAS, schema('bobs', 'none'));
    const refused = await api.ask('GET', '/version', bob);
    // Without shares a level has no seats of its own, but may borrow those of others.
    expect(refused.code).toBe(200);
    const level = cloneJson(await client.get(PRIORITY_LEVEL_CONFIGURATIONS, { name: 'none' }));
    level.spec!.limited!.borrowingLimitPercent = 0;
    await client.update(PRIORITY_LEVEL_CONFIGURATIONS, level);
    const { code, headers, json } = await api.ask('GET', '/version', bob);
    expect({ code, after: headers['retry-after'], reason: json.reason }).toEqual({
      code: 429,
      after: '1',
      reason: 'TooManyRequests',
    });
    expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(await uidOf('flowschemas', 'bobs'));
    await client.delete(FLOW_SCHEMAS, { name: 'bobs' });
    expect((await api.ask('GET', '/version', bob)).code).toBe(200);
    const { text } = await api.ask('GET', '/metrics');
    expect(text).toContain(
      'apiserver_flowcontrol_rejected_requests_total{flow_schema="bobs",priority_level="none",reason="concurrency-limit"} 1',
    );
    expect(text).toContain('apiserver_flowcontrol_nominal_limit_seats{priority_level="workload-low"}');
  });

  it('dump what is in hand to those who may see it', async () => {
    const levels = await api.ask('GET', '/debug/api_priority_and_fairness/dump_priority_levels');
    expect(levels.text).toMatch(
      /^PriorityLevelName, ActiveQueues, .*\n(.*\n)*exempt, 0, false, false, 0, 1, \d+, 0, 0, 0\n/,
    );
    expect((await api.ask('GET', '/debug/api_priority_and_fairness/dump_queues')).code).toBe(200);
    expect((await api.ask('GET', '/debug/pprof')).code).toBe(404);
    expect((await api.ask('GET', '/debug/api_priority_and_fairness/dump_queues', bob)).code).toBe(403);
  });
});

describe('the objects', () => {
  it('keep what is mandatory', async () => {
    const client = api.client();
    const catchAll = cloneJson(await client.get(FLOW_SCHEMAS, { name: 'catch-all' }));
    expect(catchAll.metadata?.annotations).toEqual({ 'apf.kubernetes.io/autoupdate-spec': 'true' });
    catchAll.spec!.matchingPrecedence = 9_999;
    await expect(client.update(FLOW_SCHEMAS, catchAll)).rejects.toThrow(
      "spec of 'catch-all' must equal the fixed value",
    );
    const exempt = cloneJson(await client.get(PRIORITY_LEVEL_CONFIGURATIONS, { name: 'exempt' }));
    exempt.spec!.exempt = { nominalConcurrencyShares: 10, lendablePercent: 50 };
    await client.update(PRIORITY_LEVEL_CONFIGURATIONS, exempt);
    exempt.spec = { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } };
    delete exempt.metadata!.resourceVersion;
    await expect(client.update(PRIORITY_LEVEL_CONFIGURATIONS, exempt)).rejects.toThrow(
      "type must be 'Exempt' if and only if name is 'exempt'",
    );
  });

  it.each([
    [
      'flowschemas',
      {
        priorityLevelConfiguration: { name: '' },
        matchingPrecedence: 1,
        distinguisherMethod: { type: 'x' },
        rules: [{ subjects: [] }],
      },
      [
        "spec.matchingPrecedence: Invalid value: 1: only the schema named 'exempt' may have matchingPrecedence 1",
        'spec.distinguisherMethod.type: Unsupported value: flowcontrol.FlowDistinguisherMethod{Type:"x"}: supported values: "ByNamespace", "ByUser"',
        'spec.priorityLevelConfiguration.name: Required value: must reference a priority level',
        'spec.rules[0].subjects: Required value: subjects must contain at least one value',
        'spec.rules[0]: Required value: at least one of resourceRules and nonResourceRules has to be non-empty',
      ],
    ],
    [
      'flowschemas',
      {
        priorityLevelConfiguration: { name: 'a' },
        rules: [
          {
            subjects: [
              { kind: 'User', group: { name: 'g' } },
              { kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: '' } },
            ],
            resourceRules: [{ verbs: ['*', 'get'], apiGroups: [], resources: ['*'], namespaces: ['A'] }],
            nonResourceRules: [{ verbs: ['frob'], nonResourceURLs: ['x', '/a*b'] }],
          },
        ],
      },
      [
        "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
        'spec.rules[0].subjects[1].serviceAccount.namespace: Required value: must specify namespace for service account',
        'spec.rules[0].resourceRules[0].verbs: Invalid value: []string{"*", "get"}: if \'*\' is present, must not specify other verbs',
        'spec.rules[0].resourceRules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "A": each member of this list must be \'*\' or a DNS-1123 label; a lowercase RFC 1123 label',
        'spec.rules[0].nonResourceRules[0].verbs: Unsupported value: []string{"frob"}: supported values: "create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "x": must start with slash',
        'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/a*b": wildcard can only do suffix matching',
      ],
    ],
    [
      'prioritylevelconfigurations',
      {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares: -1,
          lendablePercent: 101,
          borrowingLimitPercent: -1,
          limitResponse: { type: 'Queue', queuing: { queues: 1024, handSize: 7, queueLengthLimit: -1 } },
        },
      },
      [
        'spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer',
        'spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
        'spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer',
        'spec.limited.limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive',
        'spec.limited.limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and handSize 7 should not be greater than 60',
      ],
    ],
  ])('%s say what is wrong with %j', async (plural, spec, messages) => {
    const body = JSON.stringify({ metadata: { name: 'bad' }, spec });
    const { code, json } = await api.ask('POST', `${GROUP}/${plural}`, {
      headers: { 'Content-Type': 'application/json' },
      body,
    });
    expect(code, json.message).toBe(422);
    for (const message of messages) expect(json.message).toContain(message);
    expect(json.details.causes).toHaveLength(messages.length);
  });

  it('show their columns', async () => {
    const headers = { Accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
    const cells = async (path: string) => (await api.ask('GET', `${GROUP}/${path}`, { headers })).json.rows[0].cells;
    expect((await cells('flowschemas/probes')).toSpliced(4, 1)).toEqual(['probes', 'exempt', 2, '<none>', '?']);
    expect((await cells('prioritylevelconfigurations/system')).slice(0, 6)).toEqual([
      'system',
      'Limited',
      30,
      64,
      6,
      50,
    ]);
  });
});
