/**
 * From an object up to where it comes from: owner after owner, until one stands in git (its file, line and commit) or was made through the API.
 */

import { groupResource } from '../../api/rest/get.ts';
import { isObject } from '../../base/json.ts';
import type { KubeObject, OwnerReference } from '../../base/object.ts';
import { registryKey } from '../../base/registry-key.ts';
import { notFound } from '../../base/status.ts';
import type { FieldSource } from '../../git/history/field-source.ts';
import type { Provenance } from '../../git/provenance.ts';
import type { Kind, KindRegistry } from '../../kinds/kind.ts';
import { parseApiVersion } from '../../kinds/resource.ts';
import type { Store } from '../../store/store.ts';

/** What made an object be. */
export type Origin =
  | { readonly from: 'git'; readonly provenance: Provenance }
  /** Of the next object of the chain. */
  | { readonly from: 'owner' }
  /** Made through the API; it is not in git. */
  | { readonly from: 'api'; readonly manager: string; readonly time: string | undefined };

export interface ChainLink {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly origin: Origin;
}

export interface OwnerChain {
  readonly chain: readonly ChainLink[];
  /** Of the field that was asked for. */
  readonly field?: FieldSource;
}

export interface ChainSources {
  readonly store: Store;
  readonly registry: KindRegistry;
  provenance(storeKey: string): Promise<Provenance | undefined>;
}

/** Deeper ownership is a circle. */
const LINKS_MAX = 16;

/** Throws 404 when there is no such object. */
export async function ownerChain(
  sources: ChainSources,
  kind: Kind,
  key: { namespace?: string; name: string },
): Promise<ChainLink[]> {
  const chain: ChainLink[] = [];
  let at: Found | undefined = find(sources, kind, key);
  if (!at) throw notFound(groupResource({ kind }), key.name);
  while (at && chain.length < LINKS_MAX) {
    const { metadata } = at.object;
    const provenance = await sources.provenance(at.storeKey);
    const owner: Found | undefined = provenance ? undefined : ownerOf(sources, at.object);
    const origin: Origin = provenance
      ? { from: 'git', provenance }
      : owner
        ? { from: 'owner' }
        : { from: 'api', ...maker(at.object) };
    chain.push({
      kind: at.kind.resource.kind,
      ...(metadata?.namespace ? { namespace: metadata.namespace } : {}),
      name: metadata?.name ?? '',
      origin,
    });
    at = owner;
  }
  return chain;
}

interface Found {
  kind: Kind;
  storeKey: string;
  object: Readonly<KubeObject>;
}

function find(
  { store }: ChainSources,
  kind: Kind,
  { namespace, name }: { namespace?: string; name: string },
): Found | undefined {
  const storeKey = registryKey(kind.resource, kind.resource.namespaced ? { namespace, name } : { name });
  const object = store.get(storeKey)?.value;
  return object && { kind, storeKey, object };
}

/** The controller before any other owner; only one that lives with the very uid. */
function ownerOf(sources: ChainSources, { metadata }: Readonly<KubeObject>): Found | undefined {
  const references = metadata?.ownerReferences ?? [];
  const ordered = [
    ...references.filter(({ controller }) => controller),
    ...references.filter((one) => !one.controller),
  ];
  for (const reference of ordered) {
    const found = findReference(sources, reference, metadata?.namespace);
    if (found) return found;
  }
  return undefined;
}

function findReference(
  sources: ChainSources,
  { apiVersion = '', kind: kindName = '', name = '', uid }: OwnerReference,
  namespace: string | undefined,
): Found | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  const kind = sources.registry.byKind(group, version, kindName);
  const found = kind?.stored ? find(sources, kind, { namespace, name }) : undefined;
  return found?.object.metadata?.uid === uid ? found : undefined;
}

/** Whoever wrote the object first, as managedFields remember it. */
function maker({ metadata }: Readonly<KubeObject>): { manager: string; time: string | undefined } {
  const entries = [...(metadata?.managedFields ?? [])].sort((a, b) => ((a.time ?? '') < (b.time ?? '') ? -1 : 1));
  const first = entries.find(({ subresource }) => !subresource) ?? entries[0];
  return { manager: first?.manager ?? 'somebody', time: metadata?.creationTimestamp ?? first?.time };
}

/** `containers[0].image` of any object: undefined where there is none. */
export function hasField(object: unknown, path: string): boolean {
  let at = object;
  for (const [, name, index, quoted] of path.matchAll(/([^.[\]]+)|\[(\d+)\]|\[([^\]]+)\]/g)) {
    if (index !== undefined && Array.isArray(at)) at = at[Number(index)];
    else {
      const member = name ?? index ?? quoted ?? '';
      at = isObject(at) && Object.hasOwn(at, member) ? at[member] : undefined;
    }
    if (at === undefined) return false;
  }
  return true;
}
