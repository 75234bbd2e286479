/**
 * The managers of an object: `metadata.managedFields` read into a map by identity, and written back.
 *
 * A manager is identified by name, operation and subresource, an updating one by its apiVersion too; time and fields are
 * no part of the identity. Entries that did not change are written back as the very objects that were read.
 */

import { deepEqual, isObject } from '../base/json.ts';
import type { ManagedFieldsEntry } from '../base/object.ts';
import { EMPTY_SET, type FieldSet, parseFieldSet, sortedSet, union } from './field-set.ts';

export interface Manager {
  /** Name of the manager, for example `kubectl-client-side-apply`. */
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339, whole seconds; undefined when the entry had none. */
  readonly time: string | undefined;
  readonly fields: FieldSet;
  /** The stored entry that this was read from, if any. */
  readonly entry: ManagedFieldsEntry | undefined;
}

/** By {@link managerId}. */
export type Managers = ReadonlyMap<string, Manager>;

type ManagerIdentity = Pick<Manager, 'name' | 'operation' | 'apiVersion' | 'subresource'>;

/** Sorts as upstream's identifiers do, which decides the order in which conflicts are listed. */
export function managerId({ name, operation, apiVersion, subresource }: ManagerIdentity): string {
  let members = name ? `"manager":${JSON.stringify(name)},` : '';
  members += `"operation":"${operation}"`;
  if (operation === 'Update' && apiVersion) members += `,"apiVersion":${JSON.stringify(apiVersion)}`;
  if (subresource) members += `,"subresource":${JSON.stringify(subresource)}`;
  return `{${members}}`;
}

/** Stored entries were written here and are taken as they are; a client's are read anew, step by step. */
function fieldsOfEntry(entry: ManagedFieldsEntry, stored: boolean): FieldSet | undefined {
  const raw: unknown = entry.fieldsV1;
  if (raw === undefined || raw === null) return EMPTY_SET;
  return stored && isObject(raw) ? (raw as FieldSet) : parseFieldSet(raw);
}

const TEXTS = ['manager', 'operation', 'apiVersion', 'time', 'subresource'] as const;

/** Reads managedFields. Undefined when any entry cannot be read: then all of them are useless. */
export function readManagers(
  entries: readonly ManagedFieldsEntry[] | undefined,
  stored: boolean,
): Map<string, Manager> | undefined {
  const managers = new Map<string, Manager>();
  if (entries && !Array.isArray(entries)) return undefined;
  for (const entry of entries ?? []) {
    if (typeof entry !== 'object' || entry === null || entry.fieldsType !== 'FieldsV1') return undefined;
    if (!stored && TEXTS.some((name) => typeof (entry[name] ?? '') !== 'string')) return undefined;
    const fields = fieldsOfEntry(entry, stored);
    if (!fields) return undefined;
    const manager: Manager = {
      name: entry.manager ?? '',
      operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time ?? undefined,
      fields,
      entry: stored ? entry : undefined,
    };
    managers.set(managerId(manager), manager);
  }
  return managers;
}

function encodeEntry(manager: Manager): ManagedFieldsEntry {
  const { entry } = manager;
  const unchanged = entry?.fieldsV1 === manager.fields && entry.time === manager.time;
  if (unchanged && (entry.apiVersion ?? '') === manager.apiVersion) return entry;
  return {
    ...(manager.name ? { manager: manager.name } : {}),
    operation: manager.operation,
    ...(manager.apiVersion ? { apiVersion: manager.apiVersion } : {}),
    ...(manager.time ? { time: manager.time } : {}),
    fieldsType: 'FieldsV1',
    fieldsV1: sortedSet(manager.fields),
    ...(manager.subresource ? { subresource: manager.subresource } : {}),
  };
}

const secondsOf = (time: string | undefined): number => (time ? Math.floor(Date.parse(time) / 1000) || 0 : 0);
const byText = (a = '', b = ''): number => (a === b ? 0 : a < b ? -1 : 1);

/** Writes managedFields in their order: appliers first, then by time, name, apiVersion and subresource. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()]
    .sort(
      (a, b) =>
        byText(a.operation, b.operation) ||
        secondsOf(a.time) - secondsOf(b.time) ||
        byText(a.name, b.name) ||
        byText(a.apiVersion, b.apiVersion) ||
        byText(a.subresource, b.subresource),
    )
    .map(encodeEntry);
}

/** `[]` and `[{}]` are how a client clears the managed fields. */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined | null): boolean {
  if (!Array.isArray(entries)) return false;
  if (entries.length === 0) return true;
  return entries.length === 1 && isObject(entries[0]) && Object.keys(entries[0]).length === 0;
}

/** Which managers a write starts from: what the client sent if that is usable, else the live object's. */
export function managersOfWrite(
  sent: readonly ManagedFieldsEntry[] | undefined | null,
  live: readonly ManagedFieldsEntry[] | undefined,
  ignoreSent: boolean,
): Map<string, Manager> {
  if (!ignoreSent) {
    if (isReset(sent)) return new Map();
    // A client that sends back what it got gets the live entries, so that nothing is parsed and identity is kept.
    if (sent && sent !== live && !deepEqual(sent, live)) {
      const managers = readManagers(sent, false);
      if (managers && managers.size > 0) return managers;
    }
  }
  return readManagers(live, true) ?? new Map();
}

/** Update managers kept apart; more share the entry `ancient-changes`, as in the API server. */
const UPDATE_MANAGERS_MAX = 10;
const OLD_UPDATES_MANAGER = 'ancient-changes';

/** Merges the oldest updaters of one apiVersion until there are few enough. Changes the map. */
export function capUpdateManagers(managers: Map<string, Manager>): void {
  const updaters = [...managers].filter(([, manager]) => manager.operation === 'Update');
  let count = updaters.length;
  if (count <= UPDATE_MANAGERS_MAX) return;
  updaters.sort(([idA, a], [idB, b]) => secondsOf(a.time) - secondsOf(b.time) || byText(idA, idB));
  const firstOfVersion = new Map<string, string>();
  for (const [id, manager] of updaters) {
    if (count <= UPDATE_MANAGERS_MAX) return;
    const first = firstOfVersion.get(manager.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(manager.apiVersion, id);
      continue;
    }
    const identity = {
      name: OLD_UPDATES_MANAGER,
      operation: 'Update' as const,
      apiVersion: manager.apiVersion,
      subresource: '',
    };
    const bucketId = managerId(identity);
    if (bucketId === id) continue;
    const bucket = managers.get(bucketId) ?? managers.get(first)!;
    if (!managers.has(bucketId)) managers.delete(first);
    managers.delete(id);
    count--;
    const fields = union(manager.fields, bucket.fields);
    managers.set(bucketId, { ...identity, time: manager.time, fields, entry: undefined });
  }
}

/**
 * True when two managedFields differ in nothing but times: then the write that made them is no write, as the API server
 * sees it (an apply of `1000m` over a stored `1` moves the time and nothing else).
 */
export function equalButTimes(
  a: readonly ManagedFieldsEntry[] | undefined,
  b: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return false;
  const others = readManagers(b, true);
  const mine = readManagers(a, true);
  if (!mine || !others || mine.size !== others.size) return false;
  return [...mine].every(([id, manager]) => {
    const other = others.get(id);
    return other?.apiVersion === manager.apiVersion && deepEqual(other.fields, manager.fields);
  });
}
