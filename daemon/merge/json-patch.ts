/**
 * JSON Patch (RFC 6902) as the API server applies it, with its library's habits: `add` and `replace` set members that
 * are not there, negative indices count from the end, `test` takes an absent member for null.
 *
 * Bounds: operations per patch, and how much `copy` may add (a few copies of copies would otherwise fill memory).
 */

import { cloneJson, deepEqual, defineMember, isObject } from '../base/json.ts';
import { badRequest, StatusError } from '../base/status.ts';

/** `maxJSONPatchOperations` of the API server. */
export const OPERATIONS_MAX = 10_000;
/** `JSONPatchMaxCopyBytes`: three times what a request may hold. */
export const COPIED_BYTES_MAX = 3 * 1024 * 1024;

/** Why an operation does not apply. Clients are told only that the patch was rejected; this is for logs and tests. */
class JsonPatchError extends Error {}

type Container = Record<string, unknown> | unknown[];
type Operation = Record<string, unknown>;

/** The 422 by which every patch that does not apply is answered. */
function unprocessablePatch(cause: unknown): StatusError {
  const message = 'the server rejected our request due to an error in our request';
  return new StatusError(422, 'Invalid', message, {}, { cause });
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** RFC 6901: `~1` first, so that `~01` is `~1`. */
const decodeToken = (token: string): string => token.replace(/~[01]/g, (found) => (found === '~1' ? '/' : '~'));

function textMember(operation: Operation, name: 'path' | 'from', verb: string): string {
  const value = operation[name];
  if (typeof value === 'string') return value;
  throw new JsonPatchError(`${verb} operation failed to decode ${name}: missing value`);
}

function parseIndex(token: string): number {
  if (/^[+-]?\d+$/.test(token)) return Number(token);
  throw new JsonPatchError(`value was not a proper array index: '${token}'`);
}

/** An existing position; negative ones count from the end. */
function existingIndex(items: readonly unknown[], token: string): number {
  const index = parseIndex(token);
  if (index >= items.length || index < -items.length)
    throw new JsonPatchError(`Unable to access invalid index: ${token}`);
  return index < 0 ? index + items.length : index;
}

function getMember(container: Container, token: string): unknown {
  if (Array.isArray(container)) return container[existingIndex(container, token)];
  return Object.hasOwn(container, token) ? container[token] : undefined;
}

function addMember(container: Container, token: string, value: unknown): void {
  if (!Array.isArray(container)) {
    defineMember(container, token, value);
    return;
  }
  if (token === '-') {
    container.push(value);
    return;
  }
  const index = parseIndex(token);
  const size = container.length + 1;
  if (index >= size || index < -size) throw new JsonPatchError(`Unable to access invalid index: ${token}`);
  container.splice(index < 0 ? index + size : index, 0, value);
}

function setMember(container: Container, token: string, value: unknown): void {
  if (Array.isArray(container)) container[existingIndex(container, token)] = value;
  else defineMember(container, token, value);
}

function removeMember(container: Container, token: string): void {
  if (Array.isArray(container)) {
    container.splice(existingIndex(container, token), 1);
    return;
  }
  if (!Object.hasOwn(container, token)) throw new JsonPatchError(`Unable to remove nonexistent key: ${token}`);
  delete container[token];
}

/** The container of the last token. Throws when the way there does not exist. */
function locate(document: Container, pointer: string, verb: string): { container: Container; token: string } {
  const tokens = pointer.split('/');
  let at: unknown = document;
  for (const token of tokens.slice(1, -1)) {
    at = isContainer(at) ? getMember(at, decodeToken(token)) : undefined;
  }
  if (tokens.length < 2 || !isContainer(at))
    throw new JsonPatchError(`${verb} operation does not apply: doc is missing path: "${pointer}": missing value`);
  return { container: at, token: decodeToken(tokens.at(-1)!) };
}

class Application {
  #document: Container;
  #copiedBytes = 0;

  constructor(document: Container) {
    this.#document = document;
  }

  get document(): Container {
    return this.#document;
  }

  apply(operation: Operation): void {
    const verb = operation['op'];
    if (verb === 'add' || verb === 'replace' || verb === 'remove') this.#edit(verb, operation);
    else if (verb === 'move') this.#move(operation);
    else if (verb === 'copy') this.#copy(operation);
    else if (verb === 'test') this.#test(operation);
    else throw new JsonPatchError(`Unexpected kind: ${typeof verb === 'string' ? verb : 'unknown'}`);
  }

  #edit(verb: 'add' | 'replace' | 'remove', operation: Operation): void {
    const value = cloneJson(operation['value'] ?? null);
    if (verb === 'replace' && operation['path'] === '') {
      this.#replaceAll(value);
      return;
    }
    const { container, token } = this.#at(operation, 'path', verb);
    if (verb === 'add') addMember(container, token, value);
    else if (verb === 'replace') setMember(container, token, value);
    else removeMember(container, token);
  }

  #replaceAll(value: unknown): void {
    if (!isContainer(value)) throw new JsonPatchError('replace operation value must be object or array');
    this.#document = value;
  }

  #move(operation: Operation): void {
    const source = this.#at(operation, 'from', 'move');
    const value = getMember(source.container, source.token);
    removeMember(source.container, source.token);
    const { container, token } = this.#at(operation, 'path', 'move');
    addMember(container, token, value ?? null);
  }

  #at(operation: Operation, member: 'path' | 'from', verb: string) {
    return locate(this.#document, textMember(operation, member, verb), verb);
  }

  #copy(operation: Operation): void {
    const source = this.#at(operation, 'from', 'copy');
    const value = getMember(source.container, source.token);
    const { container, token } = this.#at(operation, 'path', 'copy');
    this.#copiedBytes += value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
    if (this.#copiedBytes > COPIED_BYTES_MAX)
      throw new JsonPatchError(
        `Unable to complete the copy, the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${COPIED_BYTES_MAX}`,
      );
    addMember(container, token, cloneJson(value ?? null));
  }

  #test(operation: Operation): void {
    const wanted = operation['value'] ?? null;
    if (operation['path'] === '' && deepEqual(this.#document, wanted)) return;
    const { container, token } = this.#at(operation, 'path', 'test');
    if (deepEqual(getMember(container, token) ?? null, wanted)) return;
    throw new JsonPatchError(`testing value ${String(operation['path'])} failed: test failed`);
  }
}

function checkPatch(patch: unknown): asserts patch is Operation[] {
  const goType = (value: unknown) =>
    Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
  if (!Array.isArray(patch))
    throw badRequest(`json: cannot unmarshal ${goType(patch)} into Go value of type jsonpatch.Patch`);
  const stranger = patch.find((one) => !isObject(one));
  if (stranger !== undefined)
    throw badRequest(`json: cannot unmarshal ${goType(stranger)} into Go value of type jsonpatch.Operation`);
  if (patch.length > OPERATIONS_MAX) {
    const message = `The allowed maximum operations in a JSON patch is ${OPERATIONS_MAX}, got ${patch.length}`;
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: ${message}`);
  }
}

/**
 * Applies a decoded JSON Patch and returns a new object. Throws a StatusError: 400 when it is no patch, 413 when it is
 * too long, 422 when an operation does not apply (its `cause` tells which).
 */
export function applyJsonPatch(object: Readonly<Record<string, unknown>>, patch: unknown): Record<string, unknown> {
  checkPatch(patch);
  const document = cloneJson(object) as Record<string, unknown>;
  const application = new Application(document);
  for (const operation of patch) {
    try {
      application.apply(operation);
    } catch (error) {
      throw error instanceof JsonPatchError ? unprocessablePatch(error) : error;
    }
  }
  return application.document as Record<string, unknown>;
}
