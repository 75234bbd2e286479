/**
 * What an operator configures of admission plugins (`apiserver.config.k8s.io` AdmissionConfiguration), as the plugins read it. Plain data: it is
 * handed to threads, too. How it is written down in files: `bin/admission-configuration/`.
 */

import type { ScopedResourceSelectorRequirement } from '../kinds/types.generated.ts';
import { DEFAULT_POLICY, type Policy } from './pod-security/policy.ts';

/** `pod-security.admission.config.k8s.io` PodSecurityConfiguration. */
export interface PodSecurityConfiguration {
  /** What holds for namespaces whose labels say nothing. */
  readonly defaults: Policy;
  readonly exemptions: {
    readonly usernames: readonly string[];
    readonly runtimeClasses: readonly string[];
    readonly namespaces: readonly string[];
  };
}

/** Of `apiserver.config.k8s.io` ResourceQuotaConfiguration: what may only be used where a quota covers it. */
export interface LimitedResource {
  readonly apiGroup?: string;
  readonly resource: string;
  /** Parts of names: `requests.cpu`, `.storageclass.storage.k8s.io/requests.storage`. */
  readonly matchContains?: readonly string[];
  readonly matchScopes?: readonly ScopedResourceSelectorRequirement[];
}

export interface AdmissionConfiguration {
  readonly podSecurity: PodSecurityConfiguration;
  readonly limitedResources: readonly LimitedResource[];
}

/** As without a file. */
export const DEFAULT_CONFIGURATION: AdmissionConfiguration = {
  podSecurity: { defaults: DEFAULT_POLICY, exemptions: { usernames: [], runtimeClasses: [], namespaces: [] } },
  limitedResources: [],
};
