/**
 * `pods/x/log` (`core/v1` PodLogOptions): the container's output as the agent reads it, flushed as it comes.
 */

import { once } from 'node:events';
import { type FieldError, forbiddenField, invalidValue, path } from '../../base/field.ts';
import { badRequest, invalid } from '../../base/status.ts';
import type { LogOptions } from '../../client/node-service.ts';
import { NOT_NEGATIVE } from '../../kinds/common/checks.ts';
import { parseTime } from '../../schema/rfc3339.ts';
import type { Store } from '../../store/store.ts';
import { integer } from '../http/parameters.ts';
import { isTrue } from '../http/request-info.ts';
import type { ResourceCall } from '../http/resource-handler.ts';
import { findAssignedPodTarget, type NodeServices } from './pod-target.ts';

/** Throws what refuses it: options that are wrong, a pod that is not there. */
export function openLogs(
  { query, resource }: ResourceCall['info'],
  store: Store,
  nodes: NodeServices,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  const options = readLogOptions(query, resource.name ?? '');
  const target = findAssignedPodTarget(store, nodes, resource, query.get('container'));
  // Nothing has been said by what runs nowhere yet.
  return target ? target.node.logs(target.reference, { ...options, container: target.container }, signal) : NOTHING;
}

const NOTHING: AsyncIterable<Uint8Array> = { async *[Symbol.asyncIterator]() {} };

export async function answerLogs({ info, response }: ResourceCall, store: Store, nodes: NodeServices): Promise<void> {
  const ended = new AbortController();
  response.on('close', () => ended.abort());
  const pieces = openLogs(info, store, nodes, ended.signal);
  if (pieces === NOTHING) {
    response.writeHead(204).end();
    return;
  }
  const chunks = pieces[Symbol.asyncIterator]();
  // The first piece decides: an error before it is still a Status.
  const first = isFollowed(info.query) ? undefined : await chunks.next();
  response.statusCode = 200;
  response.setHeader('Content-Type', 'text/plain');
  response.flushHeaders();
  for (let piece = first ?? (await chunks.next()); !piece.done; piece = await chunks.next()) {
    if (response.destroyed) break;
    if (!response.write(piece.value)) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  await chunks.return?.();
  response.end();
}

const isFollowed = (query: URLSearchParams): boolean => query.has('follow') && isTrue(query.get('follow'));

const LOG_OPTIONS = { group: '', kind: 'PodLogOptions' };
const POSITIVE = 'must be greater than 0';

/** Throws 400 for what cannot be read and 422 for what makes no sense (`ValidatePodLogOptions`). */
function readLogOptions(query: URLSearchParams, pod: string): Omit<LogOptions, 'container'> {
  const flag = (name: string) => query.has(name) && isTrue(query.get(name));
  const tailLines = integer(query, 'tailLines');
  const limitBytes = integer(query, 'limitBytes');
  const sinceSeconds = integer(query, 'sinceSeconds');
  const sinceTime = readTime(query.get('sinceTime'));
  const errors: FieldError[] = [];
  const check = (name: string, value: number | undefined, minimum: number, detail: string) => {
    if (value !== undefined && value < minimum) errors.push(invalidValue(path(name), value, detail));
  };
  check('tailLines', tailLines, 0, NOT_NEGATIVE);
  check('limitBytes', limitBytes, 1, POSITIVE);
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbiddenField(path('[]'), 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else check('sinceSeconds', sinceSeconds, 1, POSITIVE);
  if (errors.length > 0) throw invalid(LOG_OPTIONS, pod, errors);
  return {
    ...{ tailLines, limitBytes, sinceSeconds, sinceTime },
    follow: isFollowed(query),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
  };
}

function readTime(text: string | null): string | undefined {
  if (!text || text === 'null') return undefined;
  const time = parseTime(text, 'seconds');
  if ('error' in time) throw badRequest(time.error);
  return text;
}
