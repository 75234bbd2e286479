/**
 * The prune guard: a commit that would remove a large part of what is in force is a mistake more often than a wish. Pure.
 * An emptied tree, or more than the configured share of the objects, needs a confirmation: a trailer in the commit, or `reflet confirm`.
 */

import type { TreeProblem } from '../../admission/contract.ts';
import { isObject } from '../../base/json.ts';
import type { JsonObject, KubeObject } from '../../base/object.ts';
import { NAMESPACES } from '../../kinds/resources.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { ObjectChanges } from '../desired-state.ts';
import { describeObject, type NamedObject } from '../manifest-file.ts';
import type { PushProblem } from '../problem.ts';

/** In a manifest: `disabled` keeps the object when its manifest goes. */
const PRUNE = 'reflet.dev/prune';
/** The commit's trailer that confirms: `Reflet-Confirm: prune`. */
export const CONFIRM_TRAILER = { key: 'reflet-confirm', value: 'prune' } as const;

const NAMED_MAX = 5;

/** Whether the object stays, without git, when its manifest goes: as its manifest or the live object says. */
export function isKept(object: Readonly<JsonObject> | undefined): boolean {
  const { metadata } = object ?? {};
  const annotations = isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {};
  return annotations[PRUNE] === 'disabled';
}

/** Objects in a namespace that nobody would miss by themselves: others make them, or they are about others. */
const DERIVED_KINDS: ReadonlySet<string> = new Set([
  'Endpoints',
  'EndpointSlice',
  'Event',
  'Lease',
  'ControllerRevision',
]);

export interface Present {
  /** How many objects git has in force. */
  readonly count: number;
  /** Everything that lives in a namespace. */
  inNamespace(name: string): readonly LiveObject[];
}

export interface LiveObject {
  readonly storeKey: string;
  readonly object: Readonly<KubeObject>;
}

/** A namespace that goes takes with it all it holds, from git or not. */
export function judgeRemovals(
  changes: ObjectChanges,
  present: Present,
  { maxShare, minObjects }: Configuration['prune'],
): PushProblem | undefined {
  const going = changes.removed.filter(({ document }) => !isKept(document.object));
  const runtime = runtimeObjectsOf(going, present);
  const [removed, all] = [going.length + runtime, present.count + runtime];
  const isNew = ({ before }: ObjectChanges['changed'][number]): boolean => before === undefined;
  const isEmptied = going.length > 0 && going.length === present.count && !changes.changed.some(isNew);
  if (!isEmptied && (removed < minObjects || removed <= maxShare * all)) return undefined;
  const named = going.slice(0, NAMED_MAX).map(({ names }) => describeObject(names));
  const more = removed > named.length ? `, … and ${removed - named.length} more` : '';
  return {
    file: '',
    message: `this would delete ${isEmptied ? 'all' : `${removed} of`} ${all} objects: ${named.join(', ')}${more}`,
    expected: 'if that is meant: the trailer "Reflet-Confirm: prune" in the commit, or `reflet confirm` with its id',
  };
}

/** How many objects that are not in git go with the namespaces that go. */
function runtimeObjectsOf(going: ObjectChanges['removed'], { inNamespace }: Present): number {
  const own = new Set(going.map(({ names }) => names.storeKey));
  const live = going.filter(({ names }) => isNamespace(names)).flatMap(({ names }) => inNamespace(names.key.name));
  return live.filter(({ storeKey, object }) => !own.has(storeKey) && isMissed(object)).length;
}

function isMissed({ kind = '', metadata }: Readonly<KubeObject>): boolean {
  const isOwned = metadata?.ownerReferences?.some(({ controller }) => controller === true) ?? false;
  const isGiven = GIVEN_NAMES.has(`${kind}/${metadata?.name}`);
  return !isOwned && !isGiven && !DERIVED_KINDS.has(kind);
}

/** What every namespace is given by controllers. */
const GIVEN_NAMES: ReadonlySet<string> = new Set(['ServiceAccount/default', 'ConfigMap/kube-root-ca.crt']);

/** A namespace cannot go while it holds what shall be kept. */
export function checkKept(changes: ObjectChanges, { inNamespace }: Present): TreeProblem[] {
  return changes.removed.flatMap(({ names, file, document }) => {
    if (!isNamespace(names) || isKept(document.object)) return [];
    const kept = inNamespace(names.key.name).find(({ object }) => isKept(object as JsonObject));
    if (!kept) return [];
    const { kind, metadata } = kept.object;
    const message = `namespace ${names.key.name} cannot go: it holds ${kind?.toLowerCase()} ${metadata?.name}, which says ${PRUNE}: disabled`;
    const expected = `the namespace to stay, to say ${PRUNE}: disabled itself, or that object to be deleted first`;
    return [{ file: file.path, document: document.number, fieldPath: '', message, expected, code: 422 }];
  });
}

const isNamespace = ({ kind: { resource } }: NamedObject): boolean =>
  resource.group === NAMESPACES.group && resource.plural === NAMESPACES.plural;
