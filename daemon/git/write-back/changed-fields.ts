/**
 * Which fields two states of an object differ in, as paths, and whether two sets of changes touch each other. Pure.
 *
 * Lists of named things (containers, ports, variables) are compared by name, other lists as wholes: positions mean nothing when others edit too.
 */

import { deepEqual, isObject } from '../../base/json.ts';

/** `/spec/replicas`, `/spec/template/spec/containers/[web]/image` */
export type FieldPath = string;

/** What the server writes into every object. */
const SERVER_FIELDS: ReadonlySet<FieldPath> = new Set([
  '/status',
  '/metadata/managedFields',
  '/metadata/resourceVersion',
  '/metadata/generation',
  '/metadata/uid',
  '/metadata/creationTimestamp',
  '/metadata/selfLink',
  '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
]);

export function changedFields(before: unknown, after: unknown, path: FieldPath = ''): FieldPath[] {
  if (SERVER_FIELDS.has(path) || deepEqual(before, after)) return [];
  const [one, other] = [fieldsOf(before), fieldsOf(after)];
  if (!one || !other) return [path];
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].flatMap((name) => changedFields(one.get(name), other.get(name), `${path}/${name}`));
}

/** Every leaf that the value names. */
export const namedFields = (value: unknown): FieldPath[] => {
  const leaves = (part: unknown, path: FieldPath): FieldPath[] => {
    const fields = SERVER_FIELDS.has(path) ? undefined : fieldsOf(part);
    if (!fields || fields.size === 0) return [path];
    return [...fields].flatMap(([name, field]) => leaves(field, `${path}/${name}`));
  };
  return leaves(value, '');
};

/** Those of `paths` that are, hold or lie below one of `others`. */
export function touching(paths: readonly FieldPath[], others: readonly FieldPath[]): FieldPath[] {
  const isWithin = (inner: FieldPath, outer: FieldPath) => inner === outer || inner.startsWith(`${outer}/`);
  return paths.filter((path) => others.some((other) => isWithin(path, other) || isWithin(other, path)));
}

/** `spec.template.spec.containers[web].image` */
export const formatField = (path: FieldPath): string =>
  path
    .split('/')
    .filter(Boolean)
    .map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce((text, name) => (name.startsWith('[') ? `${text}${name}` : text ? `${text}.${name}` : name), '');

/** An absent parent is an empty one: adding a first label touches no other label. */
function fieldsOf(value: unknown): Map<string, unknown> | undefined {
  if (value === undefined) return new Map();
  if (isObject(value))
    return new Map(
      Object.entries(value).map(([name, field]) => [name.replace(/~/g, '~0').replace(/\//g, '~1'), field]),
    );
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const names = value.map((item) => (isObject(item) && typeof item['name'] === 'string' ? item['name'] : undefined));
  if (names.includes(undefined) || new Set(names).size !== names.length) return undefined;
  return new Map(value.map((item, position) => [`[${names[position]}]`, item]));
}
