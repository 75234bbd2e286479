/** Policies and webhooks as people meet them: kubectl and git push, a real HTTPS server, a webhook in a pod behind a Service. */

import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';
import { ALLOW, patchOf, startWebhookServer, type WebhookServer } from '../support/webhook-server.ts';

const POLICY = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few-replicas}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments, deployments/scale]}
  variables:
  - {name: wanted, expression: 'has(object.spec.replicas) ? object.spec.replicas : 1'}
  validations:
  - expression: variables.wanted <= 3
    messageExpression: "'at most 3 replicas, not ' + string(variables.wanted)"
`;
const binding = (action: string) => `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: few-replicas}
spec: {policyName: few-replicas, validationActions: [${action}]}
`;
const configMap = (name: string, more = '') => `apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: default}
data: {a: b${more}}
`;

describe.skipIf(SKIP_E2E)('admission', () => {
  let host: RefletHost;
  let server: WebhookServer;
  let clone: Clone;
  beforeAll(async () => {
    host = await startReflet({ port: 16_463 });
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
    server = await startWebhookServer();
    clone = await host.clone();
  });
  afterAll(async () => {
    await host?.close();
    await server?.close();
  });

  const apply = (text: string) => host.kubectlWithInput(text, 'apply', '-f', '-');
  const applied = async (text: string) => expect(await apply(text)).toMatchObject({ exitCode: 0 });
  const pushed = async (path: string, text: string, message: string) => {
    await clone.git('pull', '--rebase');
    await writeFile(`${clone.folder}/${path}`, text);
    await clone.git('add', '-A');
    await clone.git('commit', '-m', message);
    return clone.push();
  };
  const undo = () => clone.git('reset', '--hard', '@{upstream}');

  it('a policy refuses what kubectl and a push do', async () => {
    await applied(POLICY);
    await applied(binding('Deny'));
    const scaled = await host.kubectl('scale', 'deployment/hello', '--replicas=5');
    expect(scaled.exitCode).not.toBe(0);
    expect(scaled.stderr).toContain(
      "ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas' denied request: at most 3 replicas, not 5",
    );
    const text = await host.must('get', 'deployment', 'hello', '-o', 'json');
    const { spec, metadata } = JSON.parse(text) as { spec: { replicas: number }; metadata: { name: string } };
    const other = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'many', namespace: 'default' },
      spec: { ...spec, replicas: 4 },
    };
    expect(metadata.name).toBe('hello');
    const refused = await pushed('many.json', JSON.stringify(other, undefined, 2), 'Many');
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain('many.json:1:1: deployment default/many:');
    expect(refused.stderr).toContain('denied request: at most 3 replicas, not 4');
    await undo();
    expect(await host.must('get', 'validatingadmissionpolicy')).toMatch(/few-replicas +1 +<unset> +/);
  });

  it('tells what is suspicious about its expressions', async () => {
    const path = 'jsonpath={.status.typeChecking.expressionWarnings[0].warning}';
    await applied(
      POLICY.replaceAll('few-replicas', 'mistaken').replace('variables.wanted <= 3', 'object.replicas <= 3'),
    );
    await waitFor('the warning', async () =>
      (await host.must('get', 'validatingadmissionpolicy', 'mistaken', '-o', path)).includes(
        "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'",
      ),
    );
  });

  it('or warns', async () => {
    await applied(binding('Warn'));
    const scaled = await host.kubectl('scale', 'deployment/hello', '--replicas=4', '--dry-run=server');
    expect(scaled.stderr).toContain(
      "Warning: Validation failed for ValidatingAdmissionPolicy 'few-replicas' with binding 'few-replicas': at most 3 replicas, not 4",
    );
    expect(scaled.exitCode).toBe(0);
  });

  it('judges exec', async () => {
    const noExec = POLICY.replaceAll('few-replicas', 'no-exec')
      .replace(
        /resourceRules:\n.*\n/,
        'resourceRules:\n    - {apiGroups: [""], apiVersions: [v1], operations: [CONNECT], resources: [pods/exec]}\n',
      )
      .replace(/ {2}variables:[\s\S]*/, '')
      .concat('  validations:\n  - {expression: "object.command[0] != \'sh\'", message: no shells}\n');
    await applied(noExec);
    await applied(binding('Deny').replaceAll('few-replicas', 'no-exec'));
    const denied = async () => (await host.kubectl('exec', 'deployment/hello', '--', 'sh', '-c', 'true')).stderr;
    await waitFor('the refusal', async () => (await denied()).includes('no shells'));
    expect((await host.kubectl('exec', 'deployment/hello', '--', '/bin/busybox', 'true')).stderr).not.toContain(
      'no shells',
    );
  });

  const configuration = (
    kind: string,
    name: string,
    clientConfig: string,
  ) => `apiVersion: admissionregistration.k8s.io/v1
kind: ${kind}WebhookConfiguration
metadata: {name: ${name}}
webhooks:
- name: ${name}.example.com
  clientConfig: {${clientConfig}, caBundle: ${server.caBundle}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}
  sideEffects: None
  admissionReviewVersions: [v1]
  timeoutSeconds: 30
`;

  it('webhooks change and refuse what kubectl and a push write', async () => {
    server.answer = ({ object }, path) => {
      if (path === '/mutate') return patchOf({ op: 'add', path: '/metadata/labels', value: { seen: 'yes' } });
      const isBad = Object.values((object as { data: object }).data).includes('bad');
      return isBad ? { response: { allowed: false, status: { message: 'nothing bad here' } } } : ALLOW;
    };
    await applied(configuration('Mutating', 'label', `url: "${server.url('/mutate')}"`));
    await applied(configuration('Validating', 'judge', `url: "${server.url('/judge')}"`));
    await applied(configMap('by-kubectl'));
    expect(await host.must('get', 'cm', 'by-kubectl', '-o', 'jsonpath={.metadata.labels.seen}')).toBe('yes');
    await clone.git('pull', '--rebase');
    expect(await readFile(`${clone.folder}/default/configmap-by-kubectl.yaml`, 'utf8')).not.toContain('seen');
    const refused = await apply(configMap('bad', ', c: bad'));
    expect(refused.stderr).toContain('admission webhook "judge.example.com" denied the request: nothing bad here');
    expect((await pushed('by-push.yaml', configMap('by-push'), 'Fine')).exitCode).toBe(0);
    await waitFor(
      'the label',
      async () => (await host.must('get', 'cm', 'by-push', '-o', 'jsonpath={.metadata.labels.seen}')) === 'yes',
    );
    const push = await pushed('bad.yaml', configMap('bad', ', c: bad'), 'Bad');
    expect(push.exitCode).not.toBe(0);
    expect(push.stderr).toContain(
      'bad.yaml:1:1: configmap default/bad: admission webhook "judge.example.com" denied the request: nothing bad here',
    );
    await undo();
  });

  it('a webhook behind a Service is reached through the node of its endpoint', async () => {
    await host.must('delete', 'mutatingwebhookconfiguration/label', 'validatingwebhookconfiguration/judge');
    await applied(configuration('Validating', 'inside', 'service: {namespace: default, name: hello, port: 80}'));
    // The pod behind it speaks plain HTTP: that it is told so shows that the connection came through.
    const refused = await apply(configMap('inside'));
    expect(refused.stderr).toContain(
      'failed calling webhook "inside.example.com": failed to call webhook: Post "https://hello.default.svc:80/?timeout=30s": ',
    );
    expect(refused.stderr).toMatch(/tls: first record does not look like a TLS handshake|EOF/);
    await host.must('delete', 'validatingwebhookconfiguration/inside');
    await applied(configMap('inside'));
  });
});
