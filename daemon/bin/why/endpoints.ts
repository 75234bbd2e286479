/**
 * What `reflet why` asks the daemon: `GET /reflet/v1/why?object=KIND/NAME[&namespace=…][&field=…]`, `…?container=ID`, and `GET /reflet/v1/rules[?node=…]`.
 */

import { PLAIN_JSON, sendValue } from '../../api/http/respond.ts';
import type { Call } from '../../api/http/server.ts';
import { registryKey, registryPrefix } from '../../base/registry-key.ts';
import { badRequest, notFound } from '../../base/status.ts';
import { ENDPOINT_SLICES, NODES, PODS, SERVICES } from '../../kinds/resources.ts';
import type { EndpointSlice, Node, Pod, Service } from '../../kinds/types.generated.ts';
import type { Store } from '../../store/store.ts';
import { type EndpointContext, requireGit } from '../endpoints.ts';
import { findKind } from '../find-kind.ts';
import { explainRules } from './explain-rules.ts';
import { findContainer } from './find-container.ts';
import { hasField, type OwnerChain, ownerChain } from './owner-chain.ts';

export interface WhyDocument extends OwnerChain {
  /** The container that was asked for. */
  readonly container?: string;
}

export async function answerWhy({ info, response }: Call, endpoints: EndpointContext): Promise<void> {
  const { query } = info;
  const container = query.get('container');
  const document = container ? await whyContainer(container, endpoints) : await whyObject(query, endpoints);
  sendValue(response, 200, PLAIN_JSON, document);
}

async function whyContainer(text: string, endpoints: EndpointContext): Promise<WhyDocument> {
  const { store } = endpoints.kernel;
  const found = findContainer(allOf<Pod>(store, registryPrefix(PODS)), text);
  if (!found) throw notFound({ group: '', resource: 'containers' }, text);
  const { namespace = '', name = '' } = found.pod.metadata ?? {};
  const kind = endpoints.kernel.context.registry.byKind('', 'v1', 'Pod')!;
  return { container: found.container, chain: await ownerChain(sourcesOf(endpoints), kind, { namespace, name }) };
}

async function whyObject(query: URLSearchParams, endpoints: EndpointContext): Promise<WhyDocument> {
  const [kindName = '', name = '', ...more] = (query.get('object') ?? '').split('/');
  if (kindName === '' || name === '' || more.length > 0)
    throw badRequest('expected KIND/NAME, deployment/web for example');
  const { registry } = endpoints.kernel.context;
  const kind = findKind(registry, kindName);
  const key = kind.resource.namespaced ? { namespace: query.get('namespace') || 'default', name } : { name };
  const chain = await ownerChain(sourcesOf(endpoints), kind, key);
  const path = query.get('field');
  if (!path) return { chain };
  const storeKey = registryKey(kind.resource, key);
  if (!hasField(endpoints.kernel.store.get(storeKey)?.value, path))
    throw badRequest(`${kindName}/${name} has no field ${JSON.stringify(path)}: expected one such as spec.replicas`);
  return { chain, field: await requireGit(endpoints).history.fieldSource(storeKey, path) };
}

function sourcesOf(endpoints: EndpointContext) {
  const git = requireGit(endpoints);
  const { store, context } = endpoints.kernel;
  return { store, registry: context.registry, provenance: (key: string) => git.provenance(key) };
}

const allOf = <T>(store: Store, prefix: string): T[] => store.range(prefix).entries.map(({ value }) => value as T);

export async function answerRules({ info, response }: Call, { kernel, network }: EndpointContext): Promise<void> {
  const { store } = kernel;
  const name = info.query.get('node') || network.nodeName;
  const node = store.get(registryKey(NODES, { name }))?.value as Node | undefined;
  if (!node) throw notFound({ group: '', resource: 'nodes' }, name);
  const rules = explainRules({
    node,
    services: allOf<Service>(store, registryPrefix(SERVICES)),
    slices: allOf<EndpointSlice>(store, registryPrefix(ENDPOINT_SLICES)),
    pods: allOf<Pod>(store, registryPrefix(PODS)).filter(({ spec }) => spec?.nodeName === name),
    ...network,
  });
  sendValue(response, 200, PLAIN_JSON, { node: name, rules });
}
