/**
 * `pods/x/log` (`core/v1` PodLogOptions): the container's output as the agent reads it, flushed as it comes.
 */

import { once } from 'node:events';
import { invalidValue, path } from '../../base/field.ts';
import { badRequest, invalid } from '../../base/status.ts';
import type { LogOptions } from '../../client/node-service.ts';
import type { Store } from '../../store/store.ts';
import { isTrue } from '../http/request-info.ts';
import type { ResourceCall } from '../http/resource-handler.ts';
import { findPodTarget, type NodeServices } from './pod-target.ts';

export async function answerLogs({ info, response }: ResourceCall, store: Store, nodes: NodeServices): Promise<void> {
  const { query, resource } = info;
  const options = readLogOptions(query);
  const { reference, container, node } = findPodTarget(store, nodes, resource, query.get('container'));
  const ended = new AbortController();
  response.on('close', () => ended.abort());
  const chunks = node.logs(reference, { ...options, container }, ended.signal)[Symbol.asyncIterator]();
  // The first piece decides: an error before it is still a Status.
  const first = options.follow ? undefined : await chunks.next();
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

function readLogOptions(query: URLSearchParams): Omit<LogOptions, 'container'> {
  const integer = (name: string, minimum: number): number | undefined => {
    const text = query.get(name);
    if (text === null || text === '') return undefined;
    if (!/^-?\d{1,15}$/.test(text)) {
      throw badRequest(
        `unable to convert query parameter "${name}": strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`,
      );
    }
    const value = Number(text);
    const detail = minimum > 0 ? 'must be greater than 0' : 'must be greater than or equal to 0';
    if (value < minimum)
      throw invalid({ group: '', kind: 'PodLogOptions' }, '', [invalidValue(path(name), value, detail)]);
    return value;
  };
  const flag = (name: string) => query.has(name) && isTrue(query.get(name));
  const sinceTime = query.get('sinceTime') || undefined;
  const sinceSeconds = integer('sinceSeconds', 1);
  if (sinceTime !== undefined && Number.isNaN(Date.parse(sinceTime)))
    throw badRequest(`sinceTime must be an RFC 3339 time, not ${JSON.stringify(sinceTime)}`);
  if (sinceTime !== undefined && sinceSeconds !== undefined)
    throw badRequest('at most one of sinceTime or sinceSeconds may be specified');
  return {
    follow: flag('follow'),
    previous: flag('previous'),
    timestamps: flag('timestamps'),
    sinceSeconds,
    sinceTime,
    tailLines: integer('tailLines', 0),
    limitBytes: integer('limitBytes', 1),
  };
}
