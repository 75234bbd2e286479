/**
 * What an object counts towards a ResourceQuota: one evaluator a kind (`pkg/quota/v1/evaluator/core`). Admission and the quota's controller count
 * by these and by nothing else. Pure; `now` in milliseconds since the epoch.
 */

import { parseTime } from '../../../base/clock.ts';
import type { KubeObject } from '../../../base/object.ts';
import type { Quantity } from '../../../base/quantity.ts';
import type { StoredResource } from '../../../base/registry-key.ts';
import type {
  Container,
  PersistentVolumeClaim,
  Pod,
  ScopedResourceSelectorRequirement,
  Service,
} from '../../types.generated.ts';
import { type Amounts, addAmounts, countOf, ONE, parseAmounts, podAmounts } from '../amounts.ts';
import { HUGE_PAGES, isExtendedResource } from '../pod/resources.ts';
import { podMatchesScopes } from './scopes.ts';

export interface Evaluator {
  /** Of a quota's resources those that such objects count towards. */
  counts(name: string): boolean;
  /** Whether an update may change what it uses. */
  readonly changes: boolean;
  usage(object: Readonly<KubeObject>, now: number): Amounts;
  matches(object: Readonly<KubeObject>, scopes: readonly ScopedResourceSelectorRequirement[]): boolean;
  /** Those of the scopes that choose the object, each by itself; without it none ever does. */
  matching?(
    object: Readonly<KubeObject>,
    scopes: readonly ScopedResourceSelectorRequirement[],
  ): readonly ScopedResourceSelectorRequirement[];
  /** What the object must say because a quota bounds it: `must specify cpu for: web`. */
  missing?(object: Readonly<KubeObject>, names: readonly string[]): string | undefined;
}

const COUNT = 'count/';
/** Counted by their plain name too. */
const COUNTED_BY_NAME: ReadonlySet<string> = new Set([
  'configmaps',
  'resourcequotas',
  'replicationcontrollers',
  'secrets',
]);
const POD_RESOURCES: ReadonlySet<string> = new Set([
  'count/pods',
  'pods',
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);
/** Of these each container must say how much it wants, once a quota bounds them. */
const ASKED_RESOURCES: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);
const SERVICE_RESOURCES: ReadonlySet<string> = new Set([
  'count/services',
  'services',
  'services.nodeports',
  'services.loadbalancers',
]);
const CLAIM_RESOURCES: ReadonlySet<string> = new Set([
  'count/persistentvolumeclaims',
  'persistentvolumeclaims',
  'requests.storage',
]);
const OF_CLASS = '.storageclass.storage.k8s.io/';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

const hasNoScopes: Evaluator['matches'] = (_object, scopes) => scopes.length === 0;

const pods: Evaluator = {
  counts: (name) => POD_RESOURCES.has(name) || isRequestedDevice(name),
  changes: false,
  usage: (object, now) => podUsage(object as Pod, now),
  matches: (object, scopes) => podMatchesScopes(object as Pod, scopes),
  matching: (object, scopes) => scopes.filter((scope) => podMatchesScopes(object as Pod, [scope])),
  missing: (object, names) => missingOf(object as Pod, names),
};

const services: Evaluator = {
  counts: (name) => SERVICE_RESOURCES.has(name),
  changes: true,
  usage: (object) => serviceUsage(object as Service),
  matches: hasNoScopes,
};

const claims: Evaluator = {
  counts: (name) => CLAIM_RESOURCES.has(name) || name.includes(OF_CLASS),
  changes: true,
  usage: (object) => claimUsage(object as PersistentVolumeClaim),
  matches: hasNoScopes,
};

const OWN: Readonly<Record<string, Evaluator>> = { pods, services, persistentvolumeclaims: claims };

/** Objects that only count as such have the plain one. */
export function evaluatorOf({ group, plural }: StoredResource): Evaluator {
  const own = group === '' ? OWN[plural] : undefined;
  if (own) return own;
  const names = [`${COUNT}${plural}${group ? `.${group}` : ''}`];
  if (group === '' && COUNTED_BY_NAME.has(plural)) names.push(plural);
  const usage = new Map(names.map((name) => [name, ONE]));
  return { counts: (name) => usage.has(name), changes: false, usage: () => usage, matches: hasNoScopes };
}

/** The resource whose objects count towards `name`; undefined for what counts nothing. */
export function countedResource(name: string): StoredResource | undefined {
  if (name.startsWith(COUNT)) {
    const [plural = '', ...group] = name.slice(COUNT.length).split('.');
    return plural ? { group: group.join('.'), plural } : undefined;
  }
  const plural = [...Object.keys(OWN), ...COUNTED_BY_NAME].find((one) =>
    evaluatorOf({ group: '', plural: one }).counts(name),
  );
  return plural === undefined ? undefined : { group: '', plural };
}

/** `requests.nvidia.com/gpu`, `hugepages-2Mi`, `requests.hugepages-2Mi` */
function isRequestedDevice(name: string): boolean {
  const bare = name.startsWith('requests.') ? name.slice('requests.'.length) : name;
  if (bare.startsWith(HUGE_PAGES)) return true;
  return bare !== name && isExtendedResource(bare);
}

function podUsage(pod: Readonly<Pod>, now: number): Amounts {
  const usage = new Map<string, Quantity>([['count/pods', ONE]]);
  if (hasEnded(pod, now)) return usage;
  const spec = pod.spec ?? { containers: [] };
  usage.set('pods', ONE);
  addCompute(usage, podAmounts(spec, 'requests'), podAmounts(spec, 'limits'));
  return usage;
}

/** What has ended, or should have by now, uses nothing any more. */
function hasEnded({ metadata, status }: Readonly<Pod>, now: number): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return true;
  const { deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {};
  if (!deletionTimestamp || deletionGracePeriodSeconds === undefined) return false;
  return now > parseTime(deletionTimestamp) + deletionGracePeriodSeconds * 1000;
}

function addCompute(usage: Map<string, Quantity>, requests: Amounts, limits: Amounts): void {
  for (const [name, quantity] of requests) {
    const isPlain = name === 'cpu' || name === 'memory' || name === 'ephemeral-storage' || name.startsWith(HUGE_PAGES);
    if (isPlain) usage.set(name, quantity);
    if (isPlain || isExtendedResource(name)) usage.set(`requests.${name}`, quantity);
  }
  for (const [name, quantity] of limits)
    if (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage') usage.set(`limits.${name}`, quantity);
}

function missingOf({ spec }: Readonly<Pod>, names: readonly string[]): string | undefined {
  const asked = names.filter((name) => ASKED_RESOURCES.has(name)).sort();
  const silent = (name: string): string[] =>
    [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
      .filter((container) => !containerUsage(container).has(name))
      .map((container) => container.name)
      .sort();
  const told = asked.flatMap((name) => {
    const containers = [...new Set(silent(name))];
    return containers.length > 0 ? [`${name} for: ${containers.join(',')}`] : [];
  });
  return told.length > 0 ? `must specify ${told.join('; ')}` : undefined;
}

function containerUsage({ resources }: Readonly<Container>): Amounts {
  const usage = new Map<string, Quantity>();
  addCompute(usage, parseAmounts(resources?.requests), parseAmounts(resources?.limits));
  return usage;
}

function serviceUsage({ spec }: Readonly<Service>): Amounts {
  const usage = new Map<string, Quantity>([
    ['count/services', ONE],
    ['services', ONE],
    ['services.loadbalancers', countOf(spec?.type === 'LoadBalancer' ? 1 : 0)],
  ]);
  const ports = spec?.ports ?? [];
  const isFree = spec?.allocateLoadBalancerNodePorts === false;
  const given = isFree ? ports.filter(({ nodePort }) => nodePort) : ports;
  const takesPorts = spec?.type === 'NodePort' || spec?.type === 'LoadBalancer';
  const count = spec?.type === 'NodePort' ? ports.length : given.length;
  usage.set('services.nodeports', countOf(takesPorts ? count : 0));
  return usage;
}

function claimUsage(claim: Readonly<PersistentVolumeClaim>): Amounts {
  const usage = new Map<string, Quantity>([
    ['count/persistentvolumeclaims', ONE],
    ['persistentvolumeclaims', ONE],
  ]);
  const name = claim.metadata?.annotations?.[CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? '';
  if (name) usage.set(`${name}${OF_CLASS}persistentvolumeclaims`, ONE);
  const storage = parseAmounts(claim.spec?.resources?.requests).get('storage');
  if (storage) {
    const amount = new Map([['requests.storage', storage]]);
    if (name) amount.set(`${name}${OF_CLASS}requests.storage`, storage);
    addAmounts(usage, amount);
  }
  return usage;
}
