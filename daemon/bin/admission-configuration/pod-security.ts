/**
 * PodSecurityConfiguration as it is written down (`pod-security-admission/admission/api`): defaults of namespaces without labels, and exemptions.
 */

import type { PodSecurityConfiguration } from '../../admission/configuration.ts';
import {
  DEFAULT_POLICY,
  LEVEL_EXPECTED,
  type LevelVersion,
  parseLevel,
  parseVersion,
  VERSION_EXPECTED,
} from '../../admission/pod-security/policy.ts';
import { duplicate, type FieldError, type FieldPath, invalidValue, path, required } from '../../base/field.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../base/names.ts';
import type { Shape } from '../document-shape.ts';

export const POD_SECURITY_TYPES = ['v1', 'v1beta1', 'v1alpha1'].map(
  (version) => `pod-security.admission.config.k8s.io/${version} PodSecurityConfiguration`,
);
export const POD_SECURITY_SHAPE: Shape = {
  apiVersion: 'string',
  kind: 'string',
  defaults: {
    ...{ enforce: 'string', 'enforce-version': 'string', audit: 'string', 'audit-version': 'string' },
    ...{ warn: 'string', 'warn-version': 'string' },
  },
  exemptions: { usernames: 'strings', runtimeClasses: 'strings', namespaces: 'strings' },
};

interface Written {
  defaults?: Record<string, string | undefined>;
  exemptions?: { usernames?: string[]; runtimeClasses?: string[]; namespaces?: string[] };
}

type Check = (name: string) => readonly string[];

export function readPodSecurity(document: object, errors: FieldError[]): PodSecurityConfiguration {
  const { defaults, exemptions } = document as Written;
  const mode = (name: 'enforce' | 'audit' | 'warn') => readMode(defaults ?? {}, name, errors);
  const list = (name: keyof NonNullable<Written['exemptions']>, check: Check) =>
    readNames(exemptions?.[name] ?? [], path('exemptions').child(name), check, errors);
  return {
    defaults: { enforce: mode('enforce'), warn: mode('warn'), audit: mode('audit') },
    exemptions: {
      namespaces: list('namespaces', dns1123LabelProblems),
      runtimeClasses: list('runtimeClasses', dns1123SubdomainProblems),
      usernames: list('usernames', () => []),
    },
  };
}

function readMode(
  defaults: NonNullable<Written['defaults']>,
  mode: 'enforce' | 'audit' | 'warn',
  errors: FieldError[],
): LevelVersion {
  const at = path('defaults');
  const given = { level: defaults[mode] || 'privileged', version: defaults[`${mode}-version`] || 'latest' };
  const level = parseLevel(given.level);
  const minor = parseVersion(given.version);
  if (!level) errors.push(invalidValue(at.child(mode), given.level, LEVEL_EXPECTED));
  if (minor === undefined) errors.push(invalidValue(at.child(`${mode}-version`), given.version, VERSION_EXPECTED));
  return { level: level ?? DEFAULT_POLICY[mode].level, minor: minor ?? DEFAULT_POLICY[mode].minor };
}

function readNames(names: readonly string[], at: FieldPath, check: Check, errors: FieldError[]): readonly string[] {
  for (const [index, name] of names.entries()) {
    const here = at.index(index);
    const wrong = check(name);
    if (name === '') errors.push(required(here));
    else if (wrong.length > 0) errors.push(invalidValue(here, name, wrong.join(', ')));
    else if (names.indexOf(name) !== index) errors.push(duplicate(here, name));
  }
  return names;
}
