/**
 * Every active namespace has the ConfigMap `kube-root-ca.crt`, by which pods verify the API server (`rootcacertpublisher`). Pure.
 */

import { cloneJson, deepEqual } from '../../base/json.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { RootCaAction, RootCaSnapshot } from './actions.ts';

export const ROOT_CA_NAME = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or ' +
  'kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';
const ANNOTATIONS = { 'kubernetes.io/description': DESCRIPTION };

export function decide({ key, namespace, existing, ca }: RootCaSnapshot): Decision<RootCaAction> {
  if (namespace.status?.phase === 'Terminating' || namespace.metadata?.deletionTimestamp !== undefined)
    return { actions: [] };
  const data = { 'ca.crt': ca };
  if (!existing) {
    const metadata = { name: ROOT_CA_NAME, namespace: key, annotations: ANNOTATIONS };
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
    return { actions: [{ type: 'createConfigMap', key, configMap }] };
  }
  const hasDescription = existing.metadata?.annotations?.['kubernetes.io/description'] === DESCRIPTION;
  if (deepEqual(existing.data ?? {}, data) && hasDescription) return { actions: [] };
  const configMap = cloneJson(existing);
  configMap.data = data;
  configMap.metadata = { ...configMap.metadata, annotations: { ...configMap.metadata?.annotations, ...ANNOTATIONS } };
  return { actions: [{ type: 'updateConfigMap', key, configMap }] };
}
