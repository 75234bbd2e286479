/** Lists and times that Go's types always write: null where there is nothing. */

import { describe, expect, it } from 'vitest';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import { recordUpdate } from '../../daemon/merge/managed-fields.ts';
import { loadSchemas } from '../../daemon/schema/load.ts';
import { create, kindOf } from './support/admit.ts';

const metadata = { name: 'a' };
const schemas = loadSchemas();

describe('what is shown as null', () => {
  it.each<[string, string, object, object]>([
    ['rbac.authorization.k8s.io/v1', 'Role', {}, { rules: null }],
    ['rbac.authorization.k8s.io/v1', 'Role', { rules: [] }, { rules: null }],
    ['rbac.authorization.k8s.io/v1', 'ClusterRole', { aggregationRule: {} }, { rules: null }],
    ['v1', 'LimitRange', {}, { spec: { limits: null } }],
    ['discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4' }, { endpoints: null, ports: null }],
    ['discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4', ports: [], endpoints: [] }, { endpoints: null }],
    ['v1', 'Event', {}, { eventTime: null, firstTimestamp: null, lastTimestamp: null }],
    ['v1', 'Event', { series: {} }, { series: { lastObservedTime: null } }],
    [
      'events.k8s.io/v1',
      'Event',
      {},
      { eventTime: null, deprecatedFirstTimestamp: null, deprecatedLastTimestamp: null },
    ],
  ])('%s %s of %j', (apiVersion, name, body, expected) => {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const kind = kindOf(group!, version!, name);
    const { object } = create(kind, { apiVersion, kind: name, metadata, ...body });
    expect(object).toMatchObject(expected);
    // Sent back as it came it stays as it is.
    expect(create(kind, object).object).toEqual(object);
    const next = { ...object, apiVersion, kind: name } as JsonObject;
    const owned = JSON.stringify(recordUpdate({ live: undefined, next, manager: 'm', now: 0, schemas })) ?? '';
    // What was written is owned, also when it was empty; what comes by itself is nobody's.
    const given = Object.keys(body);
    for (const field of ['rules', 'limits', 'endpoints', 'ports', 'eventTime'])
      if (!given.includes(field)) expect(owned).not.toContain(`"f:${field}"`);
  });

  it('the sources of a projected volume', () => {
    const spec = { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', projected: {} }] };
    expect(create(kindOf('', 'v1', 'Pod'), { metadata, spec }).object).toMatchObject({
      spec: { volumes: [{ projected: { sources: null, defaultMode: 420 } }] },
    });
  });
});

describe('times that are not known', () => {
  const bare = { type: 'A', status: 'True' };
  it.each<[string, string, readonly string[]]>([
    ['v1', 'Pod', ['lastProbeTime', 'lastTransitionTime']],
    ['v1', 'Node', ['lastHeartbeatTime', 'lastTransitionTime']],
    ['v1', 'Namespace', ['lastTransitionTime']],
    ['apps/v1', 'Deployment', ['lastUpdateTime', 'lastTransitionTime']],
    ['apps/v1', 'ReplicaSet', ['lastTransitionTime']],
    ['certificates.k8s.io/v1', 'CertificateSigningRequest', ['lastUpdateTime', 'lastTransitionTime']],
    ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', ['lastTransitionTime']],
    ['flowcontrol.apiserver.k8s.io/v1', 'FlowSchema', ['lastTransitionTime']],
    ['flowcontrol.apiserver.k8s.io/v1', 'PriorityLevelConfiguration', ['lastTransitionTime']],
  ])('of a condition of %s %s are null', (apiVersion, name, times) => {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const told = { ...bare, type: 'B', ...Object.fromEntries(times.map((time) => [time, '2026-01-01T00:00:00Z'])) };
    const object = { metadata, status: { conditions: [bare, told] } } as object as KubeObject;
    kindOf(group!, version!, name).setDefaults(object);
    const nulls = Object.fromEntries(times.map((time) => [time, null]));
    expect(object).toMatchObject({ status: { conditions: [{ ...bare, ...nulls }, told] } });
  });

  it('of the states of a container are null', () => {
    const status = {
      containerStatuses: [{ name: 'c', state: { running: {} }, lastState: { terminated: { exitCode: 1 } } }],
    };
    const pod = { metadata, status } as object as KubeObject;
    kindOf('', 'v1', 'Pod').setDefaults(pod);
    expect(pod).toMatchObject({
      status: {
        containerStatuses: [
          { state: { running: { startedAt: null } }, lastState: { terminated: { startedAt: null, finishedAt: null } } },
        ],
      },
    });
  });
});

describe('a ServiceAccount', () => {
  it('keeps of its secrets only the names', () => {
    const secrets = [{ name: 'x', kind: 'Secret', namespace: 'y' }, { kind: 'z' }];
    expect(create(kindOf('', 'v1', 'ServiceAccount'), { metadata, secrets }).object).toMatchObject({
      secrets: [{ name: 'x' }, {}],
    });
  });
});

describe('names', () => {
  it.each<[string, string, string, string[]]>([
    ['', 'Event', 'A b', []],
    ['', 'Event', 'a/b', ["may not contain '/'"]],
    ['certificates.k8s.io', 'CertificateSigningRequest', 'A b', []],
    ['certificates.k8s.io', 'CertificateSigningRequest', 'a%', ["may not contain '%'"]],
  ])('of %s %s: %s', (group, name, called, expected) => {
    expect(kindOf(group, 'v1', name).validateName(called, false)).toEqual(expected);
  });
});
