/** What the golden tests render: one cluster in which every way of reaching a service occurs. */

import type { EndpointSlice, Service } from '../../daemon/kinds/types.generated.ts';
import { renderService } from '../../daemon/proxy/render-service.ts';
import { RuleSet } from '../../daemon/proxy/rule-set.ts';
import { NODE, SETTINGS, service, slice } from './objects.ts';
import { parseRules, Tracer } from './trace.ts';

export interface Scenario {
  name: string;
  services: [Service, EndpointSlice[]][];
}

const ready = (ip: string, node = 'n1') => ({ ip, node });

export const SCENARIOS: Scenario[] = [
  {
    name: 'cluster-ip',
    services: [
      [
        service('web', { clusterIP: '10.96.0.10', ports: [{ name: 'http', port: 80 }] }),
        [slice('web', ['10.244.0.5', '10.244.1.7', '10.244.0.6'], [{ name: 'http', port: 8080 }])],
      ],
      [service('empty', { clusterIP: '10.96.0.11' }), []],
      [
        service('kube-system/kube-dns', {
          clusterIP: '10.96.0.53',
          ports: [
            { name: 'dns', port: 53, protocol: 'UDP' },
            { name: 'dns-tcp', port: 53 },
          ],
        }),
        [
          slice(
            'kube-system/kube-dns',
            ['10.244.0.2'],
            [
              { name: 'dns', port: 53, protocol: 'UDP' },
              { name: 'dns-tcp', port: 53 },
            ],
          ),
        ],
      ],
    ],
  },
  {
    name: 'node-port-and-affinity',
    services: [
      [
        service('shop', {
          type: 'NodePort',
          ports: [{ port: 80, nodePort: 30080 }],
          sessionAffinity: 'ClientIP',
          sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
        }),
        [slice('shop', ['10.244.0.5', '10.244.0.6'])],
      ],
      [service('none', { clusterIP: '10.96.0.12', type: 'NodePort', ports: [{ port: 80, nodePort: 30081 }] }), []],
      [
        service('game', {
          clusterIP: '10.96.0.13',
          type: 'NodePort',
          ports: [{ port: 7, nodePort: 30007, protocol: 'UDP' }],
        }),
        [slice('game', ['10.244.0.9'], [{ port: 7, protocol: 'UDP' }])],
      ],
    ],
  },
  {
    name: 'traffic-policy-local',
    services: [
      [
        service(
          'here',
          {
            type: 'LoadBalancer',
            clusterIP: '10.96.0.20',
            externalTrafficPolicy: 'Local',
            healthCheckNodePort: 32000,
            ports: [{ port: 80, nodePort: 30090 }],
          },
          { status: { loadBalancer: { ingress: [{ ip: '203.0.113.9' }] } } },
        ),
        [slice('here', [ready('10.244.0.5'), ready('10.244.1.5', 'n2')])],
      ],
      [
        service('away', {
          type: 'NodePort',
          clusterIP: '10.96.0.21',
          externalTrafficPolicy: 'Local',
          internalTrafficPolicy: 'Local',
          ports: [{ port: 80, nodePort: 30091 }],
        }),
        [slice('away', [ready('10.244.1.6', 'n2')])],
      ],
    ],
  },
  {
    name: 'external-addresses',
    services: [
      [
        service(
          'lb',
          {
            type: 'LoadBalancer',
            clusterIP: '10.96.0.30',
            externalIPs: ['198.51.100.7'],
            loadBalancerSourceRanges: ['192.0.2.0/24'],
            ports: [{ port: 443, nodePort: 30443 }],
          },
          { status: { loadBalancer: { ingress: [{ ip: '203.0.113.10' }] } } },
        ),
        [slice('lb', ['10.244.0.5'])],
      ],
      [service('gone', { clusterIP: '10.96.0.31', externalIPs: ['198.51.100.8'], ports: [{ port: 443 }] }), []],
    ],
  },
];

export function ruleSetOf(scenario: Scenario): RuleSet {
  const rules = new RuleSet();
  for (const [object, slices] of scenario.services) {
    const rendered = renderService(object, slices, NODE, SETTINGS);
    rules.put(`${object.metadata?.namespace}/${object.metadata?.name}`, rendered.ports, rendered.healthPort);
  }
  return rules;
}

export function tracerOf(rules: RuleSet): Tracer {
  return new Tracer(parseRules({ nat: rules.desired('nat'), filter: rules.desired('filter') }), [
    '172.18.0.2',
    '10.244.0.1',
  ]);
}
