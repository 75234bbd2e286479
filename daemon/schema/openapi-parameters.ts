/**
 * The query and path parameters of the API's verbs, with our own descriptions. Which verb takes which: `openapi-paths.ts`.
 */

import type { OpenApiVersion } from './openapi-schema.ts';

interface Parameter {
  readonly in: 'query' | 'path';
  readonly type: 'string' | 'integer' | 'boolean';
  readonly description: string;
}

const query = (type: Parameter['type'], description: string): Parameter => ({ in: 'query', type, description });

const PARAMETERS = {
  name: { in: 'path', type: 'string', description: 'The name of the object.' },
  namespace: { in: 'path', type: 'string', description: 'The namespace of the object.' },
  path: { in: 'path', type: 'string', description: 'The rest of the path to ask for.' },
  command: query('string', 'The program and its arguments, one parameter each.'),
  container: query('string', 'The container, where there are several.'),
  stdin: query('boolean', 'Sends standard input to the container.'),
  stdout: query('boolean', 'Receives standard output.'),
  stderr: query('boolean', 'Receives standard error.'),
  tty: query('boolean', 'Gives the command a terminal.'),
  ports: query('integer', 'The ports to forward; required over a WebSocket.'),
  follow: query('boolean', 'Goes on with what is written later.'),
  insecureSkipTLSVerifyBackend: query(
    'boolean',
    'Does not verify the certificate of the node that the log comes from.',
  ),
  limitBytes: query('integer', 'Ends after so many bytes.'),
  previous: query('boolean', 'The log of the container’s instance before this one.'),
  sinceSeconds: query('integer', 'Only what was written in the last seconds.'),
  tailLines: query('integer', 'Only the last lines.'),
  timestamps: query('boolean', 'Begins each line with its time.'),
  pretty: query('string', 'When "true", the answer is indented for people.'),
  allowWatchBookmarks: query('boolean', 'Lets a watch send BOOKMARK events, which only carry a resourceVersion.'),
  continue: query('string', 'Where to go on in a list: the token of the page before.'),
  dryRun: query('string', '"All" runs everything but the write itself.'),
  fieldManager: query('string', 'Who makes this change, up to 128 printable characters. Required for apply.'),
  fieldSelector: query('string', 'Only objects whose fields match, for example spec.nodeName=a.'),
  fieldValidation: query(
    'string',
    'What to do about unknown and duplicate fields: Ignore, Warn (the default) or Strict, which refuses them.',
  ),
  force: query('boolean', 'Lets an apply take over fields that other managers own.'),
  gracePeriodSeconds: query('integer', 'Seconds until the object may be removed; zero means at once.'),
  labelSelector: query('string', 'Only objects whose labels match, for example app=web,tier!=cache.'),
  limit: query('integer', 'At most so many objects an answer; the rest is read with continue.'),
  orphanDependents: query('boolean', 'Deprecated: use propagationPolicy.'),
  propagationPolicy: query('string', 'What becomes of owned objects: Orphan, Background or Foreground.'),
  resourceVersion: query('string', 'Where a read or a watch starts.'),
  resourceVersionMatch: query('string', 'How resourceVersion applies to a list: Exact or NotOlderThan.'),
  sendInitialEvents: query('boolean', 'Lets a watch begin with the objects that exist, up to a bookmark.'),
  timeoutSeconds: query('integer', 'Ends a list or a watch after so many seconds.'),
  watch: query('boolean', 'Sends changes as they happen instead of a list.'),
} satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof PARAMETERS;

export const LIST_PARAMETERS: readonly ParameterName[] = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
export const WRITE_PARAMETERS: readonly ParameterName[] = ['dryRun', 'fieldManager', 'fieldValidation'];
export const PATCH_PARAMETERS: readonly ParameterName[] = ['dryRun', 'fieldManager', 'fieldValidation', 'force'];
export const DELETE_PARAMETERS: readonly ParameterName[] = [
  'dryRun',
  'gracePeriodSeconds',
  'orphanDependents',
  'propagationPolicy',
];
export const DELETE_COLLECTION_PARAMETERS: readonly ParameterName[] = [
  ...LIST_PARAMETERS.filter((name) => name !== 'watch' && name !== 'allowWatchBookmarks'),
  ...DELETE_PARAMETERS,
];

/** Of `pods/log`. */
export const LOG_PARAMETERS: readonly ParameterName[] = [
  'container',
  'follow',
  'insecureSkipTLSVerifyBackend',
  'limitBytes',
  'previous',
  'sinceSeconds',
  'tailLines',
  'timestamps',
];
/** Of the subresources that connect, by the kind of their options. */
export const CONNECT_PARAMETERS: Readonly<Record<string, readonly ParameterName[]>> = {
  PodAttachOptions: ['container', 'stderr', 'stdin', 'stdout', 'tty'],
  PodExecOptions: ['command', 'container', 'stderr', 'stdin', 'stdout', 'tty'],
  PodPortForwardOptions: ['ports'],
  PodProxyOptions: [],
  NodeProxyOptions: [],
  ServiceProxyOptions: [],
};

/** The parameter objects of OpenAPI for these names. */
export function publishParameters(names: readonly ParameterName[], version: OpenApiVersion): Record<string, unknown>[] {
  return names.map((name) => {
    const { in: place, type, description }: Parameter = PARAMETERS[name];
    const head = { name, in: place, description, ...(place === 'path' ? { required: true } : {}) };
    const typed = { type, uniqueItems: true };
    return version === 'v2' ? { ...head, ...typed } : { ...head, schema: typed };
  });
}
