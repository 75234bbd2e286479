import { describe, expect, it } from 'vitest';
import { imageTag } from '../../../daemon/kinds/common/pod/defaults.ts';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { create, kindOf } from '../support/admit.ts';
import { containerBody, podBody } from '../support/expect.ts';

const kind = kindOf('', 'v1', 'Pod');
const made = (body: Pod) => create(kind, body).object as Pod;

describe('image tags', () => {
  it.each([
    ['nginx', 'latest'],
    ['nginx:latest', 'latest'],
    ['nginx:1.2', '1.2'],
    ['localhost:5000/a/b', 'latest'],
    ['localhost:5000/a/b:x', 'x'],
    [`nginx@sha256:${'a'.repeat(64)}`, ''],
    [`nginx:1@sha256:${'a'.repeat(64)}`, '1'],
    ['registry.example/app:1', '1'],
    [' x ', ''],
    ['UPPER/lower', 'latest'],
    ['a/UPPER', ''],
    ['', ''],
    ['0'.repeat(64), ''],
    ['0'.repeat(63), 'latest'],
    [`${'a-'.repeat(5000)}!`, ''],
  ])('%s has tag %j', (image, tag) => {
    expect(imageTag(image)).toBe(tag);
  });
});

describe('a Pod is given', () => {
  it('the usual specification', () => {
    expect(made(podBody()).spec).toEqual({
      containers: [
        {
          name: 'c',
          image: 'registry.example/app:1',
          imagePullPolicy: 'IfNotPresent',
          resources: {},
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ],
      dnsPolicy: 'ClusterFirst',
      enableServiceLinks: true,
      restartPolicy: 'Always',
      schedulerName: 'default-scheduler',
      securityContext: {},
      terminationGracePeriodSeconds: 30,
    });
  });

  it('the pull policy that its tag asks for', () => {
    const policy = (image: string) => made(containerBody({ image })).spec!.containers[0]!.imagePullPolicy;
    expect([policy('a'), policy('a:latest'), policy('a:1')]).toEqual(['Always', 'Always', 'IfNotPresent']);
  });

  it('requests from its limits, canonical and to a thousandth', () => {
    const limits = { cpu: '1000m', memory: '1024Mi' };
    const { resources } = made(containerBody({ resources: { limits, requests: { cpu: '0.10005' } } })).spec!
      .containers[0]!;
    expect(resources).toEqual({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '101m', memory: '1Gi' } });
  });

  it("its probes' numbers, its ports' protocol and its sources' versions", () => {
    const [container] = made(
      containerBody({
        ports: [{ containerPort: 80 }],
        livenessProbe: { httpGet: { port: 80 } },
        startupProbe: { grpc: { port: 1 } },
        env: [
          { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'B', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        ],
      }),
    ).spec!.containers;
    const numbers = { failureThreshold: 3, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 };
    expect(container!.ports).toEqual([{ containerPort: 80, protocol: 'TCP' }]);
    expect(container!.livenessProbe).toEqual({ httpGet: { path: '/', port: 80, scheme: 'HTTP' }, ...numbers });
    expect(container!.startupProbe).toEqual({ grpc: { port: 1, service: '' }, ...numbers });
    expect(container!.env?.[0]?.valueFrom).toEqual({ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } });
    expect(container!.env?.[1]?.valueFrom).toEqual({ resourceFieldRef: { divisor: '0', resource: 'limits.cpu' } });
  });

  it("its volumes' modes and kinds", () => {
    const volumes = [
      { name: 'none' },
      { name: 's', secret: { secretName: 's' } },
      { name: 'h', hostPath: { path: '/h' } },
      { name: 'p', projected: { sources: [{ serviceAccountToken: { path: 't' } }, { downwardAPI: { items: [] } }] } },
    ];
    expect(made(podBody({ volumes })).spec!.volumes).toMatchObject([
      { name: 'none', emptyDir: {} },
      { name: 's', secret: { secretName: 's', defaultMode: 420 } },
      { name: 'h', hostPath: { path: '/h', type: '' } },
      {
        name: 'p',
        projected: { defaultMode: 420, sources: [{ serviceAccountToken: { expirationSeconds: 3600 } }, {}] },
      },
    ]);
  });

  it('host ports where it shares the host network, and one name for its account', () => {
    const spec = made(containerBody({ ports: [{ containerPort: 80 }] }, { hostNetwork: true, serviceAccount: 'sa' }))
      .spec!;
    expect(spec.containers[0]!.ports).toEqual([{ containerPort: 80, hostPort: 80, protocol: 'TCP' }]);
    expect(spec).toMatchObject({ serviceAccount: 'sa', serviceAccountName: 'sa' });
  });

  it('a status of its own, whatever it brought', () => {
    const body = { ...podBody(), status: { phase: 'Running', podIP: '1.2.3.4' } };
    expect(made(body).status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
    const gated = made(podBody({ schedulingGates: [{ name: 'a.b/c' }] }));
    expect(gated.status?.conditions?.[0]).toMatchObject({ type: 'PodScheduled', reason: 'SchedulingGated' });
  });

  it('its quality of service', () => {
    const qos = (resources: object) => made(containerBody({ resources })).status?.qosClass;
    expect(qos({})).toBe('BestEffort');
    expect(qos({ requests: { cpu: '1' } })).toBe('Burstable');
    expect(qos({ limits: { cpu: '1', memory: '1Gi' } })).toBe('Guaranteed');
    expect(qos({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } })).toBe('Burstable');
    expect(qos({ requests: { 'example.com/gpu': '1' }, limits: { 'example.com/gpu': '1' } })).toBe('BestEffort');
  });

  it('expressions for the label keys of its affinity', () => {
    const term = { topologyKey: 'zone', labelSelector: {}, matchLabelKeys: ['a'], mismatchLabelKeys: ['b', 'absent'] };
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
    const pod = made(podBody({ affinity }, { labels: { a: '1', b: '2' } }));
    const [resolved] = pod.spec!.affinity!.podAffinity!.requiredDuringSchedulingIgnoredDuringExecution!;
    expect(resolved!.labelSelector!.matchExpressions).toEqual([
      { key: 'a', operator: 'In', values: ['1'] },
      { key: 'b', operator: 'NotIn', values: ['2'] },
    ]);
  });
});
