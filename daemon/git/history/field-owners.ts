/**
 * Which manager owns which field, as `metadata.managedFields` tells it (FieldsV1, KEP-555). Pure.
 */

import { isObject } from '../../base/json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../base/object.ts';
import { eachPath, type FieldSet, parseFieldSet } from '../../merge/field-set.ts';

export interface FieldOwner {
  readonly manager: string;
  readonly operation: string;
  /** RFC 3339. */
  readonly time: string | undefined;
  readonly subresource: string | undefined;
}

export interface OwnedField {
  /** As the API names fields: `spec.template.spec.containers[0].image`; `items` of sets by position. */
  readonly path: string;
  readonly value: unknown;
  readonly owner: FieldOwner;
}

/** Every field that somebody owns, with the value that it has. Fields that the object has not got any more are left out. */
export function ownedFields(object: Readonly<KubeObject>): OwnedField[] {
  const owned: OwnedField[] = [];
  for (const entry of object.metadata?.managedFields ?? []) {
    const set = fieldSetOf(entry);
    if (!set) continue;
    const owner = ownerOf(entry);
    eachPath(set, (elements) => {
      const found = locate(object, elements);
      if (found) owned.push({ path: found.path, value: found.value, owner });
    });
  }
  return owned;
}

/** Who owns a field, or the nearest that it stands in. */
export function ownersOf(
  object: Readonly<KubeObject>,
  path: string,
): { path: string; owners: FieldOwner[] } | undefined {
  const fields = ownedFields(object);
  for (let at = path; at !== ''; at = parentOf(at)) {
    const owners = fields.filter((field) => field.path === at).map(({ owner }) => owner);
    if (owners.length > 0) return { path: at, owners };
  }
  return undefined;
}

const parentOf = (path: string): string => path.replace(/(\.[^.[\]]+|\[[^\]]*\]|^[^.[\]]+)$/, '');

function fieldSetOf({ fieldsV1 }: ManagedFieldsEntry): FieldSet | undefined {
  return parseFieldSet(fieldsV1);
}

const ownerOf = ({ manager, operation, time, subresource }: ManagedFieldsEntry): FieldOwner => ({
  manager: manager ?? '',
  operation: operation ?? '',
  time,
  subresource: subresource || undefined,
});

/** Follows the elements of a FieldsV1 path (`f:name`, `k:{…}`, `v:…`, `i:n`) through the object. */
function locate(object: unknown, elements: readonly string[]): { path: string; value: unknown } | undefined {
  let at = object;
  let path = '';
  for (const element of elements) {
    if (element === '.') break;
    const text = element.slice(2);
    if (element.startsWith('f:')) {
      if (!isObject(at) || !Object.hasOwn(at, text)) return undefined;
      at = at[text];
      const isPlain = /^[A-Za-z_$][\w$-]*$/.test(text);
      path += isPlain ? (path === '' ? text : `.${text}`) : `[${text}]`;
      continue;
    }
    if (!Array.isArray(at)) return undefined;
    const index = indexOf(at, element);
    if (index < 0) return undefined;
    at = at[index];
    path += `[${index}]`;
  }
  return path === '' ? undefined : { path, value: at };
}

function indexOf(list: readonly unknown[], element: string): number {
  const text = element.slice(2);
  if (element.startsWith('i:')) return Number(text) < list.length ? Number(text) : -1;
  const wanted: unknown = JSON.parse(text);
  if (element.startsWith('v:')) return list.indexOf(wanted);
  if (!isObject(wanted)) return -1;
  // A key that is a default (`protocol: TCP`) may be absent in the item.
  return list.findIndex(
    (item) => isObject(item) && Object.entries(wanted).every(([name, value]) => (item[name] ?? value) === value),
  );
}
