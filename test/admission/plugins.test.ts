/** The built-in plugins, each by what it lets through, changes and refuses. */

import { describe, expect, it } from 'vitest';
import { admitDelete } from '../../daemon/admission/admit-delete.ts';
import { admitObject } from '../../daemon/admission/admit-object.ts';
import { checkMountableSecrets } from '../../daemon/admission/plugins/mountable-secrets.ts';
import type { JsonObject, KubeObject } from '../../daemon/base/object.ts';
import { forbidden } from '../../daemon/base/status.ts';
import type { Resource } from '../../daemon/kinds/resource.ts';
import {
  CERTIFICATE_SIGNING_REQUESTS,
  CONFIG_MAPS,
  NAMESPACES,
  NODES,
  POD_DISRUPTION_BUDGETS,
  PODS,
  PRIORITY_CLASSES,
  ROLES,
} from '../../daemon/kinds/resources.ts';
import type { Node, Pod } from '../../daemon/kinds/types.generated.ts';
import { ADMIN, account, createEnvironment, namespace, registry } from './support.ts';

const kindOf = ({ group, version, plural }: Resource) => registry.byResource(group, version, plural)!;

function admitPod(spec: object = {}, options: { objects?: KubeObject[]; annotations?: object; old?: Pod } = {}) {
  const object = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', ...(options.annotations ? { annotations: options.annotations } : {}) },
    spec: { containers: [{ name: 'c', image: 'i:1' }], ...spec },
  };
  const result = admitObject(createEnvironment(options.objects), {
    kind: kindOf(PODS),
    operation: 'create',
    subresource: '',
    user: ADMIN,
    namespace: 'default',
    name: undefined,
    object: structuredClone(object),
    fieldValidation: 'Strict',
  });
  return { ...result, pod: result.object as Pod, message: result.error?.message };
}

describe('Priority', () => {
  it('gives each pod the number of its class', () => {
    expect(admitPod().pod.spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    const critical = admitPod({ priorityClassName: 'system-node-critical' });
    expect(critical.pod.spec?.priority).toBe(2_000_001_000);
  });

  it('refuses numbers by hand and classes that do not exist', () => {
    expect(admitPod({ priority: 5 }).message).toBe(
      'pods "p" is forbidden: the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    );
    expect(admitPod({ priority: 0 }).message).toBeUndefined();
    expect(admitPod({ preemptionPolicy: '' }).message).toBe(
      'pods "p" is forbidden: the string value of PreemptionPolicy () must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    );
    expect(admitPod({ priorityClassName: 'fast' }).message).toBe(
      'pods "p" is forbidden: no PriorityClass with name fast was found',
    );
  });
});

it('ServiceAccount asks for none by what is no name', () => {
  expect(admitPod({ serviceAccountName: 'a/b' }).message).toBe(
    `pods "p" is forbidden: error looking up service account default/a/b: invalid resource name "a/b": [may not contain '/']`,
  );
  expect(admitPod({ serviceAccountName: 'a"b' }).message).toBe(
    'pods "p" is forbidden: error looking up service account default/a"b: serviceaccount "a\\"b" not found',
  );
});

it('what may not be granted is refused before what is wrong with it', () => {
  const result = admitObject(createEnvironment(), {
    kind: kindOf(ROLES),
    operation: 'create',
    subresource: '',
    user: ADMIN,
    namespace: 'default',
    name: undefined,
    object: { metadata: { name: 'r' }, rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
    fieldValidation: 'Strict',
    checkGrant: ({ metadata }) => {
      throw forbidden({ group: 'rbac.authorization.k8s.io', resource: 'roles' }, metadata?.name ?? '', 'not held');
    },
  });
  expect(result.error).toMatchObject({
    code: 403,
    message: 'roles.rbac.authorization.k8s.io "r" is forbidden: not held',
  });
});

it('what is wrong with the metadata of a budget is told when nothing else is wrong', () => {
  const judge = (spec: object) =>
    admitObject(createEnvironment(), {
      kind: kindOf(POD_DISRUPTION_BUDGETS),
      operation: 'create',
      subresource: '',
      user: ADMIN,
      namespace: 'default',
      name: undefined,
      object: { metadata: { name: 'b', labels: { a: '-' } }, spec } as JsonObject,
      fieldValidation: 'Strict',
    }).problems.map(({ fieldPath }) => fieldPath);
  expect(judge({ minAvailable: -1 })).toEqual(['spec.minAvailable']);
  expect(judge({ minAvailable: 1 })).toEqual(['metadata.labels']);
});

it('what is wrong with the name of a CertificateSigningRequest is told when nothing else is wrong', () => {
  const pem = '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n';
  const judge = (usages: string[]) =>
    admitObject(createEnvironment(), {
      kind: kindOf(CERTIFICATE_SIGNING_REQUESTS),
      operation: 'create',
      subresource: '',
      user: ADMIN,
      namespace: undefined,
      name: undefined,
      object: {
        metadata: { name: 'a/b' },
        spec: { request: Buffer.from(pem).toString('base64'), signerName: 'example.com/s', usages },
      },
      fieldValidation: 'Strict',
    }).problems.map(({ fieldPath }) => fieldPath);
  expect(judge(['client auth', 'none'])).toEqual(['spec.usages[1]']);
  expect(judge(['client auth'])).toEqual(['metadata.name']);
});

it('RuntimeClass finds none, and no overhead that one would have', () => {
  expect(admitPod({ runtimeClassName: 'sandboxed' }).message).toBe(
    'pods "p" is forbidden: pod rejected: RuntimeClass "sandboxed" not found',
  );
  expect(admitPod({ overhead: { cpu: '1' } }).message).toBe(
    'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  );
});

describe('PriorityClasses', () => {
  const priorityClass = (name: string, value: number, more: object = {}) =>
    ({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name }, value, ...more }) as KubeObject;

  it('number the pods that name them, and the default one those that name none', () => {
    const objects = [
      priorityClass('fast', 100, { preemptionPolicy: 'Never' }),
      priorityClass('usual', 7, { globalDefault: true }),
    ];
    expect(admitPod({ priorityClassName: 'fast' }, { objects }).pod.spec).toMatchObject({
      priority: 100,
      preemptionPolicy: 'Never',
    });
    expect(admitPod({}, { objects }).pod.spec).toMatchObject({ priority: 7, priorityClassName: 'usual' });
  });

  it('know one default', () => {
    const result = admitObject(createEnvironment([priorityClass('usual', 7, { globalDefault: true })]), {
      kind: kindOf(PRIORITY_CLASSES),
      operation: 'create',
      subresource: '',
      user: ADMIN,
      namespace: undefined,
      name: undefined,
      object: structuredClone(priorityClass('other', 1, { globalDefault: true })) as never,
      fieldValidation: 'Strict',
    });
    expect(result.error?.message).toBe(
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    );
  });
});

describe('TaintNodesByCondition', () => {
  const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };
  const admitNode = (taints: object[] | undefined, old?: KubeObject) =>
    admitObject(createEnvironment(), {
      kind: kindOf(NODES),
      operation: old ? 'update' : 'create',
      subresource: '',
      user: ADMIN,
      namespace: undefined,
      name: old ? 'n' : undefined,
      object: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: 'n' },
        ...(taints ? { spec: { taints } } : {}),
      } as never,
      ...(old ? { old } : {}),
      fieldValidation: 'Strict',
    }).object as Node;

  it('taints a new node, once, after its own taints', () => {
    const own = { key: 'a', value: 'b', effect: 'NoExecute' };
    expect(admitNode(undefined).spec?.taints).toEqual([notReady]);
    expect(admitNode([own]).spec?.taints).toEqual([own, notReady]);
    expect(admitNode([notReady]).spec?.taints).toEqual([notReady]);
  });

  it('leaves a node that is there', () => {
    const made = admitNode(undefined);
    const live = { ...made, metadata: { ...made.metadata, resourceVersion: '1' } } as KubeObject;
    expect(admitNode([], live).spec?.taints ?? []).toEqual([]);
  });
});

describe('DefaultTolerationSeconds', () => {
  it('adds what the pod does not say itself', () => {
    const own = { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 5 };
    expect(
      admitPod({ tolerations: [own] }).pod.spec?.tolerations?.map(({ tolerationSeconds }) => tolerationSeconds),
    ).toEqual([5, 300]);
    expect(admitPod({ tolerations: [{ operator: 'Exists' }] }).pod.spec?.tolerations).toHaveLength(1);
  });
});

describe('ServiceAccount', () => {
  it('mounts the token where nothing else is mounted', () => {
    const mount = { name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    const spec = {
      volumes: [{ name: 'own', emptyDir: {} }],
      containers: [
        { name: 'a', image: 'i', volumeMounts: [mount] },
        { name: 'b', image: 'i' },
      ],
      initContainers: [{ name: 'i', image: 'i' }],
    };
    const { pod } = admitPod(spec);
    expect(pod.spec?.containers[0]?.volumeMounts).toEqual([mount]);
    expect(pod.spec?.containers[1]?.volumeMounts).toHaveLength(1);
    expect(pod.spec?.initContainers?.[0]?.volumeMounts).toHaveLength(1);
    expect(pod.spec?.volumes?.[1]?.projected).toMatchObject({
      defaultMode: 420,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt' } },
        { downwardAPI: { items: [{ path: 'namespace' }] } },
      ],
    });
  });

  it('mounts none when the pod, or else its account, does not want it', () => {
    expect(admitPod({ automountServiceAccountToken: false }).pod.spec?.volumes).toBeUndefined();
    const quiet = account('quiet', 'default', { automountServiceAccountToken: false });
    const of = (spec: object) => admitPod({ serviceAccountName: 'quiet', ...spec }, { objects: [quiet] }).pod.spec;
    expect(of({})?.volumes).toBeUndefined();
    expect(of({ automountServiceAccountToken: true })?.volumes).toHaveLength(1);
  });

  it('hands on pull secrets to a pod that has none', () => {
    const robot = account('robot', 'default', { imagePullSecrets: [{ name: 'registry' }] });
    const of = (spec: object) => admitPod({ serviceAccountName: 'robot', ...spec }, { objects: [robot] }).pod.spec;
    expect(of({})?.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(of({ imagePullSecrets: [{ name: 'own' }] })?.imagePullSecrets).toEqual([{ name: 'own' }]);
  });

  it('keeps pods to the secrets of an account that says so', () => {
    const robot = (value: string) => {
      const object = account('robot', 'default', {
        secrets: [{ name: 'own' }],
        imagePullSecrets: [{ name: 'registry' }],
      });
      const annotations = { 'kubernetes.io/enforce-mountable-secrets': value };
      return { ...object, metadata: { ...object.metadata, annotations } };
    };
    const of = (spec: object, value = 'true') =>
      admitPod({ serviceAccountName: 'robot', ...spec }, { objects: [robot(value)] }).message;
    const because = 'is not allowed because service account robot does not reference that secret';
    const volumes = (secretName: string) => ({ volumes: [{ name: 's', secret: { secretName } }] });
    expect(of(volumes('own'))).toBeUndefined();
    expect(of(volumes('other'))).toContain(`volume with secret.secretName="other" ${because}`);
    expect(of(volumes('other'), 'false')).toBeUndefined();
    const env = [{ name: 'E', valueFrom: { secretKeyRef: { name: 'other', key: 'k' } } }];
    const envFrom = [{ secretRef: { name: 'other' } }];
    const container = (more: object) => [{ name: 'c', image: 'i', ...more }];
    expect(of({ containers: container({ env }) })).toContain(
      `container c with envVar E referencing secret.secretName="other" ${because}`,
    );
    expect(of({ containers: container({ envFrom }) })).toContain(
      `container c with envFrom referencing secret.secretName="other" ${because}`,
    );
    expect(of({ initContainers: container({ envFrom }), containers: [{ name: 'd', image: 'i' }] })).toContain(
      `init container c with envFrom referencing secret.secretName="other" ${because}`,
    );
    expect(of({})).toBeUndefined();
    expect(of({ imagePullSecrets: [{ name: 'mine' }] })).toContain(
      'imagePullSecrets[0].name="mine" is not allowed because service account robot does not reference that imagePullSecret',
    );
  });

  it('and ephemeral containers, too', () => {
    const object = account('robot', 'default');
    const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };
    const robot = { ...object, metadata: { ...object.metadata, annotations } };
    const envFrom = [{ secretRef: { name: 'other' } }];
    const pod = { spec: { containers: [{ name: 'c' }], ephemeralContainers: [{ name: 'e', envFrom }] } };
    expect(checkMountableSecrets(pod as Pod, robot, true)?.why).toBe(
      'ephemeral container e with envFrom referencing secret.secretName="other" is not allowed because service account robot does not reference that secret',
    );
  });

  it('keeps mirror pods from anything secret', () => {
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    expect(admitPod({ serviceAccountName: 'default' }, { annotations }).message).toContain(
      'a mirror pod may not reference service accounts',
    );
    const volumes = [{ name: 's', secret: { secretName: 's' } }];
    expect(admitPod({ volumes }, { annotations }).message).toContain('a mirror pod may not reference secrets');
    const plain = admitPod({ nodeName: 'n1' }, { annotations });
    expect(plain.message).toBeUndefined();
    expect(plain.pod.spec?.volumes).toBeUndefined();
  });
});

describe('NamespaceLifecycle', () => {
  const configMap = (of: string, operation: 'create' | 'update' = 'create') =>
    admitObject(createEnvironment([namespace('going', 'Terminating')]), {
      kind: kindOf(CONFIG_MAPS),
      operation,
      subresource: '',
      user: ADMIN,
      namespace: of,
      name: 'a',
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'a', resourceVersion: operation === 'update' ? '1' : undefined },
      },
      ...(operation === 'update' ? { old: { metadata: { name: 'a', namespace: of, resourceVersion: '1' } } } : {}),
      fieldValidation: 'Strict',
    });

  it('lets nothing new into a namespace that goes, but lets what is there change', () => {
    expect(configMap('default').error).toBeUndefined();
    expect(configMap('going').error).toMatchObject({ code: 403 });
    expect(configMap('going', 'update').error).toBeUndefined();
    expect(configMap('nowhere').error).toMatchObject({ code: 404 });
  });

  it('protects the cluster’s own namespaces', async () => {
    const verdict = (name: string) =>
      admitDelete(createEnvironment(), { kind: kindOf(NAMESPACES), key: { name }, user: ADMIN, live: namespace(name) });
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
      expect((await verdict(name))?.message).toBe(
        `namespaces "${name}" is forbidden: this namespace may not be deleted`,
      );
    expect(await verdict('apps')).toBeUndefined();
    const other = {
      kind: kindOf(CONFIG_MAPS),
      key: { namespace: 'gone', name: 'default' },
      user: ADMIN,
      live: undefined,
    };
    expect(await admitDelete(createEnvironment(), other)).toBeUndefined();
  });
});
