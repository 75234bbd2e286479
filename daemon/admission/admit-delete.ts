/**
 * Whether an object may be deleted at all, whoever asks and by whatever way.
 */

import type { UserInfo } from '../auth/user.ts';
import type { KubeObject, ObjectKey } from '../base/object.ts';
import type { StatusError } from '../base/status.ts';
import type { Kind } from '../kinds/kind.ts';
import type { AdmissionEnvironment } from './contract.ts';
import type { Attributes } from './plugin.ts';
import { PLUGINS } from './plugins.ts';

export interface DeleteRequest {
  kind: Kind;
  key: ObjectKey;
  user: UserInfo;
  live: Readonly<KubeObject> | undefined;
}

/** The answer that refuses it, or undefined. */
export function admitDelete(environment: AdmissionEnvironment, request: DeleteRequest): StatusError | undefined {
  const { kind, key, user, live } = request;
  const isNamespace = kind.resource.group === '' && kind.resource.plural === 'namespaces';
  const attributes: Attributes = {
    kind,
    operation: 'delete',
    subresource: '',
    user,
    namespace: isNamespace ? key.name : key.namespace,
    name: key.name,
    object: undefined,
    old: live,
  };
  for (const plugin of PLUGINS) {
    const refusal = plugin.mutate?.(attributes, environment) ?? plugin.validate?.(attributes, environment);
    if (refusal) return refusal.error;
  }
  return undefined;
}
