/** Which endpoints take traffic, and which UDP flows must go when they change. */

import { expect, test } from 'vitest';
import { decideFlowDeletions } from '../../daemon/proxy/conntrack.ts';
import { chooseEndpoints, readEndpoints } from '../../daemon/proxy/endpoints.ts';
import { renderService } from '../../daemon/proxy/render-service.ts';
import { readServicePorts } from '../../daemon/proxy/service-ports.ts';
import { type EndpointInput, NODE, SETTINGS, service, slice } from './objects.ts';

function choose(endpoints: EndpointInput[], spec = {}, node: { nodeName: string; zone: string | undefined } = NODE) {
  const port = readServicePorts(service('web', spec)).ports[0]!;
  const choice = chooseEndpoints(readEndpoints(port, [slice('web', endpoints)], node), port, node);
  const ips = (list: readonly { address: string }[]) =>
    list.map((endpoint) => endpoint.address.split('.')[3]).join(' ');
  return { cluster: ips(choice.cluster), local: ips(choice.local), hasAny: choice.hasAny };
}

const READY = { ip: '10.244.0.1' };
const DRAINING = { ip: '10.244.0.2', ready: false, serving: true, terminating: true };
const STARTING = { ip: '10.244.0.3', ready: false };
const DEAD = { ip: '10.244.0.4', ready: false, serving: false, terminating: true };

test('ready endpoints take traffic; when there is none, those that serve while terminating', () => {
  expect(choose([READY, DRAINING, STARTING, DEAD])).toEqual({ cluster: '1', local: '', hasAny: true });
  expect(choose([DRAINING, STARTING, DEAD])).toEqual({ cluster: '2', local: '', hasAny: true });
  expect(choose([STARTING, DEAD])).toEqual({ cluster: '', local: '', hasAny: false });
});

test('policy Local: this node’s, with the same fallback; traffic from within the cluster still goes anywhere', () => {
  const away = { ip: '10.244.1.9', node: 'n2' };
  expect(choose([READY, away], { internalTrafficPolicy: 'Local' })).toEqual({ cluster: '', local: '1', hasAny: true });
  expect(choose([DRAINING, away], { internalTrafficPolicy: 'Local' })).toEqual({
    cluster: '',
    local: '2',
    hasAny: true,
  });
  const external = { type: 'NodePort', externalTrafficPolicy: 'Local', ports: [{ port: 80, nodePort: 30000 }] };
  expect(choose([READY, away], external)).toEqual({ cluster: '1 9', local: '1', hasAny: true });
  expect(choose([away], external)).toEqual({ cluster: '9', local: '', hasAny: true });
});

test('zone hints count only when every ready endpoint has them and one is for this zone', () => {
  const node = { nodeName: 'n1', zone: 'east' };
  const east = { ip: '10.244.0.1', zones: ['east'] };
  const west = { ip: '10.244.0.2', zones: ['west'] };
  expect(choose([east, west], {}, node).cluster).toBe('1');
  expect(choose([east, { ip: '10.244.0.2' }], {}, node).cluster).toBe('1 2');
  expect(choose([west], {}, node).cluster).toBe('2');
  expect(choose([east, west]).cluster).toBe('1 2');
});

test('an endpoint in two slices counts once, as ready if one says so', () => {
  const port = readServicePorts(service('web', {})).ports[0]!;
  const slices = [slice('web', [{ ...STARTING }], undefined, 'a'), slice('web', [{ ip: STARTING.ip }], undefined, 'b')];
  expect(readEndpoints(port, slices, NODE)).toMatchObject([{ address: '10.244.0.3', ready: true }]);
});

const flows = (ips: string[], protocol = 'UDP') => {
  const ports = [{ port: 53, nodePort: 30053, protocol }];
  const object = service('dns', { type: 'NodePort', clusterIP: '10.96.0.53', ports });
  return renderService(object, [slice('dns', ips, [{ port: 5353, protocol }])], NODE, SETTINGS).flows;
};
const text = (before: ReturnType<typeof flows>, after: ReturnType<typeof flows>) =>
  decideFlowDeletions(before, after).map((words) => words.slice(5).join(' '));

test('flows of a removed UDP endpoint go; the first endpoint clears what went nowhere; TCP needs nothing', () => {
  expect(text(flows(['10.244.0.1', '10.244.0.2']), flows(['10.244.0.2']))).toEqual([
    '--orig-dst 10.96.0.53 --orig-port-dst 53 --dst-nat 10.244.0.1',
    '--orig-port-dst 30053 --dst-nat 10.244.0.1',
  ]);
  expect(text(flows([]), flows(['10.244.0.1']))).toEqual([
    '--orig-dst 10.96.0.53 --orig-port-dst 53',
    '--orig-port-dst 30053',
  ]);
  expect(text(flows(['10.244.0.1']), new Map())).toHaveLength(2);
  expect(text(flows(['10.244.0.1']), flows(['10.244.0.1', '10.244.0.2']))).toEqual([]);
  expect(text(flows(['10.244.0.1'], 'TCP'), flows([], 'TCP'))).toEqual([]);
});
