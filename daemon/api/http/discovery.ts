/**
 * Discovery: which groups, versions and resources there are, in the old form (one document each) and aggregated (KEP-3352).
 * Built from the registry whenever its kinds have changed; pure.
 */

import { createHash } from 'node:crypto';
import type { Kind, KindRegistry } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { compareGroups, compareVersions } from '../../kinds/version-priority.ts';
import { subresourcesOf } from '../rest/subresources.ts';

const DEFAULT_VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  group?: string;
  version?: string;
  verbs: readonly string[];
  shortNames?: readonly string[];
  categories?: readonly string[];
  storageVersionHash?: string;
}

export interface Discovery {
  /** `/api` */
  core(serverAddress: string): object;
  /** `/apis` */
  groups(): object;
  /** `/apis/apps` */
  group(name: string): object | undefined;
  /** `/api/v1`, `/apis/apps/v1` */
  resources(group: string, version: string): object | undefined;
  /** Whether kinds of that group are the server's own, not made by definitions: their paths are routes upstream. */
  isBuiltIn(group: string): boolean;
  /** `/api` or `/apis` as APIGroupDiscoveryList of `apidiscovery.k8s.io/<metaVersion>`. */
  aggregated(core: boolean, metaVersion: string): object;
}

/** All that can be read: what is served, and what there is none of. */
const readableKinds = ({ kinds, unsupported }: KindRegistry): readonly Kind[] => [...kinds, ...unsupported];

/** Versions of each group in order of preference. */
function versionsByGroup(kinds: readonly Kind[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { resource } of kinds) {
    const versions = groups.get(resource.group) ?? [];
    if (!versions.includes(resource.version)) versions.push(resource.version);
    groups.set(resource.group, versions);
  }
  const customGroups = new Set(kinds.filter(({ schema }) => schema).map(({ resource }) => resource.group));
  for (const group of customGroups) groups.get(group)?.sort(compareVersions);
  return groups;
}

export const verbsOf = (kind: Kind): readonly string[] => kind.verbs ?? (kind.stored ? DEFAULT_VERBS : ['create']);

/** Names the version in which objects are kept (`discovery.StorageVersionHash`): who moves stored objects watches it. */
function storageVersionHash({ resource, conversion }: Kind): string {
  const storedAs = conversion?.storedAs ?? apiVersionOf(resource);
  const name = `${storedAs.includes('/') ? storedAs : `/${storedAs}`}/${resource.kind}`;
  return createHash('sha256').update(name).digest().subarray(0, 8).toString('base64');
}

function resourcesOf(kind: Kind): ApiResource[] {
  const { plural, namespaced, kind: kindName } = kind.resource;
  const main: ApiResource = {
    name: plural,
    singularName: kind.singular,
    namespaced,
    kind: kindName,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(kind.stored && !kind.isUnsupported ? { storageVersionHash: storageVersionHash(kind) } : {}),
  };
  const subresources = subresourcesOf(kind).map(
    ({ name, kind: subKind, group, version, verbs }): ApiResource => ({
      name: `${plural}/${name}`,
      singularName: '',
      namespaced,
      ...(group === undefined || (group === kind.resource.group && version === kind.resource.version)
        ? {}
        : { group, version }),
      kind: subKind,
      verbs,
    }),
  );
  return [main, ...subresources];
}

/** Every request for a resource asks whether its group and version are served, so the lists are made once. */
function resourceList(group: string, version: string, kinds: readonly Kind[]): object {
  return {
    kind: 'APIResourceList',
    ...(group ? { apiVersion: 'v1' } : {}),
    groupVersion: apiVersionOf({ group, version }),
    // Subresources of a custom kind keep their own order.
    resources: kinds.toSorted((a, b) => (a.resource.plural < b.resource.plural ? -1 : 1)).flatMap(resourcesOf),
  };
}

const groupVersion = (group: string, version: string) => ({ groupVersion: apiVersionOf({ group, version }), version });

/** Kinds of the group are the server's own. */
export const isBuiltIn = (registry: KindRegistry, group: string): boolean =>
  readableKinds(registry).some(({ resource, schema }) => !schema && resource.group === group);

/** Follows the registry: made anew when it has changed. */
export function createDiscovery(registry: KindRegistry): Discovery {
  let made = describeKinds(registry);
  let generation = registry.generation;
  const current = (): typeof made => {
    if (generation !== registry.generation) {
      generation = registry.generation;
      made = describeKinds(registry);
    }
    return made;
  };
  return {
    core: (serverAddress) => current().core(serverAddress),
    groups: () => current().groups(),
    group: (name) => current().group(name),
    resources: (group, version) => current().resources(group, version),
    isBuiltIn: (group) => isBuiltIn(registry, group),
    aggregated: (core, metaVersion) => current().aggregated(core, metaVersion),
  };
}

function describeKinds(registry: KindRegistry): Omit<Discovery, 'isBuiltIn'> {
  const kinds = readableKinds(registry);
  const groups = versionsByGroup(kinds);
  const kindsOf = (group: string, version: string) =>
    kinds.filter(({ resource }) => resource.group === group && resource.version === version);
  const describe = (name: string) => {
    const versions = groups.get(name)!.map((version) => groupVersion(name, version));
    return { name, versions, preferredVersion: versions[0] };
  };
  const named = [...groups.keys()].filter((name) => name !== '').sort(compareGroups);
  const resourceLists = new Map(
    [...groups].flatMap(([group, versions]) =>
      versions.map((version) => [
        apiVersionOf({ group, version }),
        resourceList(group, version, kindsOf(group, version)),
      ]),
    ),
  );
  return {
    core: (serverAddress) => ({
      kind: 'APIVersions',
      versions: groups.get('') ?? [],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
    }),
    groups: () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups: named.map(describe) }),
    group: (name) =>
      name !== '' && groups.has(name) ? { kind: 'APIGroup', apiVersion: 'v1', ...describe(name) } : undefined,
    resources: (group, version) => resourceLists.get(apiVersionOf({ group, version })),
    aggregated: (core, metaVersion) => ({
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${metaVersion}`,
      metadata: {},
      items: (core ? [''] : named).map((name) => ({
        metadata: { name: name || undefined, creationTimestamp: null },
        versions: groups.get(name)!.map((version) => ({
          version,
          resources: kindsOf(name, version)
            .toSorted((a, b) => (a.resource.plural < b.resource.plural ? -1 : 1))
            .map(aggregatedResource),
          freshness: 'Current',
        })),
      })),
    }),
  };
}

function aggregatedResource(kind: Kind): object {
  const { group, version, plural, namespaced, kind: kindName } = kind.resource;
  const subresources = subresourcesOf(kind).map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind },
    verbs: sub.verbs,
  }));
  return {
    resource: plural,
    responseKind: { group, version, kind: kindName },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: verbsOf(kind),
    ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
    ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
