/**
 * Watches over HTTP: one JSON event a line, for as long as the client reads. The line of an event is encoded once, however many watch it.
 * A client that does not read is cut off at a bound, and nobody else notices.
 */

import type { ServerResponse } from 'node:http';
import { asStatusError } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { RestEvent, WatchSink } from '../rest/requests.ts';
import { type AnswerOptions, transformObject } from './read-answers.ts';

/** What may wait in one connection's buffer: some thousand events of a usual size. */
const BUFFER_BYTES_MAX = 16 * 1024 * 1024;

const lines = new WeakMap<RestEvent, Buffer>();

function lineOf(event: RestEvent): Buffer {
  let line = lines.get(event);
  if (!line) {
    line = Buffer.concat([Buffer.from(`{"type":"${event.type}","object":`), trimEnd(event.json()), Buffer.from('}\n')]);
    lines.set(event, line);
  }
  return line;
}

const trimEnd = (json: Buffer) => (json.at(-1) === 10 ? json.subarray(0, -1) : json);

export interface WatchAnswer {
  sink: WatchSink;
  /** The watch is on: tells the client so before the first event. Until then a refusal is an answer of its own. */
  begin(): void;
}

/** The answer to a watch and the sink that feeds it. */
export function createWatchAnswer(
  response: ServerResponse,
  kind: Kind,
  options: () => AnswerOptions,
  stop: () => void,
): WatchAnswer {
  let first = true;
  const begin = () => {
    if (response.headersSent) return;
    response.statusCode = 200;
    response.setHeader('Content-Type', 'application/json');
    response.flushHeaders();
  };
  const render = (event: RestEvent): Buffer => {
    const answer = options();
    if (answer.form.as === undefined) return lineOf(event);
    const object =
      event.type === 'BOOKMARK' && answer.form.as !== 'Table'
        ? event.object
        : transformObject(kind, event.object, answer, first);
    first = false;
    return Buffer.from(`${JSON.stringify({ type: event.type, object })}\n`);
  };
  const sink: WatchSink = {
    events(batch) {
      if (response.destroyed) return;
      begin();
      response.write(batch.length === 1 ? render(batch[0]!) : Buffer.concat(batch.map(render)));
      if (response.writableLength <= BUFFER_BYTES_MAX) return;
      stop();
      response.destroy();
    },
    end(error) {
      if (response.destroyed) return;
      begin();
      if (error) response.write(`${JSON.stringify({ type: 'ERROR', object: asStatusError(error).status })}\n`);
      response.end();
    },
  };
  return { sink, begin };
}
