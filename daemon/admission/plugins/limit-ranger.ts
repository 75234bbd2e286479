/**
 * LimitRanger: new Pods get the requests and limits that the namespace's LimitRanges give to containers without any, and keep to their bounds;
 * claims of volumes keep to theirs. What has been admitted is not judged again: the resources of a Pod's containers do not change.
 */

import { canonicalQuantity, formatQuantity, parseQuantity, type Quantity } from '../../base/quantity.ts';
import { type Amounts, amountOf, parseAmounts, podAmounts } from '../../kinds/common/amounts.ts';
import { LIMIT_RANGES } from '../../kinds/resources.ts';
import type {
  Container,
  LimitRange,
  LimitRangeItem,
  PersistentVolumeClaim,
  Pod,
  PodSpec,
} from '../../kinds/types.generated.ts';
import type { AdmissionEnvironment, ClusterView } from '../contract.ts';
import { type Attributes, isCore, type Plugin, type Refusal, refuse } from '../plugin.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

interface Breach {
  readonly at: string;
  readonly message: string;
}

export const limitRanger: Plugin = {
  name: 'LimitRanger',

  mutate(attributes: Attributes, { cluster }: AdmissionEnvironment): undefined {
    if (!isNewPod(attributes)) return;
    for (const { spec } of limitRangesOf(cluster, attributes.namespace))
      setDefaults(attributes.object as Pod, spec?.limits ?? []);
  },

  validate(attributes: Attributes, { cluster }: AdmissionEnvironment): Refusal | undefined {
    const isPod = isNewPod(attributes);
    if (!isPod && !isClaim(attributes)) return undefined;
    for (const { spec } of limitRangesOf(cluster, attributes.namespace)) {
      const breaches = (spec?.limits ?? []).flatMap((item) =>
        isPod
          ? breachesOfPod((attributes.object as Pod).spec ?? { containers: [] }, item)
          : breachesOfClaim(attributes.object as PersistentVolumeClaim, item),
      );
      if (breaches.length === 0) continue;
      const told = [...new Set(breaches.map(({ message }) => message))];
      return refuse(attributes, breaches[0]!.at, told.length === 1 ? told[0]! : `[${told.join(', ')}]`);
    }
    return undefined;
  },
};

const isNewPod = (attributes: Attributes): boolean => attributes.operation === 'create' && isCore(attributes, 'pods');

/** One that is going may lose its finalizers whatever the bounds have become. */
function isClaim(attributes: Attributes): boolean {
  if (attributes.operation === 'delete' || attributes.old?.metadata?.deletionTimestamp) return false;
  return isCore(attributes, 'persistentvolumeclaims');
}

function limitRangesOf(cluster: ClusterView, namespace: string | undefined): readonly LimitRange[] {
  return namespace ? (cluster.list(LIMIT_RANGES, namespace) as readonly LimitRange[]) : [];
}

function setDefaults(pod: Pod, items: readonly LimitRangeItem[]): void {
  const ofContainers = items.filter(({ type }) => type === 'Container');
  const limits = Object.assign({}, ...ofContainers.map((item) => item.default)) as Record<string, string>;
  const requests = Object.assign({}, ...ofContainers.map((item) => item.defaultRequest)) as Record<string, string>;
  const told = [
    ...(pod.spec?.containers ?? []).flatMap((container) => fill(container, 'container', { requests, limits })),
    ...(pod.spec?.initContainers ?? []).flatMap((container) => fill(container, 'init container', { requests, limits })),
  ];
  if (told.length === 0) return;
  pod.metadata ??= {};
  const annotation = `LimitRanger plugin set: ${told.join('; ')}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: annotation };
}

/** In place; says what it set. */
function fill(
  container: Container,
  noun: string,
  defaults: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>,
): string[] {
  return (['requests', 'limits'] as const).flatMap((list) => {
    const present = container.resources?.[list] ?? {};
    const missing = Object.keys(defaults[list])
      .filter((name) => !Object.hasOwn(present, name))
      .sort();
    if (missing.length === 0) return [];
    const added = Object.fromEntries(missing.map((name) => [name, defaults[list][name]!]));
    container.resources = { ...container.resources, [list]: { ...present, ...added } };
    return [`${missing.join(', ')} ${list.slice(0, -1)} for ${noun} ${container.name}`];
  });
}

function breachesOfPod(spec: PodSpec, item: LimitRangeItem): Breach[] {
  if (item.type === 'Pod')
    return breachesOf(item, podAmounts(spec, 'requests'), podAmounts(spec, 'limits')).map((message) => ({
      at: 'spec.containers',
      message,
    }));
  if (item.type !== 'Container') return [];
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap(({ resources }, index) =>
      breachesOf(item, parseAmounts(resources?.requests), parseAmounts(resources?.limits)).map((message) => ({
        at: `spec.${list}[${index}].resources`,
        message,
      })),
    ),
  );
}

function breachesOf(item: LimitRangeItem, requests: Amounts, limits: Amounts): string[] {
  const check = (bounds: Readonly<Record<string, string>> | undefined, judge: Judge): string[] =>
    Object.keys(bounds ?? {})
      .sort()
      .flatMap((name) => judge({ type: item.type, name, bound: bounds![name]!, requests, limits }) ?? []);
  return [...check(item.min, checkMin), ...check(item.max, checkMax), ...check(item.maxLimitRequestRatio, checkRatio)];
}

interface Bounded {
  readonly type: string;
  readonly name: string;
  readonly bound: string;
  readonly requests: Amounts;
  readonly limits: Amounts;
}
type Judge = (bounded: Bounded) => string | undefined;

const nanosOf = (text: string): bigint => parseQuantity(text)?.nanos ?? 0n;
const usage = (word: string, { type, name, bound }: Bounded): string =>
  `${word} ${name} usage per ${type} is ${canonicalQuantity(bound)}`;

function checkMin(bounded: Bounded): string | undefined {
  const request = bounded.requests.get(bounded.name);
  const limit = bounded.limits.get(bounded.name);
  const least = nanosOf(bounded.bound);
  if (!request) return `${usage('minimum', bounded)}.  No request is specified`;
  if (request.nanos < least) return `${usage('minimum', bounded)}, but request is ${formatQuantity(request)}`;
  if (limit && limit.nanos < least) return `${usage('minimum', bounded)}, but limit is ${formatQuantity(limit)}`;
  return undefined;
}

function checkMax(bounded: Bounded): string | undefined {
  const request = bounded.requests.get(bounded.name);
  const limit = bounded.limits.get(bounded.name);
  const most = nanosOf(bounded.bound);
  if (!limit) return `${usage('maximum', bounded)}.  No limit is specified`;
  if (limit.nanos > most) return `${usage('maximum', bounded)}, but limit is ${formatQuantity(limit)}`;
  if (request && request.nanos > most) return `${usage('maximum', bounded)}, but request is ${formatQuantity(request)}`;
  return undefined;
}

function checkRatio({ type, name, bound, requests, limits }: Bounded): string | undefined {
  const subject = `${name} max limit to request ratio per ${type} is ${canonicalQuantity(bound)}`;
  const request = amountOf(requests, name);
  const limit = amountOf(limits, name);
  if (request.nanos === 0n) return `${subject}, but no request is specified or request is 0`;
  if (limit.nanos === 0n) return `${subject}, but no limit is specified or limit is 0`;
  if (limit.nanos * NANOS <= nanosOf(bound) * request.nanos) return undefined;
  return `${subject}, but provided ratio is ${ratioOf(limit, request).toFixed(6)}`;
}

const NANOS = 1_000_000_000n;
const ratioOf = (a: Quantity, b: Quantity): number => Number(a.nanos) / Number(b.nanos);

/** Only what was asked for counts: limits of a claim mean nothing to people. */
function breachesOfClaim(claim: PersistentVolumeClaim, item: LimitRangeItem): Breach[] {
  if (item.type !== 'PersistentVolumeClaim') return [];
  const requests = parseAmounts(claim.spec?.resources?.requests);
  const check = (bounds: Readonly<Record<string, string>> | undefined, word: 'minimum' | 'maximum'): Breach[] =>
    Object.keys(bounds ?? {})
      .sort()
      .flatMap((name) => {
        const bounded = { type: item.type, name, bound: bounds![name]!, requests, limits: new Map() };
        const request = requests.get(name);
        const at = 'spec.resources.requests';
        if (!request) return [{ at, message: `${usage(word, bounded)}.  No request is specified` }];
        const bound = nanosOf(bounded.bound);
        const isWithin = word === 'minimum' ? request.nanos >= bound : request.nanos <= bound;
        return isWithin ? [] : [{ at, message: `${usage(word, bounded)}, but request is ${formatQuantity(request)}` }];
      });
  return [...check(item.min, 'minimum'), ...check(item.max, 'maximum')];
}
