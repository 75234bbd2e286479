/**
 * What a request asks for, read from its method, path and query alone (`apiserver/pkg/endpoints/request` RequestInfo).
 * Pure; the path is hostile: it is split before it is decoded, so that an encoded slash never makes a segment.
 */

import { readSelectors, type SelectorsRead } from '../../auth/selectors.ts';
import type { Attributes, ResourceAttributes } from '../../auth/user.ts';
import type { FieldSelector } from '../../base/field-selector.ts';
import type { Selector } from '../../base/selector.ts';
import { badRequest } from '../../base/status.ts';
import { unreadableTarget } from './text-error.ts';

export interface RequestInfo {
  method: string;
  /** Path and query as they came. */
  url: string;
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
  /** Of a list, watch or deletecollection, as far as they can be read; the verb says what is wrong with them. */
  fieldSelector?: FieldSelector;
  labelSelector?: Selector;
  /** What follows a `proxy` subresource. */
  rest: string[];
}

const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Not two hexadecimal digits after it. */
const BADLY_ENCODED = /%(?![0-9A-Fa-f]{2})/;

/** Of the many requests that have none; nobody changes a query. */
const NO_QUERY = new URLSearchParams();
const NO_SELECTORS: SelectorsRead = {};

/** Throws 400 for a path that cannot be decoded. */
export function readRequestInfo(method: string, url: string): RequestInfo {
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  if (BADLY_ENCODED.test(path)) throw unreadableTarget();
  const query = question < 0 ? NO_QUERY : readQuery(url.slice(question + 1));
  const resource = readResource(method, path.split('/'), query);
  return resource ? { method, url, path, query, resource } : { method, url, path, query };
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`the path segment ${JSON.stringify(segment)} is not UTF-8`);
  }
}

const MALFORMED = /;|%(?![0-9a-fA-F]{2})/;

/** As Go's `url.ParseQuery`, whose error nobody looks at upstream: what has a semicolon or a bad escape in it was not said. */
function readQuery(text: string): URLSearchParams {
  if (!MALFORMED.test(text)) return new URLSearchParams(text);
  const parts = text.split('&').filter((part) => !MALFORMED.test(part));
  return new URLSearchParams(parts.join('&'));
}

function readResource(method: string, raw: readonly string[], query: URLSearchParams): ResourceRequest | undefined {
  const root = raw[1];
  const isCore = root === 'api';
  if (!isCore && root !== 'apis') return undefined;
  const first = isCore ? 2 : 3;
  const end = raw.length > first && raw[raw.length - 1] === '' ? raw.length - 1 : raw.length;
  const rest: string[] = [];
  for (let index = first; index < end; index++) rest.push(decodeSegment(raw[index]!));
  const version = rest.shift();
  if (!version || rest.length === 0) return undefined;
  const group = isCore ? '' : decodeSegment(raw[2] ?? '');
  const watchPath = rest[0] === 'watch';
  if (watchPath) rest.shift();
  const parts = splitNamespace(rest);
  if (!parts.plural) return undefined;
  const verb = watchPath ? 'watch' : verbOf(method, parts.name, query);
  const isSelected = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  const { fieldSelector, labelSelector } = isSelected
    ? readSelectors(query.get('fieldSelector'), query.get('labelSelector'))
    : NO_SELECTORS;
  const name = parts.name ?? (verb === 'deletecollection' ? undefined : selectedName(fieldSelector));
  const { namespace, plural, subresource } = parts;
  const request: ResourceRequest = { verb, group, version, plural, subresource, rest: parts.rest };
  if (namespace !== undefined) request.namespace = namespace;
  if (name !== undefined) request.name = name;
  if (fieldSelector) request.fieldSelector = fieldSelector;
  if (labelSelector) request.labelSelector = labelSelector;
  return request;
}

type Parts = Pick<ResourceRequest, 'namespace' | 'plural' | 'name' | 'subresource' | 'rest'>;

function splitNamespace(rest: string[]): Parts {
  if (rest[0] === 'namespaces' && rest.length > 1) {
    const namespace = rest[1]!;
    if (rest.length === 2 || (rest.length === 3 && NAMESPACE_SUBRESOURCES.has(rest[2]!))) {
      return { namespace, plural: 'namespaces', name: namespace, subresource: rest[2] ?? '', rest: [] };
    }
    return { namespace, ...partsFrom(rest, 2) };
  }
  return partsFrom(rest, 0);
}

/** By places: taking an array apart costs more than all else here. */
function partsFrom(segments: readonly string[], first: number): Omit<Parts, 'namespace'> {
  const plural = segments[first] ?? '';
  const name = segments[first + 1];
  const subresource = segments[first + 2] ?? '';
  const rest = segments.slice(first + 3);
  return name === undefined ? { plural, subresource, rest } : { plural, name, subresource, rest };
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
function selectedName(selector: FieldSelector | undefined): string | undefined {
  const named = selector?.find(({ field, operator }) => field === 'metadata.name' && operator === '=');
  return named && !/^\.{0,2}$|[/%]/.test(named.value) ? named.value : undefined;
}

/** A flag of the API (`apimachinery/pkg/runtime` conversion): whatever is given is true, but for `0` and `false`. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** What the authorizer is asked about this request. */
export function attributesOf({ method, path, resource }: RequestInfo): Attributes {
  if (!resource) return { verb: method.toLowerCase(), path };
  const { verb, group, version, plural, subresource, namespace, name, fieldSelector, labelSelector } = resource;
  const attributes: ResourceAttributes = { verb, group, version, resource: plural, subresource };
  if (namespace !== undefined) attributes.namespace = namespace;
  if (name !== undefined) attributes.name = name;
  if (fieldSelector) attributes.fieldSelector = fieldSelector;
  if (labelSelector) attributes.labelSelector = labelSelector;
  return attributes;
}
