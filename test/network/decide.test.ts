/** What is repaired, in which order, and what is left alone. */

import { expect, test } from 'vitest';
import { deepFreeze } from '../../daemon/base/json.ts';
import { type DesiredNetwork, decideNetwork } from '../../daemon/network/decide.ts';
import { parseEvent } from '../../daemon/network/monitor.ts';
import { linkName } from '../../daemon/network/names.ts';
import type { HostState, InsideState, PortState } from '../../daemon/network/observe.ts';
import { parseHost, parseInside } from '../../daemon/network/observe.ts';
import { parseRecord } from '../../daemon/network/records.ts';

const POD = { uid: 'pod-a', ip: '10.244.3.5' };
const PORT = { uid: 'pod-a', isOnBridge: true, isUp: true, isHairpin: true, namespaceId: 4 };
const INSIDE: InsideState = {
  hasDevice: true,
  isUp: true,
  isLoopbackUp: true,
  addresses: ['10.244.3.5/24'],
  gateway: '10.244.3.1',
};

function desired(changes: Partial<DesiredNetwork> = {}): DesiredNetwork {
  return {
    gateway: '10.244.3.1',
    gatewayWithBits: '10.244.3.1/24',
    bits: 24,
    mtu: 1500,
    serviceCidr: '10.96.0.0/16',
    attachments: [POD],
    busy: new Set(),
    leaked: [],
    mayRemoveLinks: true,
    ...changes,
  };
}

function host(changes: Partial<HostState> = {}): HostState {
  return {
    bridge: { isUp: true, mtu: 1500, addresses: ['10.244.3.1/24'] },
    ports: new Map([[linkName('pod-a'), PORT]]),
    serviceRoutes: ['10.96.0.0/16'],
    serviceRules: ['10.96.0.0/16'],
    namespaces: new Set(['reflet-pod-a']),
    ...changes,
  };
}

const types = (wanted: DesiredNetwork, seen: HostState, inside?: InsideState) =>
  decideNetwork(deepFreeze(wanted), seen, new Map(inside ? [['pod-a', inside]] : [])).map((action) => action.type);

test('nothing to do when all is as it should be', () => {
  expect(types(desired(), host(), INSIDE)).toEqual([]);
});

test('each loss has its repair', () => {
  expect(types(desired(), host({ bridge: undefined }))).toEqual(['create-bridge']);
  expect(types(desired(), host({ bridge: { isUp: true, mtu: 1500, addresses: [] } }))).toEqual(['set-bridge']);
  expect(types(desired(), host({ bridge: { isUp: false, mtu: 1500, addresses: ['10.244.3.1/24'] } }))).toEqual([
    'set-bridge',
  ]);
  const route = (changes: Partial<HostState>) => decideNetwork(desired(), host(changes), new Map());
  expect(route({ serviceRoutes: [] })).toEqual([{ type: 'set-service-route', addRule: false, dropRules: 0 }]);
  expect(route({ serviceRules: ['10.0.0.0/8'] })).toEqual([{ type: 'set-service-route', addRule: true, dropRules: 1 }]);
  expect(types(desired({ serviceCidr: undefined }), host({ serviceRoutes: [], serviceRules: [] }))).toEqual([]);
  const moved = host({ bridge: { isUp: true, mtu: 1500, addresses: ['10.9.0.1/24', '10.244.3.1/24'] } });
  expect(decideNetwork(desired(), moved, new Map())).toEqual([{ type: 'set-bridge', dropAddresses: ['10.9.0.1/24'] }]);
  expect(types(desired(), host({ ports: new Map() }))).toEqual(['connect', 'set-inside']);
  expect(types(desired(), host({ namespaces: new Set(), ports: new Map() }))).toEqual([
    'create-namespace',
    'connect',
    'set-inside',
  ]);
  expect(types(desired(), host(), 'broken')).toEqual(['create-namespace', 'connect', 'set-inside']);
  for (const lost of ['isOnBridge', 'isUp', 'isHairpin'] as const) {
    expect(types(desired(), host({ ports: new Map([[linkName('pod-a'), { ...PORT, [lost]: false }]]) })), lost).toEqual(
      ['set-port'],
    );
  }
  for (const lost of [{ addresses: [] }, { isUp: false }, { isLoopbackUp: false }, { gateway: undefined }]) {
    expect(types(desired(), host(), { ...INSIDE, ...lost }), JSON.stringify(lost)).toEqual(['set-inside']);
  }
});

test('a wrong address inside is taken away', () => {
  const inside = { ...INSIDE, addresses: ['10.244.3.99/24', '10.244.3.5/24'] };
  expect(decideNetwork(desired(), host(), new Map([['pod-a', inside]]))).toEqual([
    { type: 'set-inside', uid: 'pod-a', ip: '10.244.3.5', dropAddresses: ['10.244.3.99/24'] },
  ]);
});

test('a pod in work is left alone; strangers’ links and namespaces always', () => {
  expect(types(desired({ busy: new Set(['pod-a']) }), host({ ports: new Map() }))).toEqual([]);
  const strangers = new Map<string, PortState>([
    ['rf0123456789ab', { ...PORT, uid: undefined }],
    ['rfrenamed', { ...PORT, uid: 'pod-x' }],
    [linkName('pod-a'), PORT],
  ]);
  expect(types(desired(), host({ ports: strangers, namespaces: new Set(['reflet-pod-a', 'reflet-pod-x']) }))).toEqual(
    [],
  );
});

test('leaks go only when the agent has told all its pods', () => {
  const leaked = host({ ports: new Map([[linkName('gone'), { ...PORT, uid: 'gone' }]]) });
  expect(types(desired({ attachments: [], mayRemoveLinks: false }), leaked)).toEqual([]);
  expect(types(desired({ attachments: [] }), leaked)).toEqual(['remove-link']);
  expect(types(desired({ attachments: [], leaked: ['gone'] }), leaked)).toEqual(['remove-pod']);
});

const ROUTES = JSON.stringify([
  { dst: '10.244.3.0/24', dev: 'reflet0', table: 'main' },
  { dst: '10.96.0.0/16', dev: 'reflet0', table: '4096' },
  { dst: '192.0.2.0/24', dev: 'eth0', table: '4096' },
]);
const RULES = JSON.stringify([
  { priority: 0, src: 'all', table: 'local' },
  { priority: 32_000, src: 'all', dst: '10.96.0.0', dstlen: 16, iif: 'lo', table: '4096' },
  { priority: 32_000, src: 'all', dst: '10.0.0.0', dstlen: 8, table: 'main' },
]);

test('ip’s output is read, also when it is empty or odd', () => {
  expect(parseHost('', '', '', []).bridge).toBeUndefined();
  const links = [
    {
      ifname: 'reflet0',
      flags: ['UP'],
      mtu: 1500,
      linkinfo: { info_kind: 'bridge' },
      addr_info: [{ family: 'inet', local: '10.244.3.1', prefixlen: 24 }],
    },
    {
      ifname: linkName('pod-a'),
      ifalias: 'reflet:pod-a',
      flags: ['UP'],
      master: 'reflet0',
      link_netnsid: 4,
      linkinfo: { info_kind: 'veth', info_slave_data: { hairpin: true } },
    },
    { ifname: 'rfkill0', flags: [], linkinfo: { info_kind: 'dummy' } },
    {},
  ];
  expect(parseHost(JSON.stringify(links), ROUTES, RULES, ['reflet-pod-a', 'other'])).toEqual(host());
  expect(parseInside('[{},{"ifname":"eth0","flags":["UP"],"addr_info":[]}]', '[]')).toEqual({
    hasDevice: true,
    isUp: true,
    isLoopbackUp: false,
    addresses: [],
    gateway: undefined,
  });
});

test('events name the namespace they come from; other interfaces of the host make no work', () => {
  expect(parseEvent('[nsid 7]Deleted 2: eth0    inet 10.244.3.5/24')).toEqual({ namespaceId: 7 });
  expect(parseEvent(`[nsid current]Deleted 3: ${linkName('pod-a')}@NONE: <BROADCAST>`)).toEqual({
    namespaceId: undefined,
  });
  expect(parseEvent('Deleted 3: reflet0    inet 10.244.3.1/24')).toEqual({ namespaceId: undefined });
  expect(parseEvent('[nsid current]ipv4 all forwarding off')).toEqual({ namespaceId: undefined });
  expect(parseEvent('[nsid current]2: eth0    inet 192.0.2.1/24')).toBeUndefined();
});

test('a damaged record is no record', () => {
  const good = {
    uid: 'pod-a',
    ip: '10.244.3.5',
    hostPorts: [{ hostIp: '', hostPort: 80, containerPort: 8080, protocol: 'TCP' }],
  };
  expect(parseRecord('pod-a', JSON.stringify(good))).toEqual(good);
  for (const text of [
    '',
    '{',
    'null',
    '{}',
    JSON.stringify({ ...good, ip: 'x' }),
    JSON.stringify({ ...good, uid: 'b' }),
  ]) {
    expect(parseRecord('pod-a', text), text).toBeUndefined();
  }
  const evil = {
    ...good,
    hostPorts: [{ hostIp: '1.2.3.4 -j ACCEPT', hostPort: 80, containerPort: 1, protocol: 'TCP' }],
  };
  expect(parseRecord('pod-a', JSON.stringify(evil))!.hostPorts).toEqual([]);
});
