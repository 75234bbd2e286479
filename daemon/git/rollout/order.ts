/**
 * What a manifest says about the order of its rollout: `reflet.dev/depends-on: deployment/db, deployment/shop/cache` and `reflet.dev/wave: "-1"`. Pure.
 */

import { isObject } from '../../base/json.ts';
import type { JsonObject, ObjectKey } from '../../base/object.ts';
import { registryKey } from '../../base/registry-key.ts';
import { DEPENDS_ON, WAITS_FOR, WAVE } from '../../kinds/common/rollout-order.ts';
import { isStorageVersion } from '../../kinds/conversion.ts';
import type { Kind, KindRegistry } from '../../kinds/kind.ts';
import { DEPENDENCIES_MAX, WAVE_MAX } from '../limits.ts';
import type { NamedObject } from '../manifest-file.ts';

/** Kinds whose rollout can be held: their controllers honour `reflet.dev/waits-for`. */
const HOLDABLE: ReadonlySet<string> = new Set(['apps/Deployment', 'apps/ReplicaSet', 'batch/Job', '/Pod']);

export interface OrderProblem {
  annotation: string;
  message: string;
  expected: string;
}

export interface Order {
  wave: number;
  /** In the order in which they are written. */
  dependsOn: readonly NamedObject[];
  problems: readonly OrderProblem[];
}

const NO_ORDER: Order = { wave: 0, dependsOn: [], problems: [] };

/** Whether a manifest says anything about order; cheap. */
export function saysOrder(object: Readonly<JsonObject>): boolean {
  const annotations = annotationsOf(object);
  return annotations !== undefined && (DEPENDS_ON in annotations || WAVE in annotations || WAITS_FOR in annotations);
}

export function annotationsOf(object: Readonly<JsonObject>): JsonObject | undefined {
  const metadata = object['metadata'];
  return isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : undefined;
}

/** A workload that rolls out, and can be held back: not a Pod that names its node, which no scheduler looks at. */
export function isHoldable({ kind }: NamedObject, object: Readonly<JsonObject>): boolean {
  const { group, kind: name } = kind.resource;
  if (!HOLDABLE.has(`${group}/${name}`)) return false;
  const spec = object['spec'];
  return name !== 'Pod' || !(isObject(spec) && typeof spec['nodeName'] === 'string' && spec['nodeName'] !== '');
}

export function orderOf(names: NamedObject, object: Readonly<JsonObject>, registry: KindRegistry): Order {
  if (!saysOrder(object)) return NO_ORDER;
  const annotations = annotationsOf(object)!;
  const problems: OrderProblem[] = [];
  const holdable = isHoldable(names, object);
  if (WAITS_FOR in annotations) {
    const message = 'is set by reflet on a workload that it holds, and by nothing else';
    problems.push({ annotation: WAITS_FOR, message, expected: `${DEPENDS_ON} or ${WAVE} in the manifest` });
  }
  let wave = 0;
  if (WAVE in annotations) {
    const text = annotations[WAVE];
    wave = typeof text === 'string' && /^[+-]?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (!(Math.abs(wave) <= WAVE_MAX)) {
      const expected = `a whole number from -${WAVE_MAX} to ${WAVE_MAX}, quoted`;
      problems.push({ annotation: WAVE, message: `Invalid value: ${JSON.stringify(text)}`, expected });
      wave = 0;
    }
  }
  const dependsOn: NamedObject[] = [];
  if (DEPENDS_ON in annotations) {
    if (!holdable) {
      const message = `a ${names.kind.resource.kind.toLowerCase()} cannot wait: it is in force with its commit`;
      problems.push({
        annotation: DEPENDS_ON,
        message,
        expected: 'it on a Deployment, a ReplicaSet, a Job or an unbound Pod',
      });
    } else readDependencies(names, annotations[DEPENDS_ON], registry, dependsOn, problems);
  }
  return { wave, dependsOn, problems };
}

function readDependencies(
  names: NamedObject,
  text: unknown,
  registry: KindRegistry,
  dependsOn: NamedObject[],
  problems: OrderProblem[],
): void {
  const say = (message: string, expected: string) => problems.push({ annotation: DEPENDS_ON, message, expected });
  const parts = typeof text === 'string' ? text.split(',').map((part) => part.trim()) : [];
  if (parts.length > DEPENDENCIES_MAX) {
    say(`it names ${parts.length} objects`, `at most ${DEPENDENCIES_MAX}; waves order more`);
    return;
  }
  for (const part of parts) {
    const target = parseReference(part, names.key.namespace, registry);
    if (typeof target === 'string') say(`Invalid value: ${JSON.stringify(part)}: ${target}`, FORM);
    else if (target.storeKey === names.storeKey) say(`Invalid value: ${JSON.stringify(part)}: it names itself`, FORM);
    else if (!dependsOn.some(({ storeKey }) => storeKey === target.storeKey)) dependsOn.push(target);
  }
}

const FORM = '<kind>/<name> of its own namespace, <kind>/<namespace>/<name>, or several with commas between';

/** `deployment/db`, `deployments.apps/shop/db`, `namespace/shop`; a text says what is wrong. */
function parseReference(text: string, ownNamespace: string | undefined, registry: KindRegistry): NamedObject | string {
  const parts = text.split('/');
  const [kindName = '', ...rest] = parts;
  if (parts.length < 2 || parts.length > 3 || parts.some((part) => !/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/.test(part)))
    return 'this is not a kind and a name';
  const kind = findKind(kindName, registry);
  if (!kind) return `no kind is called ${JSON.stringify(kindName)}`;
  const { namespaced } = kind.resource;
  if (!namespaced && rest.length > 1) return `a ${kind.singular} is in no namespace`;
  const namespace = namespaced ? (rest.length > 1 ? rest[0] : (ownNamespace ?? 'default')) : undefined;
  const key: ObjectKey = { ...(namespace ? { namespace } : {}), name: rest.at(-1)! };
  return { kind, key, storeKey: registryKey(kind.resource, key) };
}

/** As kubectl names kinds: kind, singular, plural or short name, with `.group` where it matters. */
function findKind(text: string, registry: KindRegistry): Kind | undefined {
  const [name = '', ...groupParts] = text.toLowerCase().split('.');
  const group = groupParts.join('.');
  return registry.kinds.find(
    (kind) =>
      kind.stored &&
      isStorageVersion(kind) &&
      (group === '' || kind.resource.group === group) &&
      (kind.resource.kind.toLowerCase() === name ||
        kind.resource.plural === name ||
        kind.singular === name ||
        kind.shortNames.includes(name)),
  );
}
