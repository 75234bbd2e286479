import { describe, expect, test } from 'vitest';
import { type EnvironmentSources, resolveEnvironment } from '../../../daemon/agent/containers/environment.ts';
import { parseResolvConf, renderHosts, renderResolvConf } from '../../../daemon/agent/containers/files.ts';
import type { Service } from '../../../daemon/kinds/types.generated.ts';
import { makeContainer, makePod } from '../pods/make.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const service = (namespace: string, name: string, clusterIP: string, ports: object[]): Service =>
  ({ metadata: { namespace, name }, spec: { clusterIP, ports } }) as Service;

const sources: EnvironmentSources = {
  configMap: (_, name) => (name === 'conf' ? { data: { a: '1', b: 'two' } } : undefined),
  secret: (_, name) => (name === 'sec' ? { data: { p: base64('geheim') } } : undefined),
  services: () => [
    service('default', 'kubernetes', '10.96.0.1', [{ name: 'https', port: 443, protocol: 'TCP' }]),
    service('default', 'my-db', '10.96.0.9', [{ port: 5432, protocol: 'TCP' }]),
    service('default', 'headless', 'None', [{ port: 1 }]),
  ],
  allocatable: () => ({ cpu: '2', memory: '1Gi' }),
};
const resolve = (container: object, spec: object = {}) => {
  const whole = makeContainer('main', container);
  const pod = makePod({ containers: [whole], ...spec }, { status: { podIP: '10.0.0.5' } });
  return Object.fromEntries(resolveEnvironment(pod, whole, sources));
};

describe('environment', () => {
  test('of services', () => {
    expect(resolve({})).toEqual({
      KUBERNETES_SERVICE_HOST: '10.96.0.1',
      KUBERNETES_SERVICE_PORT: '443',
      KUBERNETES_SERVICE_PORT_HTTPS: '443',
      KUBERNETES_PORT: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
      KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
      KUBERNETES_PORT_443_TCP_PORT: '443',
      KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
      MY_DB_SERVICE_HOST: '10.96.0.9',
      MY_DB_SERVICE_PORT: '5432',
      MY_DB_PORT: 'tcp://10.96.0.9:5432',
      MY_DB_PORT_5432_TCP: 'tcp://10.96.0.9:5432',
      MY_DB_PORT_5432_TCP_PROTO: 'tcp',
      MY_DB_PORT_5432_TCP_PORT: '5432',
      MY_DB_PORT_5432_TCP_ADDR: '10.96.0.9',
    });
    const unlinked = resolve({}, { enableServiceLinks: false });
    expect(unlinked).toHaveProperty('KUBERNETES_SERVICE_HOST');
    expect(unlinked).not.toHaveProperty('MY_DB_SERVICE_HOST');
  });

  test('later sources win and may name earlier variables', () => {
    const found = resolve({
      envFrom: [{ configMapRef: { name: 'conf' } }, { prefix: 'S_', secretRef: { name: 'sec' } }],
      env: [
        { name: 'a', value: '$(a)+$(S_p)+$(KUBERNETES_SERVICE_HOST)+$(later)+$$(a)' },
        { name: 'later', value: 'x' },
        { name: 'ip', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'b', valueFrom: { secretKeyRef: { name: 'sec', key: 'p' } } },
        { name: 'none', valueFrom: { configMapKeyRef: { name: 'missing', key: 'k', optional: true } } },
      ],
    });
    expect(found).toMatchObject({ a: '1+geheim+10.96.0.1+$(later)+$(a)', ip: '10.0.0.5', b: 'geheim' });
    expect(found).not.toHaveProperty('none');
  });

  test.each([
    [{ envFrom: [{ configMapRef: { name: 'nope' } }] }, 'configmap "nope" not found'],
    [{ envFrom: [{ secretRef: { name: 'nope' } }] }, 'secret "nope" not found'],
    [
      { env: [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'conf', key: 'z' } } }] },
      "couldn't find key z in ConfigMap default/conf",
    ],
    [
      { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'sec', key: 'z' } } }] },
      "couldn't find key z in Secret default/sec",
    ],
  ])('says what is missing: %j', (container, message) => {
    expect(() => resolve(container)).toThrow(message);
  });
});

describe('files', () => {
  const settings = {
    servers: ['10.244.0.1'],
    clusterDomain: 'cluster.local',
    hostResolvConf: 'nameserver 192.0.2.53\nsearch example.com.\noptions timeout:1\n',
  };
  const nodeHosts = '127.0.0.1 localhost\n';

  test('hosts of a pod with a subdomain and aliases', () => {
    const pod = makePod({ subdomain: 'db', hostAliases: [{ ip: '192.0.2.9', hostnames: ['a', 'b'] }] });
    const text = renderHosts(pod, ['10.0.0.5'], { clusterDomain: 'cluster.local', nodeHosts });
    expect(text).toContain('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n');
    expect(text).toContain('10.0.0.5\tweb.db.default.svc.cluster.local\tweb\n');
    expect(text).toMatch(/\n# Entries added by HostAliases\.\n192\.0\.2\.9\ta\tb\n$/);
  });

  test('hosts of a pod on the host’s network are the host’s', () => {
    const pod = makePod({ hostNetwork: true });
    const text = renderHosts(pod, ['192.0.2.1'], { clusterDomain: 'cluster.local', nodeHosts });
    expect(text).toBe(`# Kubernetes-managed hosts file (host network).\n${nodeHosts}`);
  });

  test.each([
    [
      'ClusterFirst',
      false,
      'search default.svc.cluster.local svc.cluster.local cluster.local example.com\nnameserver 10.244.0.1\noptions ndots:5\n',
    ],
    ['ClusterFirst', true, 'search example.com\nnameserver 192.0.2.53\noptions timeout:1\n'],
    [
      'ClusterFirstWithHostNet',
      true,
      'search default.svc.cluster.local svc.cluster.local cluster.local example.com\nnameserver 10.244.0.1\noptions ndots:5\n',
    ],
    ['Default', false, 'search example.com\nnameserver 192.0.2.53\noptions timeout:1\n'],
    ['None', false, ''],
  ])('resolver under %s, hostNetwork %s', (dnsPolicy, hostNetwork, text) => {
    expect(renderResolvConf(makePod({ dnsPolicy, hostNetwork }), settings)).toBe(text);
  });

  test('dnsConfig is merged, and cut to what resolvers take', () => {
    const dnsConfig = {
      nameservers: ['10.244.0.1', '1.1.1.1', '2.2.2.2', '3.3.3.3'],
      searches: ['example.com', 'more.example.com'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    };
    const text = renderResolvConf(makePod({ dnsConfig }), settings);
    expect(parseResolvConf(text)).toEqual({
      servers: ['10.244.0.1', '1.1.1.1', '2.2.2.2'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com', 'more.example.com'],
      options: ['ndots:2', 'edns0'],
    });
  });
});
