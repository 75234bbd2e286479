/**
 * What a request asks for, read from its method, path and query alone (`apiserver/pkg/endpoints/request` RequestInfo).
 * Pure; the path is hostile: it is split before it is decoded, so that an encoded slash never makes a segment.
 */

import type { Attributes } from '../../auth/user.ts';
import { parseFieldSelector } from '../../base/field-selector.ts';
import { badRequest } from '../../base/status.ts';

export interface RequestInfo {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Undefined for `/version`, `/openapi/v3` and other paths that name no resource. */
  resource?: ResourceRequest;
}

export interface ResourceRequest {
  /** `''` for a method that no resource knows. */
  verb: 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection' | '';
  group: string;
  version: string;
  namespace?: string;
  /** Plural. */
  plural: string;
  name?: string;
  /** `''` when there is none. */
  subresource: string;
  /** What follows a `proxy` subresource. */
  rest: string[];
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Throws 400 for a path that cannot be decoded. */
export function readRequestInfo(method: string, url: string): RequestInfo {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const query = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  const resource = readResource(method, path.split('/').slice(1), query);
  return { method, path, query, ...(resource ? { resource } : {}) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`the path segment ${JSON.stringify(segment)} is not properly percent-encoded`);
  }
}

function readResource(method: string, raw: readonly string[], query: URLSearchParams): ResourceRequest | undefined {
  const [root] = raw;
  const isCore = root === 'api';
  if (!isCore && root !== 'apis') return undefined;
  const segments = raw.slice(isCore ? 1 : 2);
  if (segments.at(-1) === '') segments.pop();
  const [version, ...rest] = segments.map(decodeSegment);
  if (!version || rest.length === 0) return undefined;
  const group = isCore ? '' : decodeSegment(raw[1] ?? '');
  const watchPath = rest[0] === 'watch';
  if (watchPath) rest.shift();
  const parts = splitNamespace(rest);
  if (!parts.plural) return undefined;
  const verb = watchPath ? 'watch' : verbOf(method, parts.name, query);
  const name = parts.name ?? (verb === 'list' || verb === 'watch' ? selectedName(query) : undefined);
  return { verb, group, version, ...parts, ...(name === undefined ? {} : { name }) };
}

function splitNamespace(
  rest: string[],
): Pick<ResourceRequest, 'namespace' | 'plural' | 'name' | 'subresource' | 'rest'> {
  if (rest[0] === 'namespaces' && rest.length > 1) {
    const namespace = rest[1]!;
    if (rest.length === 2 || (rest.length === 3 && NAMESPACE_SUBRESOURCES.has(rest[2]!))) {
      return { namespace, plural: 'namespaces', name: namespace, subresource: rest[2] ?? '', rest: [] };
    }
    const [plural = '', name, subresource = '', ...more] = rest.slice(2);
    return { namespace, plural, ...(name === undefined ? {} : { name }), subresource, rest: more };
  }
  const [plural = '', name, subresource = '', ...more] = rest;
  return { plural, ...(name === undefined ? {} : { name }), subresource, rest: more };
}

function verbOf(method: string, name: string | undefined, query: URLSearchParams): ResourceRequest['verb'] {
  switch (method) {
    case 'GET':
    case 'HEAD':
      // One object is watched by a field selector on its collection; here `watch` changes nothing.
      if (name !== undefined) return 'get';
      return isTrue(query.get('watch')) ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      return '';
  }
}

/**
 * A list by `metadata.name=x` is judged as a request for `x`, so that `resourceNames` rules apply. Read by the very parser that selects objects
 * later: were the two to differ, a user could be judged for one name and shown others.
 */
function selectedName(query: URLSearchParams): string | undefined {
  const text = query.get('fieldSelector');
  if (!text) return undefined;
  try {
    const named = parseFieldSelector(text).find(({ field, operator }) => field === 'metadata.name' && operator === '=');
    return named && !/^\.{0,2}$|[/%]/.test(named.value) ? named.value : undefined;
  } catch {
    return undefined; // the verb will say what is wrong with it
  }
}

/** As Go's `strconv.ParseBool`, with the empty value true, as for every flag of the API. */
export function isTrue(value: string | null): boolean {
  return value !== null && ['', '1', 't', 'T', 'true', 'TRUE', 'True'].includes(value);
}

/** What the authorizer is asked about this request. */
export function attributesOf({ method, path, resource }: RequestInfo): Attributes {
  if (!resource) return { verb: method.toLowerCase() === 'head' ? 'get' : method.toLowerCase(), path };
  const { verb, group, version, plural, subresource, namespace, name } = resource;
  return { verb, group, version, resource: plural, subresource, namespace, name };
}
