import { describe, expect, it } from 'vitest';
import type { Event, EventEvents, Namespace, Node, PriorityClass } from '../../daemon/kinds/types.generated.ts';
import { create, kindOf, update } from './support/admit.ts';
import { copyOf, texts } from './support/expect.ts';

const metadata = { name: 'a' };

describe('a Namespace', () => {
  const kind = kindOf('', 'v1', 'Namespace');
  const live = create(kind, { metadata, status: { phase: 'Terminating' } }).object as Namespace;

  it('carries its name as a label, a finalizer and a phase', () => {
    expect(live).toMatchObject({
      metadata: { labels: { 'kubernetes.io/metadata.name': 'a' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('keeps its finalizers and its phase', () => {
    const { object } = update(kind, { metadata, spec: { finalizers: [] }, status: { phase: 'Terminating' } }, live);
    expect(object).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  });

  it('is Terminating exactly while it is deleted', () => {
    const { errors } = update(kind, { ...copyOf(live), status: { phase: 'Terminating' } }, live, 'status');
    expect(texts(errors)).toEqual([
      'status.Phase: Invalid value: "Terminating": may only be \'Active\' if `deletionTimestamp` is empty',
    ]);
  });

  it('has a finalizer that is known or has a domain', () => {
    expect(texts(create(kind, { metadata, spec: { finalizers: ['own'] } }).errors)).toEqual([
      'spec.finalizers: Invalid value: "own": name is neither a standard finalizer name nor is it fully qualified',
    ]);
  });
});

describe('a Node', () => {
  const kind = kindOf('', 'v1', 'Node');
  const node = (body: object) => create(kind, { metadata, ...body });

  it('offers what it has, and tells its block in both forms', () => {
    const { object } = node({ spec: { podCIDR: '10.0.0.0/24' }, status: { capacity: { cpu: '4000m' } } });
    expect(object).toMatchObject({
      spec: { podCIDR: '10.0.0.0/24', podCIDRs: ['10.0.0.0/24'] },
      status: { capacity: { cpu: '4' }, allocatable: { cpu: '4' } },
    });
  });

  it.each<[object, string[]]>([
    [
      {
        spec: {
          taints: [{ key: 'a', effect: 'NoSchedule' }, { key: 'a', effect: 'NoSchedule', value: 'b' }, { key: 'b' }],
        },
      },
      [
        'metadata.taints[1]: Duplicate value: core.Taint{Key:"a", Value:"b", Effect:"NoSchedule", TimeAdded:<nil>}: taints must be unique by key and effect pair',
        'metadata.taints[2].effect: Required value',
      ],
    ],
    [
      { status: { capacity: { cpu: '-1' } } },
      [
        'status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0',
        'status.allocatable.cpu: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      { spec: { podCIDRs: ['10.0.0.0/24', '10.0.0.0/24'] } },
      [
        'spec.podCIDRs: Invalid value: []string{"10.0.0.0/24", "10.0.0.0/24"}: may specify no more than one CIDR for each IP family',
        'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/24"',
      ],
    ],
  ])('%j', (body, expected) => {
    expect(texts(node(body).errors)).toEqual(expected);
  });

  it('keeps its block and its provider', () => {
    const live = node({ spec: { podCIDR: '10.0.0.0/24', providerID: 'x' } }).object;
    // A patch of the one block leaves the list as it was: the one holds.
    const spec = { podCIDR: '10.0.1.0/24', podCIDRs: ['10.0.0.0/24'], providerID: 'y' };
    const { errors } = update(kind, { metadata, spec }, live);
    expect(texts(errors)).toEqual([
      'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
      'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
      '[]: Forbidden: node updates may only change labels, taints, or capacity',
    ]);
  });

  it('may be cordoned, and says so', () => {
    const live = node({ status: { conditions: [{ type: 'Ready', status: 'True' }] } }).object as Node;
    const labels = { 'node-role.kubernetes.io/worker': '', 'node-role.kubernetes.io/edge': '' };
    const { object, errors } = update(kind, { metadata: { ...metadata, labels }, spec: { unschedulable: true } }, live);
    expect(texts(errors)).toEqual([]);
    expect(kind.table.cells(object, 0).slice(0, 3)).toEqual(['a', 'Ready,SchedulingDisabled', 'edge,worker']);
    expect(kind.fieldSelectors['spec.unschedulable']?.(object)).toBe('true');
  });
});

describe('an Event', () => {
  const core = kindOf('', 'v1', 'Event');
  const group = kindOf('events.k8s.io', 'v1', 'Event');
  const eventTime = '2026-01-01T00:00:00.000000Z';

  it('of the core group may be old or new', () => {
    const involvedObject = { kind: 'Pod', name: 'p', namespace: 'ns' };
    expect(create(core, { metadata, involvedObject }).errors).toEqual([]);
    expect(texts(create(core, { metadata, involvedObject: { ...involvedObject, namespace: 'other' } }).errors)).toEqual(
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    );
    expect(texts(create(core, { metadata, involvedObject, eventTime }).errors)).toEqual([
      'reportingComponent: Required value',
      'reportingComponent: Invalid value: "": name part must be non-empty',
      expect.stringContaining('reportingComponent: Invalid value: "": name part must consist'),
      'reportingInstance: Required value',
      'action: Required value',
      'reason: Required value',
    ]);
  });

  const strict = {
    metadata,
    eventTime,
    reportingController: 'a.b/c',
    reportingInstance: 'i',
    action: 'Do',
    reason: 'Done',
    type: 'Normal',
    regarding: { kind: 'Pod', name: 'p', namespace: 'ns' },
    note: ' done ',
  };

  it('of its own group is judged strictly', () => {
    expect(texts(create(group, strict).errors)).toEqual([]);
    const loose = { ...strict, type: 'Odd', deprecatedCount: 2, series: { count: 1, lastObservedTime: eventTime } };
    expect(texts(create(group, loose).errors)).toEqual([
      'series.count: Invalid value: "": should be at least 2',
      'type: Invalid value: "": has invalid value: Odd',
      'count: Invalid value: "": needs to be unset',
    ]);
  });

  it('of its own group only goes on in its series', () => {
    const live = create(group, strict).object;
    const series = { count: 2, lastObservedTime: eventTime };
    expect(texts(update(group, { ...strict, series }, live).errors)).toEqual([]);
    expect(texts(update(group, { ...strict, note: 'other' }, live).errors)).toEqual([
      'message: Invalid value: "other": field is immutable',
    ]);
  });

  it('shows when, what and whom, in both forms', () => {
    const now = Date.parse('2026-01-01T00:05:30Z');
    const series = { count: 4, lastObservedTime: '2026-01-01T00:05:00Z' };
    const cells = ['30s', 'Normal', 'Done', 'pod/p', '', 'a.b/c, i', 'done', '5m30s', 5, 'a'];
    expect(group.table.cells({ ...strict, series } as EventEvents, now)).toEqual(cells);
    const { regarding, note, reportingController, ...rest } = strict;
    const same = { ...rest, series, involvedObject: regarding, message: note, reportingComponent: reportingController };
    expect(core.table.cells(same as Event, now)).toEqual(cells);
    expect(core.fieldSelectors['source']?.(same as Event)).toBe('a.b/c');
    expect(group.fieldSelectors['regarding.name']?.(strict as EventEvents)).toBe('p');
  });
});

describe('endpoints and their slices', () => {
  const slices = kindOf('discovery.k8s.io', 'v1', 'EndpointSlice');
  const endpoints = kindOf('', 'v1', 'Endpoints');

  it.each<[object, string[]]>([
    [
      { addressType: 'IPv4', endpoints: [{ addresses: ['x'] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "x": must be a valid IPv4 address',
        'endpoints[0].addresses[0]: Invalid value: "x": must be a valid IP address',
      ],
    ],
    [
      { addressType: 'IPv4', endpoints: [{ addresses: [] }] },
      ['endpoints[0].addresses: Required value: must contain at least 1 address'],
    ],
    [
      { addressType: 'FQDN', endpoints: [{ addresses: ['a'] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots',
      ],
    ],
    [
      { addressType: 'MAC', endpoints: [] },
      ['addressType: Unsupported value: "MAC": supported values: "FQDN", "IPv4", "IPv6"'],
    ],
    [
      { addressType: 'IPv4', endpoints: Array(1001).fill({ addresses: ['10.0.0.1'] }) },
      ['endpoints: Too many: 1001: must have at most 1000 items'],
    ],
    [{ addressType: 'IPv4', endpoints: [], ports: [{ port: 1 }, { port: 2 }] }, ['ports[1].name: Duplicate value: ""']],
  ])('a slice of %j', (body, expected) => {
    expect(texts(create(slices, { metadata, ...body }).errors)).toEqual(expected);
  });

  it('keep the type of their addresses', () => {
    const live = create(slices, { metadata, addressType: 'IPv4', endpoints: [] }).object;
    expect(texts(update(slices, { metadata, addressType: 'IPv6', endpoints: [] }, live).errors)).toEqual([
      'addressType: Invalid value: "IPv6": field is immutable',
    ]);
  });

  it('show the first three', () => {
    const addresses = [1, 2, 3, 4, 5].map((last) => ({ ip: `10.0.0.${last}` }));
    const { object } = create(endpoints, { metadata, subsets: [{ addresses, ports: [{ port: 80 }] }] });
    expect(endpoints.table.cells(object, 0)[1]).toBe('10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...');
    const slice = { metadata, addressType: 'IPv4', endpoints: [{ addresses: addresses.map(({ ip }) => ip) }] };
    expect(slices.table.cells(create(slices, slice).object, 0).slice(1, 4)).toEqual([
      'IPv4',
      '<unset>',
      '10.0.0.1,10.0.0.2,10.0.0.3 + 2 more...',
    ]);
  });
});

describe('leases and revisions', () => {
  const leases = kindOf('coordination.k8s.io', 'v1', 'Lease');
  const revisions = kindOf('apps', 'v1', 'ControllerRevision');

  it('a lease has a length, and no strategy yet', () => {
    const { errors, unsupported } = create(leases, {
      metadata,
      spec: { leaseDurationSeconds: 0, strategy: 'OldestEmulationVersion' },
    });
    expect(texts(errors)).toEqual(['spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0']);
    expect(texts(unsupported)).toEqual(['spec.strategy: Forbidden: not supported yet']);
  });

  it('a revision is for ever', () => {
    expect(texts(create(revisions, { metadata, revision: -1 }).errors)).toEqual([
      'data: Required value: data is mandatory',
      'revision: Invalid value: -1: must be greater than or equal to 0',
    ]);
    const live = create(revisions, { metadata, revision: 1, data: { a: 1 } }).object;
    expect(texts(update(revisions, { metadata, revision: 2, data: { a: 2 } }, live).errors)).toEqual([
      expect.stringMatching(/^data: Invalid value: runtime\.Unknown\{.*Raw:\[\]byte\{0x7b, .*\}: field is immutable$/),
    ]);
    expect(update(revisions, { metadata, revision: 2, data: { a: 1 } }, live).errors).toEqual([]);
  });
});

describe('a PriorityClass', () => {
  const kind = kindOf('scheduling.k8s.io', 'v1', 'PriorityClass');
  const live = create(kind, { metadata, value: 10 }).object as PriorityClass;

  it('pushes others out unless it says otherwise', () => {
    expect(live).toMatchObject({ preemptionPolicy: 'PreemptLowerPriority', metadata: { generation: 1 } });
  });

  it('leaves the system its names and its numbers', () => {
    const refused = (name: string, value: number) => texts(create(kind, { metadata: { name }, value }).errors);
    expect(refused('system-mine', 1)).toEqual([
      "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
    ]);
    expect(refused('system-node-critical', 1)[0]).toContain(
      'value of system-node-critical PriorityClass must be 2000001000',
    );
    expect(refused('system-node-critical', 2_000_001_000)).toEqual([]);
    expect(refused('a', 1_000_000_001)).toEqual([
      'value: Forbidden: maximum allowed value of a user defined priority is 1000000000',
    ]);
    expect(texts(create(kind, { metadata, value: 1, preemptionPolicy: 'Sometimes' }).errors)).toEqual([
      'preemptionPolicy: Unsupported value: "Sometimes": supported values: "PreemptLowerPriority", "Never"',
    ]);
  });

  it('keeps its number', () => {
    expect(texts(update(kind, { metadata, value: 11, preemptionPolicy: 'Never' }, live).errors)).toEqual([
      'value: Forbidden: may not be changed in an update.',
      'preemptionPolicy: Invalid value: "Never": field is immutable',
    ]);
    expect(texts(update(kind, { ...copyOf(live), description: 'x' }, live).errors)).toEqual([]);
  });
});
