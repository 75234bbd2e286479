/** Custom kinds with the clients that people use: kubectl, git, and an operator written with @kubernetes/client-node. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AppsV1Api,
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';
import { startWebhookServer } from '../support/webhook-server.ts';

const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: backups.ops.example.com
spec:
  group: ops.example.com
  scope: Namespaced
  names: {plural: backups, kind: Backup, shortNames: [bk], categories: [all]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources:
        status: {}
        scale: {specReplicasPath: .spec.copies, statusReplicasPath: .status.copies}
      additionalPrinterColumns:
        - {name: Schedule, type: string, jsonPath: .spec.schedule}
        - {name: Copies, type: integer, jsonPath: .spec.copies, priority: 1}
        - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
      schema:
        openAPIV3Schema:
          type: object
          description: A backup of a volume.
          properties:
            spec:
              type: object
              required: [schedule]
              x-kubernetes-validations:
                - {rule: 'self.copies <= 5', message: at most five copies}
              properties:
                schedule: {type: string, description: 'When it runs, as in cron.', pattern: '^\\S+ \\S+ \\S+ \\S+ \\S+$'}
                copies: {type: integer, default: 1, minimum: 0}
            status:
              type: object
              properties:
                copies: {type: integer}
                conditions:
                  type: array
                  items:
                    type: object
                    properties: {type: {type: string}, status: {type: string}}
    - name: v1beta1
      served: true
      storage: false
      deprecated: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`;

const backup = (name: string, more = '') => `apiVersion: ops.example.com/v1
kind: Backup
metadata: {name: ${name}, namespace: team}
spec: {schedule: '0 3 * * *'${more}}
`;

describe.skipIf(SKIP_E2E)('custom kinds', () => {
  let host: RefletHost;
  beforeAll(async () => {
    host = await startReflet({ port: 16461, args: ['--no-demonstration'] });
    await host.must('create', 'namespace', 'team');
  });
  afterAll(() => host?.close(), 60_000);

  const apply = async (text: string, ...args: string[]) => {
    const { stdout, stderr, exitCode } = await host.kubectlWithInput(text, 'apply', '-f', '-', ...args);
    if (exitCode !== 0) throw new Error(stderr);
    return `${stdout}${stderr}`;
  };

  it('are there right after their definition', async () => {
    expect(await apply(CRD)).toContain('customresourcedefinition.apiextensions.k8s.io/backups.ops.example.com created');
    await host.must('wait', '--for=condition=Established', 'crd/backups.ops.example.com', '--timeout=100s');
    expect(await apply(backup('nightly'))).toContain('backup.ops.example.com/nightly created');
    expect(await host.must('api-resources', '--api-group=ops.example.com')).toMatch(
      /backups\s+bk\s+ops\.example\.com\/v1\s+true\s+Backup/,
    );
  });

  it('are shown, explained and refused as kubectl shows, explains and refuses', async () => {
    expect((await host.must('get', 'bk', '-n', 'team')).split('\n')[0]).toMatch(/^NAME\s+SCHEDULE\s+READY\s+AGE$/);
    expect(await host.must('get', 'bk', '-n', 'team', '-o', 'wide')).toMatch(/nightly\s+0 3 \* \* \*\s+1\s/);
    expect(await host.must('explain', 'backup.spec')).toContain('When it runs, as in cron.');
    expect(await host.must('explain', 'backup')).toContain('A backup of a volume.');
    const wrong = await host.kubectlWithInput(backup('wrong', ', copies: 9'), 'create', '-f', '-');
    expect(wrong.stderr).toContain('spec: Invalid value: "object": at most five copies');
    const unknown = await host.kubectlWithInput(backup('wrong', ', foo: 1'), 'create', '-f', '-');
    expect(unknown.stderr).toContain('strict decoding error: unknown field "spec.foo"');
    const old = await host.kubectl('get', 'backups.v1beta1.ops.example.com', '-n', 'team');
    expect(old.stderr).toContain('ops.example.com/v1beta1 Backup is deprecated; use ops.example.com/v1 Backup');
  });

  it('are patched, scaled, waited for and deleted', async () => {
    await host.must('patch', 'bk/nightly', '-n', 'team', '--type=merge', '-p', '{"spec":{"copies":2}}');
    await host.must('scale', 'bk/nightly', '-n', 'team', '--replicas=3');
    expect(
      await host.must('get', 'bk/nightly', '-n', 'team', '-o', 'jsonpath={.spec.copies} {.metadata.generation}'),
    ).toBe('3 3');
    const status = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}';
    await host.must('patch', 'bk/nightly', '-n', 'team', '--subresource=status', '--type=merge', '-p', status);
    await host.must('wait', '--for=condition=Ready', 'bk/nightly', '-n', 'team', '--timeout=100s');
    expect(await host.must('get', 'all', '-n', 'team')).toContain('backup.ops.example.com/nightly');
    await host.must('delete', 'bk/nightly', '-n', 'team');
    const strategic = await host.kubectl('patch', 'bk/x', '-n', 'team', '--type=strategic', '-p', '{}');
    expect(strategic.exitCode).not.toBe(0);
  });

  it('come from git, definition and objects in one commit', async () => {
    const clone = await host.clone('crs');
    const gadget = CRD.replaceAll('backups', 'gadgets').replaceAll('Backup', 'Gadget').replace('[bk]', '[gd]');
    const one = `apiVersion: ops.example.com/v1\nkind: Gadget\nmetadata: {name: one, namespace: default}\nspec: {schedule: '0 3 * * *', copies: 1}\n`;
    await writeFile(join(clone.folder, 'z-crd.yaml'), gadget);
    await writeFile(join(clone.folder, 'a-one.yaml'), one);
    await clone.git('add', '-A');
    await clone.git('commit', '-qm', 'gadgets');
    const pushed = await clone.push();
    expect(pushed.stderr).toContain('gadget default/one created');
    expect(pushed.exitCode).toBe(0);
    await waitFor('the gadget', async () => (await host.must('get', 'gadgets', '-n', 'default')).includes('one'));
    await writeFile(join(clone.folder, 'a-one.yaml'), one.replace("'0 3 * * *'", 'never'));
    await clone.git('commit', '-qam', 'wrong');
    expect((await clone.push()).stderr.replaceAll(/\s*\nremote: /g, ' ')).toContain(
      'a-one.yaml:4:8: gadget default/one: spec.schedule: Invalid value: "never": spec.schedule in body should match \'^\\S+ \\S+ \\S+ \\S+ \\S+$\'',
    );
    await clone.git('reset', '-q', '--hard', 'HEAD~1');
    await host.must('scale', 'gadget/one', '-n', 'default', '--replicas=2');
    await waitFor(
      'the scale in its file',
      async () => {
        await clone.git('pull', '-q', '--rebase', 'origin', 'main');
        return (await clone.git('show', 'HEAD:a-one.yaml')).stdout.includes('copies: 2');
      },
      10_000,
    );
    await host.crash();
    await host.startAgain();
    await waitFor('the gadget after a restart', async () =>
      (await host.must('get', 'gadgets', '-n', 'default')).includes('one'),
    );
    await clone.git('rm', '-q', 'a-one.yaml', 'z-crd.yaml');
    await clone.git('commit', '-qm', 'no gadgets\n\nReflet-Confirm: prune');
    expect((await clone.push()).exitCode).toBe(0);
    await waitFor('no definition', async () => !(await host.must('get', 'crd')).includes('gadgets'));
  });

  it('are run by an operator', async () => {
    const operator = await startOperator(join(host.dataDir, 'admin.kubeconfig'));
    try {
      await apply(backup('hourly', ', copies: 2'));
      await waitFor('its deployment', async () =>
        (await host.must('get', 'deployment', '-n', 'team')).includes('backup-hourly'),
      );
      await waitFor(
        'its status',
        async () => (await host.must('get', 'bk/hourly', '-n', 'team', '-o', 'jsonpath={.status.copies}')) === '2',
      );
      await host.must('delete', 'bk/hourly', '-n', 'team', '--timeout=100s');
      expect(operator.finalized).toEqual(['hourly']);
      await waitFor(
        'its deployment gone',
        async () => !(await host.must('get', 'deployment', '-n', 'team')).includes('backup-hourly'),
      );
    } finally {
      await operator.stop();
    }
  });

  it('are converted by a webhook', async () => {
    const hook = await startWebhookServer();
    hook.answer = (request) => ({ status: 200, text: JSON.stringify(convertTapes(request as never)) });
    try {
      await apply(tapes(hook.url('/convert'), hook.caBundle));
      await host.must('wait', '--for=condition=Established', 'crd/tapes.ops.example.com', '--timeout=100s');
      await apply(
        `apiVersion: ops.example.com/v2\nkind: Tape\nmetadata: {name: t, namespace: team}\nspec: {sizeBytes: 2048}\n`,
      );
      const read = (version: string) =>
        host.must('get', `tapes.${version}.ops.example.com/t`, '-n', 'team', '-o', 'jsonpath={.apiVersion} {.spec}');
      expect(await read('v1')).toBe('ops.example.com/v1 {"kilobytes":2}');
      expect(await read('v2')).toBe('ops.example.com/v2 {"sizeBytes":2048}');
      await host.must(
        'patch',
        'tapes.v1.ops.example.com/t',
        '-n',
        'team',
        '--type=merge',
        '-p',
        '{"spec":{"kilobytes":3}}',
      );
      expect(await read('v2')).toBe('ops.example.com/v2 {"sizeBytes":3072}');
      expect(await host.must('get', 'tapes.v2.ops.example.com', '-n', 'team', '-o', 'name')).toContain(
        'tape.ops.example.com/t',
      );
    } finally {
      await hook.close();
    }
    const broken = await host.kubectl('get', 'tapes.v1.ops.example.com/t', '-n', 'team');
    expect(broken.exitCode).toBe(0);
    await apply(
      `apiVersion: ops.example.com/v1\nkind: Tape\nmetadata: {name: t, namespace: team}\nspec: {kilobytes: 4}\n`,
    );
    const unconverted = await host.kubectl('get', 'tapes.v2.ops.example.com/t', '-n', 'team');
    expect(unconverted.stderr).toContain(
      'conversion webhook for ops.example.com/v1, Kind=Tape failed: Post "https://127.0.0.1:',
    );
  });

  it('go with their definition', async () => {
    await apply(backup('last'));
    await host.must('delete', 'crd', 'backups.ops.example.com', '--timeout=100s');
    const gone = await host.kubectl('get', 'backups.ops.example.com', '-n', 'team');
    expect(gone.stderr).toContain('the server doesn\'t have a resource type "backups"');
    await apply(CRD);
    await host.must('wait', '--for=condition=Established', 'crd/backups.ops.example.com', '--timeout=100s');
    expect((await host.kubectl('get', 'bk', '-n', 'team')).stderr).toContain('No resources found');
  });
});

const tapes = (url: string, caBundle: string): string =>
  JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'tapes.ops.example.com' },
    spec: {
      group: 'ops.example.com',
      scope: 'Namespaced',
      names: { plural: 'tapes', kind: 'Tape' },
      conversion: {
        strategy: 'Webhook',
        webhook: { clientConfig: { url, caBundle }, conversionReviewVersions: ['v1'] },
      },
      versions: ['v1', 'v2'].map((name) => ({
        name,
        served: true,
        storage: name === 'v1',
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { [name === 'v1' ? 'kilobytes' : 'sizeBytes']: { type: 'integer' } },
              },
            },
          },
        },
      })),
    },
  });

interface Tape {
  apiVersion: string;
  spec: { kilobytes?: number; sizeBytes?: number };
}

function convertTapes({
  uid,
  desiredAPIVersion,
  objects,
}: {
  uid: string;
  desiredAPIVersion: string;
  objects: Tape[];
}) {
  const convertedObjects = objects.map(({ spec, ...rest }) => ({
    ...rest,
    apiVersion: desiredAPIVersion,
    spec: desiredAPIVersion.endsWith('v2')
      ? { sizeBytes: spec.kilobytes! * 1024 }
      : { kilobytes: spec.sizeBytes! / 1024 },
  }));
  return {
    kind: 'ConversionReview',
    apiVersion: 'apiextensions.k8s.io/v1',
    response: { uid, result: { status: 'Success' }, convertedObjects },
  };
}

describe.skipIf(SKIP_E2E)('versions that are gone', () => {
  it('answer 404 with what to use', async () => {
    const host = await startReflet({ port: 16462, args: ['--no-demonstration'] });
    try {
      const raw = await host.kubectl('get', '--raw', '/apis/extensions/v1beta1/namespaces/default/deployments');
      expect(raw.stderr).toContain(
        'the server could not find the requested resource: extensions/v1beta1 Deployment is not served since Kubernetes 1.16: use apps/v1',
      );
      const old = await host.kubectl('get', 'endpointslices.v1beta1.discovery.k8s.io', '-n', 'default');
      expect(old.stderr).toContain(
        'discovery.k8s.io/v1beta1 EndpointSlice is deprecated in v1.21+, unavailable in v1.25+; use discovery.k8s.io/v1 EndpointSlice',
      );
      expect(old.stdout).toContain('kubernetes');
    } finally {
      await host.close();
    }
  });
});

const GROUP = { group: 'ops.example.com', version: 'v1', plural: 'backups' };
const FINALIZER = 'ops.example.com/cleanup';

interface Backup extends KubernetesObject {
  spec: { schedule: string; copies: number };
}

/** As one finds them: an informer, a Deployment with an owner, a status, a finalizer. */
async function startOperator(kubeconfig: string) {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const objects = config.makeApiClient(CustomObjectsApi);
  const apps = config.makeApiClient(AppsV1Api);
  const finalized: string[] = [];
  const list = () =>
    objects.listCustomObjectForAllNamespaces({ ...GROUP, resourcePlural: 'backups' }) as Promise<
      KubernetesListObject<Backup>
    >;
  const informer = makeInformer(config, '/apis/ops.example.com/v1/backups', list);
  const reconcile = async (object: Backup): Promise<void> => {
    const { name = '', namespace = '', uid = '', finalizers = [], deletionTimestamp } = object.metadata ?? {};
    const one = { ...GROUP, namespace, name };
    if (deletionTimestamp) {
      if (!finalizers.includes(FINALIZER)) return;
      finalized.push(name);
      const body = { ...object, metadata: { ...object.metadata, finalizers: [] } };
      await objects.replaceNamespacedCustomObject({ ...one, body });
      return;
    }
    if (!finalizers.includes(FINALIZER)) {
      const body = { ...object, metadata: { ...object.metadata, finalizers: [FINALIZER] } };
      await objects.replaceNamespacedCustomObject({ ...one, body });
      return;
    }
    const labels = { backup: name };
    await apps
      .createNamespacedDeployment({
        namespace,
        body: {
          metadata: {
            name: `backup-${name}`,
            ownerReferences: [
              {
                apiVersion: 'ops.example.com/v1',
                kind: 'Backup',
                name,
                uid,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          },
          spec: {
            replicas: 0,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'example/backup:1' }] } },
          },
        },
      })
      .catch((error: { code?: number }) => {
        if (error.code !== 409) throw error;
      });
    const live = (await objects.getNamespacedCustomObject(one)) as Backup & { status?: { copies?: number } };
    if (live.status?.copies === object.spec.copies) return;
    await objects.replaceNamespacedCustomObjectStatus({
      ...one,
      body: { ...live, status: { copies: object.spec.copies } },
    });
  };
  const failures: unknown[] = [];
  const handle = (object: Backup) => {
    reconcile(object).catch((error: { code?: number }) => {
      // Somebody was faster: the next event tells of it.
      if (error.code !== 409 && error.code !== 404) failures.push(error);
    });
  };
  informer.on('add', handle);
  informer.on('update', handle);
  await informer.start();
  return {
    finalized,
    async stop() {
      await informer.stop();
      expect(failures).toEqual([]);
    },
  };
}
