/**
 * The answer to a watch: one JSON event a line, or one protobuf event a frame, for as long as the client reads, over whatever carries lines. The line of an event is encoded once,
 * however many watch it. A client that does not read is cut off at a bound, and nobody else notices.
 */

import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../../base/object.ts';
import { asStatusError, StatusError } from '../../base/status.ts';
import { afterTurn } from '../../base/turn.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { ProtobufEncoder } from '../../schema/protobuf.ts';
import type { RestContext } from '../rest/context.ts';
import type { RestEvent, Scope, WatchParameters, WatchSink } from '../rest/requests.ts';
import { startWatch } from '../rest/watch.ts';
import { frameLine, onceDrained, writeLines } from './chunks.ts';
import { PROTOBUF, type ResponseForm } from './negotiate.ts';
import { type AnswerOptions, transformObject } from './read-answers.ts';

const CANNOT_SHOW = 'a watch ends: an event of it cannot be shown';
/** What may wait for a client that falls behind: some thousand events of a usual size. */
const BEHIND_BYTES_MAX = 16 * 1024 * 1024;
/** The state that a watch begins with waits as references, and is written in pieces as the client reads. */
const PIECE_BYTES = 256 * 1024;
const PIECE_EVENTS = 100;
/** So many that were written are forgotten at a time. */
const FORGOTTEN_EVENTS = 1_000;

const lines = new WeakMap<RestEvent, Buffer>();

function lineOf(event: RestEvent): Buffer {
  let line = lines.get(event);
  if (!line) {
    line = frameLine([Buffer.from(`{"type":"${event.type}","object":`), trimEnd(event.json()), Buffer.from('}\n')]);
    lines.set(event, line);
  }
  return line;
}

const frames = new WeakMap<RestEvent, Buffer>();

function protobufFrameOf(event: RestEvent, protobuf: ProtobufEncoder): Buffer {
  let frame = frames.get(event);
  if (!frame) {
    frame = frameLine([protobuf.encodeEvent(event.type, protobuf.encode(event.object as JsonObject))]);
    frames.set(event, frame);
  }
  return frame;
}

/** An event that is made for one watch alone. */
function encodeOwn(type: string, object: unknown, protobuf: ProtobufEncoder | undefined): Buffer {
  return protobuf
    ? protobuf.encodeEvent(type, protobuf.encode(object as JsonObject))
    : Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

const trimEnd = (json: Buffer) => (json.at(-1) === 10 ? json.subarray(0, -1) : json);

/** What carries the lines of a watch to its client. */
export interface WatchOutlet {
  /** The watch is on: tells the client so before the first event. Until then a refusal is an answer of its own. */
  begin(): void;
  /** False: more should wait until the client has read this. */
  write(lines: readonly Buffer[]): boolean;
  /** Calls once when a client that {@link write} said is slow has read. */
  onDrain(proceed: () => void): void;
  end(): void;
  /** Without a word. */
  destroy(): void;
  /** Bytes that wait for the client; undefined: it is gone. */
  waiting(): number | undefined;
}

export function responseOutlet(response: ServerResponse, { protobuf }: Pick<ResponseForm, 'protobuf'>): WatchOutlet {
  return {
    begin() {
      if (response.headersSent) return;
      response.statusCode = 200;
      response.setHeader('Content-Type', protobuf ? `${PROTOBUF};stream=watch` : 'application/json');
      response.flushHeaders();
    },
    write: (lines) => writeLines(response, lines),
    onDrain: (proceed) => onceDrained(response, proceed),
    end: () => void response.end(),
    destroy: () => void response.destroy(),
    waiting: () => (response.destroyed ? undefined : response.writableLength),
  };
}

/** Starts a watch into an outlet and gives what stops it. Throws what refuses it. */
export function answerWatch(
  context: RestContext,
  scope: Scope,
  parameters: WatchParameters,
  options: () => AnswerOptions,
  outlet: WatchOutlet,
): () => void {
  // The sink may be called before startWatch returns; the first event begins the answer, or the end of this does.
  let isOver = false;
  let stop = () => {
    isOver = true;
  };
  const cut = (error?: unknown) => {
    if (error) context.log.error({ error: String(error), resource: scope.kind.resource.plural }, CANNOT_SHOW);
    stop();
  };
  const sink = createSink(outlet, scope.kind, options, cut);
  try {
    stop = startWatch(context, scope, parameters, sink);
  } catch (error) {
    // A revision that is gone is told in the stream, as the watch cache does; whatever else is wrong is refused.
    if (!(error instanceof StatusError) || error.code !== 410) throw error;
    sink.end(error);
    return stop;
  }
  if (isOver) stop();
  outlet.begin();
  return stop;
}

/** `cut` ends the watch of a client that is too far behind, or for the error by which an event cannot be shown. */
function createSink(
  outlet: WatchOutlet,
  kind: Kind,
  options: () => AnswerOptions,
  cut: (error?: unknown) => void,
): WatchSink {
  let first = true;
  const { as, protobuf } = options().form;
  const render = (event: RestEvent): Buffer => {
    if (as === undefined) return protobuf ? protobufFrameOf(event, protobuf) : lineOf(event);
    const object = transformObject(kind, event.object, options(), first);
    first = false;
    return encodeOwn(event.type, object, protobuf);
  };
  const encodeError = (error: unknown) => encodeOwn('ERROR', asStatusError(error).status, protobuf);
  const queue = new EventQueue(outlet, render, (error) => {
    cut(error);
    return encodeError(error);
  });
  return {
    events(batch) {
      if (outlet.waiting() === undefined) return;
      outlet.begin();
      if (queue.push(batch)) return;
      cut();
      outlet.destroy();
    },
    end(error) {
      if (outlet.waiting() === undefined) return;
      outlet.begin();
      queue.end(error && encodeError(error));
    },
  };
}

const bytesOf = (batch: readonly RestEvent[]) => batch.reduce((sum, event) => sum + event.json().length, 0);

/** What is still to be written, in order. Usually nothing waits, and an event is written at once. */
class EventQueue {
  readonly #outlet: WatchOutlet;
  readonly #render: (event: RestEvent) => Buffer;
  /** Told why an event cannot be rendered; gives the last line. */
  readonly #fail: (error: unknown) => Buffer;
  #waiting: RestEvent[] = [];
  #at = 0;
  /** Of what waits that which came while something waited already: from this position on, in bytes. */
  #behindFrom = 0;
  #behindBytes = 0;
  #isPaused = false;
  #end: (() => void) | undefined;

  constructor(outlet: WatchOutlet, render: (event: RestEvent) => Buffer, fail: (error: unknown) => Buffer) {
    this.#outlet = outlet;
    this.#render = render;
    this.#fail = fail;
  }

  /** False when the client is too far behind. What comes while nothing waits (the state, a large commit) may be of any size. */
  push(batch: readonly RestEvent[]): boolean {
    if (this.#end) return true;
    const isCaughtUp = this.#at === this.#waiting.length;
    const isSmall = batch.length === 1 || (batch.length <= PIECE_EVENTS && bytesOf(batch) <= PIECE_BYTES);
    if (isCaughtUp && isSmall) this.#orBreak(() => this.#outlet.write(batch.map(this.#render)));
    else {
      if (isCaughtUp) this.#behindFrom = this.#waiting.length + batch.length;
      else this.#behindBytes += bytesOf(batch);
      for (const event of batch) this.#waiting.push(event);
      this.#write();
    }
    return this.#behindBytes + (this.#outlet.waiting() ?? 0) <= BEHIND_BYTES_MAX;
  }

  /** Ends the answer, with a last line, after all that waits. */
  end(last: Buffer | undefined): void {
    this.#end = () => {
      if (last) this.#outlet.write([last]);
      this.#outlet.end();
    };
    this.#write();
  }

  /** What cannot be rendered ends this with an error: nobody else who watches must notice, nor who tells of the change. */
  #orBreak(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#waiting = [];
      this.#at = 0;
      this.end(this.#fail(error));
    }
  }

  #write(): void {
    if (this.#isPaused || this.#outlet.waiting() === undefined) return;
    this.#orBreak(() => this.#writePiece());
  }

  #writePiece(): void {
    const piece: Buffer[] = [];
    let bytes = 0;
    while (this.#at < this.#waiting.length && bytes < PIECE_BYTES && piece.length < PIECE_EVENTS) {
      const event = this.#waiting[this.#at]!;
      if (this.#at++ >= this.#behindFrom) this.#behindBytes -= event.json().length;
      const line = this.#render(event);
      piece.push(line);
      bytes += line.length;
    }
    const goesOn = piece.length === 0 || this.#outlet.write(piece);
    if (this.#at < this.#waiting.length) {
      this.#forgetWritten();
      return this.#pause(goesOn);
    }
    this.#waiting = [];
    this.#at = 0;
    this.#end?.();
  }

  /** Of a client that reads steadily and is never quite level: what it has must not be kept. */
  #forgetWritten(): void {
    if (this.#at < FORGOTTEN_EVENTS || this.#at * 2 < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#at);
    this.#behindFrom -= this.#at;
    this.#at = 0;
  }

  /** Until the client has read, or the event loop had its turn. */
  #pause(goesOn: boolean): void {
    this.#isPaused = true;
    const proceed = () => {
      this.#isPaused = false;
      this.#write();
    };
    if (goesOn) afterTurn(proceed);
    else this.#outlet.onDrain(proceed);
  }
}
