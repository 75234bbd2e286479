/**
 * The objects that a commit writes and removes, as a plan shows them: field by field against what is live. Pure.
 * What nobody wrote (status, managed fields, revisions) is left out, and so are values of Secrets; what is handed out by chance says so.
 */

import type { JsonObject, KubeObject } from '../base/object.ts';
import type { DesiredObject, ObjectChanges } from '../git/desired-state.ts';
import type { NamedObject } from '../git/manifest-file.ts';
import { apiVersionOf } from '../kinds/resource.ts';
import type { Service } from '../kinds/types.generated.ts';
import { typeOfObject } from '../merge/managed-fields.ts';
import { type TypedChange, typedChanges } from '../merge/typed-changes.ts';
import type { SchemaSet } from '../schema/node.ts';
import type { Operation } from '../store/store.ts';
import type { PlannedField, PlannedObject } from './document.ts';

/** Annotations that repeat the object, or speak of its rollout only. */
const UNTOLD = ['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision'];

export function describeObjects(
  changes: ObjectChanges,
  operations: readonly Operation[],
  live: (key: string) => Readonly<KubeObject> | undefined,
  schemas: SchemaSet,
): PlannedObject[] {
  const written = new Map(operations.map((operation) => [operation.key, operation]));
  const changed = changes.changed.flatMap(({ file, document }): PlannedObject[] => {
    const operation = document.names && written.get(document.names.storeKey);
    if (!document.names || operation?.type !== 'put') return [];
    const before = live(document.names.storeKey);
    const fields = before ? changedFields(before, operation.value, document.object, schemas) : [];
    return [{ action: before ? 'update' : 'create', ...identify(document.names, { file, document }), fields }];
  });
  const removed = changes.removed.flatMap((object): PlannedObject[] => {
    const operation = written.get(object.names.storeKey);
    if (!operation) return [];
    // A kept object (`reflet.dev/prune: disabled`) stays, and is git's no more.
    const isKept = operation.type === 'put' && operation.value.metadata?.deletionTimestamp === undefined;
    return [{ action: isKept ? 'update' : 'delete', ...identify(object.names, object), fields: [] }];
  });
  return [...changed, ...removed].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ kind, namespace = '', name }: PlannedObject): string => `${namespace}\0${kind}\0${name}`;

function identify({ kind, key }: NamedObject, { file, document }: Pick<DesiredObject, 'file' | 'document'>) {
  return {
    apiVersion: apiVersionOf(kind.resource),
    kind: kind.resource.kind,
    ...(key.namespace ? { namespace: key.namespace } : {}),
    name: key.name,
    file: file.path,
    line: document.line,
  };
}

function changedFields(
  before: Readonly<KubeObject>,
  after: Readonly<KubeObject>,
  manifest: Readonly<JsonObject>,
  schemas: SchemaSet,
): PlannedField[] {
  const type = typeOfObject(schemas, after as JsonObject);
  const isSecret = after.kind === 'Secret';
  const isAllocated = allocatedPaths(manifest as KubeObject);
  return typedChanges(type, told(before), told(after)).map((change) => {
    if (isSecret && /^(data|stringData)\b/.test(change.path)) return withoutValues(change);
    const { path } = change;
    return {
      path,
      ...(change.before === undefined ? {} : { before: change.before }),
      ...(change.after === undefined ? {} : { after: isAllocated(path) ? '(allocated)' : change.after }),
    };
  });
}

/** Whether a whole map of data came or one key of it: the keys are told, the values are not. */
function withoutValues({ path, before, after }: TypedChange): PlannedField {
  const keys = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.keys(value).map((key) => [key, '(secret)']))
      : '(secret)';
  return {
    path,
    ...(before === undefined ? {} : { before: keys(before) }),
    ...(after === undefined ? {} : { after: keys(after) }),
    secret: true,
  };
}

/** The object as people write it. */
function told(object: Readonly<KubeObject>): JsonObject {
  const { status: _status, metadata = {}, ...rest } = object as Readonly<KubeObject & { status?: unknown }>;
  const { labels, finalizers, ownerReferences } = metadata;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !UNTOLD.includes(name));
  return {
    ...rest,
    metadata: {
      ...(labels ? { labels } : {}),
      ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
      ...(finalizers ? { finalizers } : {}),
      ...(ownerReferences ? { ownerReferences } : {}),
    },
  };
}

/** Fields of a Service that the manifest leaves open: they get some free address or port. */
function allocatedPaths(manifest: Readonly<KubeObject>): (path: string) => boolean {
  if (manifest.kind !== 'Service') return () => false;
  const { spec } = manifest as Service;
  const asksPort = (spec?.ports ?? []).some(({ nodePort }) => nodePort);
  return (path) =>
    (/^spec\.clusterIPs?$/.test(path) && !spec?.clusterIP) ||
    (/nodePort$/.test(path) && !asksPort) ||
    (path === 'spec.healthCheckNodePort' && !spec?.healthCheckNodePort);
}

/** Addresses and ports that the operations got by chance: new ones that no manifest asks for. */
export function allocatedValues(
  changes: ObjectChanges,
  operations: readonly Operation[],
  live: (key: string) => Readonly<KubeObject> | undefined,
): string[] {
  const manifests = new Map(changes.changed.map(({ document }) => [document.names?.storeKey, document.object]));
  return operations.flatMap((operation) => {
    if (operation.type !== 'put' || operation.value.kind !== 'Service') return [];
    const asked = new Set(numbersOf((manifests.get(operation.key) ?? {}) as Service));
    const had = new Set(numbersOf((live(operation.key) ?? {}) as Service));
    return numbersOf(operation.value as Service).filter((value) => !asked.has(value) && !had.has(value));
  });
}

function numbersOf({ spec }: Service): string[] {
  const ports = (spec?.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [String(nodePort)] : []));
  return [...(spec?.clusterIP ? [spec.clusterIP] : []), ...ports];
}
