/** `--admission-control-config-file`: what it may say, in one file or in several, and what is told of one that is wrong. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIGURATION } from '../../daemon/admission/configuration.ts';
import { readAdmissionConfiguration } from '../../daemon/bin/admission-configuration/read.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-admission-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function read(plugins: string, files: Record<string, string> = {}) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const file = join(directory, 'admission.yaml');
  await writeFile(file, `apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n${plugins}`);
  return readAdmissionConfiguration(file);
}
const refusal = (...asked: Parameters<typeof read>): Promise<string> =>
  read(...asked).then(
    () => 'taken',
    (error: Error) => error.message.replaceAll(`${directory}/`, ''),
  );

const POD_SECURITY = `
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline, enforce-version: v1.30, warn: restricted}
exemptions:
  usernames: [system:serviceaccount:ci:builder]
  runtimeClasses: [sandboxed]
  namespaces: [kube-system]
`;
const indent = (text: string): string => text.trim().replaceAll(/^/gm, '    ');

describe('an AdmissionConfiguration', () => {
  it('configures PodSecurity and ResourceQuota, here or in files beside it', async () => {
    const quota = `
- name: ResourceQuota
  configuration:
    apiVersion: apiserver.config.k8s.io/v1
    kind: ResourceQuotaConfiguration
    limitedResources:
    - resource: pods
      matchScopes: [{scopeName: PriorityClass, operator: In, values: [critical]}]
`;
    const expected = {
      podSecurity: {
        defaults: {
          enforce: { level: 'baseline', minor: 30 },
          warn: { level: 'restricted', minor: Number.POSITIVE_INFINITY },
          audit: { level: 'privileged', minor: Number.POSITIVE_INFINITY },
        },
        exemptions: {
          usernames: ['system:serviceaccount:ci:builder'],
          runtimeClasses: ['sandboxed'],
          namespaces: ['kube-system'],
        },
      },
      limitedResources: [
        { resource: 'pods', matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['critical'] }] },
      ],
    };
    const here = await read(`- name: PodSecurity\n  configuration:\n${indent(POD_SECURITY)}${quota}`);
    expect(here).toEqual(expected);
    const beside = await read(`- {name: PodSecurity, path: levels.yaml}${quota}`, { 'levels.yaml': POD_SECURITY });
    expect(beside).toEqual(expected);
    expect(await read('- name: PodSecurity\n')).toEqual(DEFAULT_CONFIGURATION);
  });

  const at = '--admission-control-config-file admission.yaml:';
  const podSecurity = (text: string) =>
    `- name: PodSecurity\n  configuration:\n    apiVersion: pod-security.admission.config.k8s.io/v1\n    kind: PodSecurityConfiguration\n    ${text}\n`;
  it.each([
    [
      'another plugin',
      '- {name: EventRateLimit, path: rates.yaml}\n',
      `${at} plugins[0].name: "EventRateLimit" takes no configuration here; expected one of PodSecurity, ResourceQuota`,
    ],
    [
      'a plugin of no name',
      '- {name: __proto__}\n',
      `${at} plugins[0].name: "__proto__" takes no configuration here; expected one of PodSecurity, ResourceQuota`,
    ],
    [
      'one plugin twice',
      '- name: PodSecurity\n- name: PodSecurity\n',
      `${at} plugins[1].name: PodSecurity is configured twice`,
    ],
    [
      'a file that is not there',
      '- {name: PodSecurity, path: nowhere.yaml}\n',
      '--admission-control-config-file nowhere.yaml: there is no such file',
    ],
    [
      'another kind',
      '- name: ResourceQuota\n  configuration: {apiVersion: v1, kind: ConfigMap}\n',
      `${at} plugins[0].configuration: expected apiserver.config.k8s.io/v1 ResourceQuotaConfiguration`,
    ],
    [
      'an unknown field',
      podSecurity('exemption: {}'),
      `${at} plugins[0].configuration: exemption: there is no such field; expected one of apiVersion, kind, defaults, exemptions`,
    ],
    [
      'an unknown level',
      podSecurity('defaults: {enforce: strict, audit-version: "1.30"}'),
      `${at} plugins[0].configuration: defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted; defaults.audit-version: Invalid value: "1.30": must be "latest" or "v1.x"`,
    ],
    [
      'names that are none',
      podSecurity('exemptions: {namespaces: [A], usernames: [""], runtimeClasses: [a, a]}'),
      `${at} plugins[0].configuration: exemptions.namespaces[0]: Invalid value: "A": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?'); exemptions.runtimeClasses[1]: Duplicate value: "a"; exemptions.usernames[0]: Required value`,
    ],
  ])('is refused: %s', async (_, plugins, message) => {
    expect(await refusal(plugins)).toBe(message);
  });
});
