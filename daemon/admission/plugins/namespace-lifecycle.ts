/**
 * NamespaceLifecycle: nothing is written into a namespace that does not exist, nothing new into one that is going, and the namespaces that the
 * cluster itself lives in may not be deleted.
 */

import { forbidden, notFound } from '../../base/status.ts';
import { NAMESPACES } from '../../kinds/resources.ts';
import type { Namespace } from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment } from '../contract.ts';
import type { Attributes, Plugin, Refusal } from '../plugin.ts';

/** `kube-node-lease` too: without it no node can prove that it is alive. */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);

const isNamespace = ({ kind }: Attributes): boolean =>
  kind.resource.group === NAMESPACES.group && kind.resource.plural === NAMESPACES.plural;

export const namespaceLifecycle: Plugin = {
  name: 'NamespaceLifecycle',

  mutate(attributes: Attributes, environment: AdmissionEnvironment): Refusal | undefined {
    const { operation, namespace, name } = attributes;
    if (isNamespace(attributes)) {
      if (operation !== 'delete' || !IMMORTAL.has(name)) return undefined;
      const error = forbidden({ group: '', resource: 'namespaces' }, name, 'this namespace may not be deleted');
      return { error, fieldPath: '' };
    }
    // A review's answer would tell who may not know whether the namespace exists.
    if (!namespace || operation === 'delete' || !attributes.kind.stored) return undefined;
    const found = environment.cluster.get(NAMESPACES, { name: namespace }) as Namespace | undefined;
    if (!found) {
      const error = notFound({ group: '', resource: 'namespaces' }, namespace);
      return { error, fieldPath: 'metadata.namespace', expected: 'the name of a namespace that exists' };
    }
    if (operation !== 'create' || found.status?.phase !== 'Terminating') return undefined;
    return terminating(attributes, namespace);
  },
};

function terminating({ kind, name }: Attributes, namespace: string): Refusal {
  const { group, plural } = kind.resource;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const error = forbidden({ group, resource: plural }, name, why);
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  if (error.status.details) error.status.details.causes = [cause];
  return { error, fieldPath: 'metadata.namespace' };
}
