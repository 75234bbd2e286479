/**
 * Full rule text and packet traces of the scenarios, as files: the text says how, the traces say what. `vitest -u` rewrites them; read the diff.
 */

import { expect, test } from 'vitest';
import { ruleSetOf, SCENARIOS, tracerOf } from './scenarios.ts';
import type { Outcome, Packet } from './trace.ts';

const POD = '10.244.0.5';
const OUTSIDE = '192.0.2.4';
const STRANGER = '203.0.113.200';
const NODE_IP = '172.18.0.2';

const PACKETS: Record<string, [string, Packet][]> = {
  'cluster-ip': [
    ['pod to cluster IP, first third', { from: '10.244.0.9', to: '10.96.0.10', port: 80, chances: [0.1] }],
    ['pod to cluster IP, second', { from: '10.244.0.9', to: '10.96.0.10', port: 80, chances: [0.9, 0.2] }],
    ['pod to cluster IP, third', { from: '10.244.0.9', to: '10.96.0.10', port: 80, chances: [0.9, 0.9] }],
    ['pod to itself by way of the service', { from: POD, to: '10.96.0.10', port: 80, chances: [0.1] }],
    ['node to cluster IP', { from: NODE_IP, to: '10.96.0.10', port: 80, isLocal: true }],
    ['another port of the same address', { from: POD, to: '10.96.0.10', port: 81 }],
    ['no endpoints', { from: POD, to: '10.96.0.11', port: 80 }],
    ['no endpoints, from the node', { from: NODE_IP, to: '10.96.0.11', port: 80, isLocal: true }],
    ['DNS by UDP', { from: POD, to: '10.96.0.53', port: 53, protocol: 'udp' }],
    ['DNS by TCP', { from: POD, to: '10.96.0.53', port: 53 }],
  ],
  'node-port-and-affinity': [
    ['outside to node port', { from: OUTSIDE, to: NODE_IP, port: 30080, chances: [0.1] }],
    ['the same client again, other chance', { from: OUTSIDE, to: NODE_IP, port: 30080, chances: [0.9] }],
    ['another client', { from: '192.0.2.5', to: NODE_IP, port: 30080, chances: [0.9] }],
    ['loopback to node port', { from: '127.0.0.1', to: '127.0.0.1', port: 30080, isLocal: true }],
    ['node port without endpoints', { from: OUTSIDE, to: NODE_IP, port: 30081 }],
    ['UDP node port', { from: OUTSIDE, to: NODE_IP, port: 30007, protocol: 'udp' }],
    ['a node port number elsewhere', { from: POD, to: '198.51.100.1', port: 30080 }],
    ['from outside to loopback', { from: OUTSIDE, to: '127.0.0.1', port: 22 }],
  ],
  'traffic-policy-local': [
    ['outside keeps its source', { from: OUTSIDE, to: NODE_IP, port: 30090 }],
    ['outside to the balancer address', { from: OUTSIDE, to: '203.0.113.9', port: 80 }],
    ['pod to the balancer address goes anywhere', { from: '10.244.0.9', to: '203.0.113.9', port: 80, chances: [0.9] }],
    ['node to its node port goes anywhere', { from: NODE_IP, to: NODE_IP, port: 30090, isLocal: true, chances: [0.9] }],
    ['outside, no local endpoint', { from: OUTSIDE, to: NODE_IP, port: 30091 }],
    ['pod, internal policy Local, no local endpoint', { from: POD, to: '10.96.0.21', port: 80 }],
  ],
  'external-addresses': [
    ['external IP', { from: STRANGER, to: '198.51.100.7', port: 443 }],
    ['balancer from an allowed range', { from: OUTSIDE, to: '203.0.113.10', port: 443 }],
    ['balancer from elsewhere', { from: STRANGER, to: '203.0.113.10', port: 443 }],
    ['node port is not bound to the ranges', { from: STRANGER, to: NODE_IP, port: 30443 }],
    ['external IP without endpoints', { from: STRANGER, to: '198.51.100.8', port: 443 }],
  ],
};

for (const scenario of SCENARIOS) {
  test(`rule text: ${scenario.name}`, async () => {
    await expect(ruleSetOf(scenario).encodeDue()).toMatchFileSnapshot(`golden/${scenario.name}.rules`);
  });

  test(`traces: ${scenario.name}`, async () => {
    const tracer = tracerOf(ruleSetOf(scenario));
    const lines = PACKETS[scenario.name]!.map(([what, packet]) => formatTrace(what, packet, tracer.trace(packet)));
    await expect(lines.join('')).toMatchFileSnapshot(`golden/${scenario.name}.traces`);
  });
}

function formatTrace(what: string, packet: Packet, outcome: Outcome): string {
  const source = outcome.isMasqueraded ? ', masqueraded' : '';
  return (
    `${what}\n  ${packet.from} -> ${packet.to}:${packet.port}/${packet.protocol ?? 'tcp'}${packet.isLocal ? ' (from the node)' : ''}\n` +
    `  => ${outcome.to}${source}\n  by ${outcome.path.join(' ')}\n`
  );
}
