/**
 * A Deployment's ReplicaSets: which one is of the present template, which are old, and what a new one looks like.
 * The same template always finds the same ReplicaSet: that is what makes a rollback one. Pure.
 */

import { SAFE_ALPHABET } from '../../base/clock.ts';
import { canonicalJson, cloneJson, isObject } from '../../base/json.ts';
import { DEPLOYMENTS } from '../../kinds/resources.ts';
import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../kinds/types.generated.ts';
import { controllerReference } from '../shared/ownership.ts';
import { replicasOf } from './fenceposts.ts';

const TEMPLATE_HASH_LABEL = 'pod-template-hash';

/** Equal but for the hash label; absent and empty are the same (`EqualIgnoreHash`). */
export function sameTemplate(
  a: Readonly<PodTemplateSpec> | undefined,
  b: Readonly<PodTemplateSpec> | undefined,
): boolean {
  return templateText(a) === templateText(b);
}

const texts = new WeakMap<object, string>();

/** The template's canonical text without the hash label; kept per template object, because it is compared often. */
function templateText(template: Readonly<PodTemplateSpec> | undefined): string {
  if (!template) return '';
  const known = texts.get(template);
  if (known !== undefined) return known;
  const { [TEMPLATE_HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  const text = canonicalJson(withoutEmpty({ ...template, metadata: { ...template.metadata, labels } }) ?? {});
  texts.set(template, text);
  return text;
}

/** Drops null, undefined and empty members, except empty objects that carry meaning as a volume source (`emptyDir: {}`). */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => withoutEmpty(item) ?? {});
  if (!isObject(value)) return value ?? undefined;
  const members = Object.entries(value)
    .map(([key, member]) => [key, isMarker(key, member) ? member : withoutEmpty(member)] as const)
    .filter(([, member]) => member !== undefined);
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

const isMarker = (key: string, member: unknown): boolean =>
  isObject(member) &&
  Object.keys(member).length === 0 &&
  key !== 'labels' &&
  key !== 'annotations' &&
  key !== 'metadata';

/** `pod-template-hash`: FNV-1a over the template's canonical text and the collision count, in the safe alphabet. */
export function templateHash(template: Readonly<PodTemplateSpec>, collisionCount: number | undefined): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(`${templateText(template)}${collisionCount ?? ''}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return [...String(hash)].map((digit) => SAFE_ALPHABET[digit.charCodeAt(0) % SAFE_ALPHABET.length]).join('');
}

/** Older first; names decide ties. */
export function byCreation(a: Readonly<ReplicaSet>, b: Readonly<ReplicaSet>): number {
  const [left, right] = [a.metadata ?? {}, b.metadata ?? {}];
  return (
    compare(left.creationTimestamp ?? '', right.creationTimestamp ?? '') || compare(left.name ?? '', right.name ?? '')
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The oldest ReplicaSet of the present template, if there is one. */
export function findNew(deployment: Readonly<Deployment>, all: readonly ReplicaSet[]): ReplicaSet | undefined {
  return [...all].sort(byCreation).find(({ spec }) => sameTemplate(spec?.template, deployment.spec?.template));
}

export function isActive(replicaSet: Readonly<ReplicaSet>): boolean {
  return replicasOf(replicaSet) > 0;
}

/** The ReplicaSet of the present template, without annotations and with `replicas` 0. */
export function renderReplicaSet(deployment: Readonly<Deployment>): ReplicaSet {
  const spec = deployment.spec!;
  const hash = templateHash(spec.template, deployment.status?.collisionCount);
  const template = cloneJson(spec.template);
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [TEMPLATE_HASH_LABEL]: hash } };
  const selector = cloneJson(spec.selector);
  selector.matchLabels = { ...selector.matchLabels, [TEMPLATE_HASH_LABEL]: hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${deployment.metadata?.name}-${hash}`,
      namespace: deployment.metadata?.namespace,
      ownerReferences: [controllerReference(DEPLOYMENTS, deployment)],
      labels: cloneJson(template.metadata.labels),
    },
    spec: {
      replicas: 0,
      ...(spec.minReadySeconds ? { minReadySeconds: spec.minReadySeconds } : {}),
      selector,
      template,
    },
  };
}
