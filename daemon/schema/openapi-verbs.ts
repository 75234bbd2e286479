/**
 * How the API's verbs stand in OpenAPI: the method, the action (`x-kubernetes-action`), how an operation's id begins, what it takes and answers.
 */

import {
  CONNECT_PARAMETERS,
  DELETE_COLLECTION_PARAMETERS,
  DELETE_PARAMETERS,
  LIST_PARAMETERS,
  PATCH_PARAMETERS,
  type ParameterName,
  WRITE_PARAMETERS,
} from './openapi-parameters.ts';

export interface VerbShape {
  readonly method: 'get' | 'put' | 'post' | 'patch' | 'delete' | 'head' | 'options';
  readonly action: string;
  /** An operation's id: the first of these words, group and version, the second, the resource. */
  readonly words: readonly [string, string?];
  readonly parameters: readonly ParameterName[];
  readonly body?: 'object' | 'patch' | 'deleteOptions';
  /** `text` is whatever comes: a log, an upgraded connection, another server's answer. */
  readonly answer: 'object' | 'list' | 'status' | 'event' | 'text';
}

/** By discovery's verbs; of objects, and of most subresources. */
export const OBJECT_VERBS: Readonly<Record<string, VerbShape>> = {
  get: { method: 'get', action: 'get', words: ['read'], parameters: [], answer: 'object' },
  update: {
    method: 'put',
    action: 'put',
    words: ['replace'],
    parameters: WRITE_PARAMETERS,
    body: 'object',
    answer: 'object',
  },
  patch: {
    method: 'patch',
    action: 'patch',
    words: ['patch'],
    parameters: PATCH_PARAMETERS,
    body: 'patch',
    answer: 'object',
  },
  delete: {
    method: 'delete',
    action: 'delete',
    words: ['delete'],
    parameters: DELETE_PARAMETERS,
    body: 'deleteOptions',
    answer: 'status',
  },
};

export const CREATE: VerbShape = {
  method: 'post',
  action: 'post',
  words: ['create'],
  parameters: WRITE_PARAMETERS,
  body: 'object',
  answer: 'object',
};

export const COLLECTION_VERBS: Readonly<Record<string, VerbShape>> = {
  list: { method: 'get', action: 'list', words: ['list'], parameters: LIST_PARAMETERS, answer: 'list' },
  create: CREATE,
  deletecollection: {
    method: 'delete',
    action: 'deletecollection',
    words: ['delete', 'Collection'],
    parameters: DELETE_COLLECTION_PARAMETERS,
    body: 'deleteOptions',
    answer: 'status',
  },
};

const watch = (action: string): VerbShape => ({
  method: 'get',
  action,
  words: ['watch'],
  parameters: LIST_PARAMETERS,
  answer: 'event',
});

/** Of the paths below `/watch/`: of one object, and of a collection. */
export const WATCH = watch('watch');
export const WATCH_LIST = watch('watchlist');

/** Of `pods/log`. */
export const READ_TEXT: VerbShape = { method: 'get', action: 'get', words: ['read'], parameters: [], answer: 'text' };

const CONNECT_METHODS: Readonly<Record<string, readonly VerbShape['method'][]>> = {
  create: ['post'],
  delete: ['delete'],
  get: ['get'],
  patch: ['patch'],
  update: ['put', 'head', 'options'],
};

/** Of what a connection is made to: exec, attach, portforward, proxy. Undefined for other kinds of subresource. */
export function connectShapes(kind: string, verbs: readonly string[]): VerbShape[] | undefined {
  if (!CONNECT_PARAMETERS[kind]) return undefined;
  return verbs
    .flatMap((verb) => CONNECT_METHODS[verb] ?? [])
    .map((method) => {
      const words = ['connect', method.charAt(0).toUpperCase() + method.slice(1)] as const;
      return { method, action: 'connect', words, parameters: [], answer: 'text' };
    });
}
