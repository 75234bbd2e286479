import { describe, expect, it } from 'vitest';
import type { Service, ServiceSpec } from '../../daemon/kinds/types.generated.ts';
import { create, kindOf, update } from './support/admit.ts';
import { copyOf, texts } from './support/expect.ts';

const kind = kindOf('', 'v1', 'Service');
const PORTS = [{ port: 80 }];
const body = (spec: object): object => ({ metadata: { name: 's' }, spec: { ports: PORTS, ...spec } });
const problems = (spec: object) => texts(create(kind, body(spec)).errors);

describe('a Service is given', () => {
  it.each<[string, object, object]>([
    [
      'its type and policies',
      {},
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    ['an external policy as NodePort', { type: 'NodePort' }, { externalTrafficPolicy: 'Cluster' }],
    [
      'an external policy with external addresses',
      { externalIPs: ['192.0.2.1'] },
      { externalTrafficPolicy: 'Cluster' },
    ],
    ['node ports as LoadBalancer', { type: 'LoadBalancer' }, { allocateLoadBalancerNodePorts: true }],
    [
      'three hours of affinity',
      { sessionAffinity: 'ClientIP' },
      { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } },
    ],
    ['both forms of its address', { clusterIP: '10.0.0.9' }, { clusterIPs: ['10.0.0.9'] }],
  ])('%s', (_name, spec, expected) => {
    const { object, errors } = create(kind, body(spec));
    expect(texts(errors)).toEqual([]);
    expect((object as Service).spec).toMatchObject(expected);
    expect((object as Service).status).toEqual({ loadBalancer: {} });
  });

  it('nothing of its own as ExternalName', () => {
    const { object } = create(kind, { metadata: { name: 's' }, spec: { type: 'ExternalName', externalName: 'a.b' } });
    expect((object as Service).spec).toEqual({ type: 'ExternalName', externalName: 'a.b', sessionAffinity: 'None' });
  });
});

describe('a Service is refused', () => {
  it.each<[string, object, string[]]>([
    ['without ports', { ports: [] }, ['spec.ports: Required value']],
    [
      'with ports of no name',
      { ports: [{ port: 80 }, { port: 81 }] },
      ['spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
    ],
    [
      'with a port twice',
      {
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 80 },
        ],
      },
      [
        'spec.ports[1].name: Duplicate value: "a"',
        'spec.ports[1]: Duplicate value: core.ServicePort{Name:"", Protocol:"TCP", AppProtocol:(*string)(nil), Port:80, TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}',
      ],
    ],
    [
      'with a bad port',
      { ports: [{ port: 0, protocol: 'ICMP', targetPort: 'Not_Good' }] },
      [
        'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
        'spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
        'spec.ports[0].targetPort: Invalid value: "Not_Good": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      ],
    ],
    [
      'with a node port as ClusterIP',
      { ports: [{ port: 80, nodePort: 30_000 }] },
      ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ],
    [
      'of no type',
      { type: 'Magic' },
      [
        'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
      ],
    ],
    [
      'headless as NodePort',
      { type: 'NodePort', clusterIP: 'None' },
      ['spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services'],
    ],
    [
      'with an address that is none',
      { clusterIP: 'x' },
      ['spec.clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'],
    ],
    [
      'with two stacks',
      { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6'] },
      [
        'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
        'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster',
      ],
    ],
    [
      'with an external policy inside',
      { externalTrafficPolicy: 'Local' },
      ['spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services'],
    ],
    [
      'with source ranges inside',
      { loadBalancerSourceRanges: ['10.0.0.0/40'] },
      [
        "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
        'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/40": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      ],
    ],
    [
      'with loopback from outside',
      { externalIPs: ['127.0.0.1', '0.0.0.0'] },
      [
        'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
        'spec.externalIPs[1]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      ],
    ],
    [
      'with too long an affinity',
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 90_000 } } },
      [
        'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be greater than 0 and less than 86400',
      ],
    ],
    [
      'as ExternalName without one',
      { type: 'ExternalName', clusterIP: '10.0.0.1' },
      ['spec.clusterIPs: Forbidden: may not be set for ExternalName services', 'spec.externalName: Required value'],
    ],
  ])('%s', (_name, spec, expected) => {
    expect(problems(spec)).toEqual(expected);
  });

  it('with a name that no host has', () => {
    const [first] = texts(create(kind, { metadata: { name: '1a' }, spec: { ports: PORTS } }).errors);
    expect(first).toMatch(/^metadata.name: Invalid value: "1a": a DNS-1035 label must consist/);
  });
});

describe('an update of a Service', () => {
  const live = (spec: ServiceSpec) => {
    const { object } = create(kind, body(spec));
    const made = copyOf<Service>(object);
    made.spec = {
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      ...made.spec,
    };
    if (spec.type === 'NodePort') made.spec.ports![0]!.nodePort = 30_001;
    return made;
  };
  const change = (old: Service, spec: object) => {
    const { object, errors } = update(kind, body(spec), old);
    return { spec: (object as Service).spec!, errors: texts(errors) };
  };

  it('keeps what was allocated and is not named', () => {
    const { spec, errors } = change(live({ type: 'NodePort' }), { type: 'NodePort', selector: { a: 'b' } });
    expect(errors).toEqual([]);
    expect(spec).toMatchObject({ clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ipFamilies: ['IPv4'] });
    expect(spec.ports?.[0]?.nodePort).toBe(30_001);
  });

  it('may not change the address', () => {
    expect(change(live({}), { clusterIP: '10.0.0.2' }).errors).toEqual([
      'spec.clusterIPs[0]: Invalid value: []string{"10.0.0.2"}: may not change once set',
    ]);
  });

  it('lets node ports go with the type that needed them', () => {
    const old = live({ type: 'NodePort' });
    const { spec, errors } = change(old, { type: 'ClusterIP', ports: old.spec!.ports });
    expect(errors).toEqual([]);
    expect(spec.ports?.[0]).not.toHaveProperty('nodePort');
    expect(spec).not.toHaveProperty('externalTrafficPolicy');
  });

  it('lets the address go when it becomes a name', () => {
    const old = live({});
    const { spec, errors } = change(old, { ...old.spec, type: 'ExternalName', externalName: 'a.b', ports: [] });
    expect(errors).toEqual([]);
    expect(spec.clusterIP).toBeUndefined();
    expect(spec.clusterIPs).toBeUndefined();
  });

  it('takes the status of a load balancer only', () => {
    const old = live({});
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
    const { errors } = update(kind, { ...old, status }, old, 'status');
    expect(texts(errors)).toEqual([
      "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'",
    ]);
  });
});

describe('the table of Services', () => {
  const cells = (spec: ServiceSpec, status: Service['status'] = {}) =>
    kind.table.cells({ metadata: { name: 's' }, spec, status } as Service, 0).slice(1, 5);

  it.each<[ServiceSpec, Service['status'], string[]]>([
    [
      { type: 'ClusterIP', clusterIP: '10.0.0.1', ports: [{ port: 80, protocol: 'TCP' }] },
      {},
      ['ClusterIP', '10.0.0.1', '<none>', '80/TCP'],
    ],
    [
      {
        type: 'NodePort',
        clusterIPs: ['10.0.0.1'],
        ports: [
          { port: 80, nodePort: 30_000, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      },
      {},
      ['NodePort', '10.0.0.1', '<none>', '80:30000/TCP,53/UDP'],
    ],
    [{ type: 'LoadBalancer' }, {}, ['LoadBalancer', '<none>', '<pending>', '<none>']],
    [
      { type: 'LoadBalancer', externalIPs: ['192.0.2.9'] },
      { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'a.b' }] } },
      ['LoadBalancer', '<none>', '192.0.2.1,a.b,192.0.2.9', '<none>'],
    ],
    [{ type: 'ExternalName', externalName: 'a.b' }, {}, ['ExternalName', '<none>', 'a.b', '<none>']],
  ])('%j', (spec, status, expected) => {
    expect(cells(spec, status)).toEqual(expected);
  });
});
