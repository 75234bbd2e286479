/**
 * The admission of exec, attach, port-forward and proxy requests: what is asked as the API server's option kinds say it.
 */

import { admitConnect } from '../../admission/admit-connect.ts';
import type { UserInfo } from '../../auth/user.ts';
import type { KubeObject } from '../../base/object.ts';
import { isTrue, type ResourceRequest } from '../http/request-info.ts';
import type { RestContext } from '../rest/context.ts';

const FLAGS = ['stdin', 'stdout', 'stderr', 'tty'];

/** Throws what admission refuses with. */
export async function admitConnection(
  context: RestContext,
  resource: ResourceRequest,
  query: URLSearchParams,
  user: UserInfo,
): Promise<void> {
  const { group, version, plural, subresource, namespace, name = '' } = resource;
  const kind = context.registry.byResource(group, version, plural);
  if (!kind) return;
  const options = optionsOf(resource, query) as unknown as KubeObject;
  const refusal = await admitConnect(context.admission, {
    ...{ kind, subresource, namespace, name, user, options },
    annotate: context.annotate,
  });
  if (refusal) throw refusal;
}

function optionsOf({ plural, subresource, rest }: ResourceRequest, query: URLSearchParams): Record<string, unknown> {
  if (subresource === 'proxy') {
    const kind =
      plural === 'pods' ? 'PodProxyOptions' : plural === 'services' ? 'ServiceProxyOptions' : 'NodeProxyOptions';
    return { kind, apiVersion: 'v1', path: rest.join('/') };
  }
  if (subresource === 'portforward') {
    const ports = query.getAll('ports').map(Number);
    return { kind: 'PodPortForwardOptions', apiVersion: 'v1', ...(ports.length > 0 ? { ports } : {}) };
  }
  const flags = FLAGS.filter((name) => query.has(name) && isTrue(query.get(name)));
  const container = query.get('container');
  return {
    kind: subresource === 'attach' ? 'PodAttachOptions' : 'PodExecOptions',
    apiVersion: 'v1',
    ...Object.fromEntries(flags.map((name) => [name, true])),
    ...(container ? { container } : {}),
    ...(subresource === 'exec' ? { command: query.getAll('command') } : {}),
  };
}
