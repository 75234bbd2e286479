/**
 * The server's end of a SPDY/3.1 connection as Kubernetes' clients use it: the client opens streams, each is a Duplex with its headers. There is no
 * flow control by window, as in Kubernetes' own implementation; a connection whose streams are not read is paused as a whole.
 *
 * Invariants: a stream is announced after its SYN_REPLY was sent; when the connection ends, every stream ends or is destroyed; nothing that a client
 * sends throws into the caller.
 */

import { Duplex } from 'node:stream';
import {
  CANCEL,
  encodeControl,
  encodeDataHead,
  encodeWords,
  FLAG_FIN,
  type Frame,
  GOAWAY,
  PING,
  REFUSED_STREAM,
  RST_STREAM,
  readFrames,
  SYN_REPLY,
  SYN_STREAM,
  streamIdOf,
} from './frames.ts';
import { createHeaderDecoder, createHeaderEncoder } from './headers.ts';

/** Open at one time on one connection: a port-forward takes two a connection, a browser opens dozens. */
const STREAMS_MAX = 1_000;
/** Received and not read yet, all streams together: then the connection is paused. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;
/** A data frame's length has 24 bits; smaller ones let streams take turns. */
const DATA_BYTES_MAX = 64 * 1024;
/** Stream id, the one it belongs to, priority and slot come before a SYN_STREAM's headers (2.6.1). */
const SYN_STREAM_HEAD_BYTES = 10;

export interface SpdyConnection {
  /** Ends the connection when all that was written is out. */
  end(): void;
  onClose(listener: () => void): void;
}

/** Serves `transport` until it ends; each stream that the client opens is handed to `onStream`. */
export function serveSpdy(transport: Duplex, onStream: (stream: SpdyStream) => void): SpdyConnection {
  const connection = new Connection(transport, onStream);
  void connection.run();
  return {
    end: () => connection.end(),
    onClose: (listener) => {
      if (transport.destroyed) listener();
      else transport.once('close', listener);
    },
  };
}

export class SpdyStream extends Duplex {
  readonly id: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly #connection: Connection;
  #unread = 0;
  /** The client said that it sends no more. */
  remoteEnded = false;

  constructor(connection: Connection, id: number, headers: ReadonlyMap<string, string>) {
    super({ allowHalfOpen: true });
    this.#connection = connection;
    this.id = id;
    this.headers = headers;
    this.on('error', () => {}); // the client went away; 'close' tells
  }

  receive(piece: Buffer): void {
    if (piece.length === 0 || this.destroyed || this.remoteEnded) return;
    this.#unread += piece.length;
    this.#connection.unread(piece.length);
    if (this.push(piece)) this.#allRead();
  }

  receiveEnd(): void {
    if (this.remoteEnded) return;
    this.remoteEnded = true;
    if (!this.destroyed) this.push(null);
  }

  #allRead(): void {
    this.#connection.unread(-this.#unread);
    this.#unread = 0;
  }

  override _read(): void {
    this.#allRead();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const last = Math.max(0, Math.ceil(chunk.length / DATA_BYTES_MAX) - 1);
    for (let index = 0; index <= last; index++) {
      const piece = chunk.subarray(index * DATA_BYTES_MAX, (index + 1) * DATA_BYTES_MAX);
      this.#connection.send([encodeDataHead(this.id, 0, piece.length), piece], index === last ? done : undefined);
    }
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.send([encodeDataHead(this.id, FLAG_FIN, 0)], done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#allRead();
    this.#connection.forget(this, !this.remoteEnded || !this.writableFinished);
    done(error);
  }
}

class Connection {
  readonly #transport: Duplex;
  readonly #onStream: (stream: SpdyStream) => void;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #decoder = createHeaderDecoder();
  readonly #encoder = createHeaderEncoder();
  #lastStream = 0;
  #unreadBytes = 0;
  #resume = () => {};

  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
    transport.on('error', () => {});
    transport.once('close', () => this.#close());
  }

  async run(): Promise<void> {
    try {
      for await (const frame of readFrames(this.#transport as AsyncIterable<Buffer>)) {
        if (frame.type === 'data') await this.#receiveData(frame);
        else await this.#receiveControl(frame);
      }
    } catch {
      // Broken or hostile: as if the client had gone away.
    }
    this.#transport.destroy();
  }

  async #receiveData({ stream: id, fin, piece }: Extract<Frame, { type: 'data' }>): Promise<void> {
    const stream = this.#streams.get(id);
    stream?.receive(piece);
    if (fin) stream?.receiveEnd();
    if (this.#unreadBytes <= UNREAD_BYTES_MAX || this.#transport.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  async #receiveControl({ kind, flags, body }: Extract<Frame, { type: 'control' }>): Promise<void> {
    if (kind === SYN_STREAM) await this.#open(body, flags);
    else if (kind === RST_STREAM) this.#streams.get(streamIdOf(body))?.destroy();
    else if (kind === PING && body.readUInt32BE(0) % 2 === 1) this.send([encodeWords(PING, body.readUInt32BE(0))]);
    // SETTINGS, GOAWAY, HEADERS and WINDOW_UPDATE ask for nothing here.
  }

  async #open(body: Buffer, flags: number): Promise<void> {
    const id = streamIdOf(body);
    // Also of a stream that is refused: the blocks of a connection are one compressed stream.
    const headers = await this.#decoder.decode(body.subarray(SYN_STREAM_HEAD_BYTES));
    if (id % 2 === 0 || id <= this.#lastStream) throw new Error(`stream ${id} comes after ${this.#lastStream}`);
    this.#lastStream = id;
    if (this.#streams.size >= STREAMS_MAX) {
      this.send([encodeWords(RST_STREAM, id, REFUSED_STREAM)]);
      return;
    }
    const stream = new SpdyStream(this, id, headers);
    this.#streams.set(id, stream);
    const reply = await this.#encoder.encode(new Map());
    const head = Buffer.alloc(4);
    head.writeUInt32BE(id);
    this.send([encodeControl(SYN_REPLY, 0, Buffer.concat([head, reply]))]);
    if ((flags & FLAG_FIN) !== 0) stream.receiveEnd();
    this.#onStream(stream);
  }

  send(parts: readonly Buffer[], done?: (error?: Error | null) => void): void {
    if (!this.#transport.writable) {
      done?.();
      return;
    }
    this.#transport.cork();
    for (const part of parts.slice(0, -1)) this.#transport.write(part);
    this.#transport.write(parts.at(-1), (error) => done?.(error));
    this.#transport.uncork();
  }

  unread(bytes: number): void {
    this.#unreadBytes += bytes;
    if (this.#unreadBytes <= UNREAD_BYTES_MAX) this.#resume();
  }

  /** A stream is over; `reset`: the client does not know yet. */
  forget(stream: SpdyStream, reset: boolean): void {
    if (!this.#streams.delete(stream.id) || !reset) return;
    this.send([encodeWords(RST_STREAM, stream.id, CANCEL)]);
  }

  end(): void {
    this.send([encodeWords(GOAWAY, this.#lastStream, 0)]);
    this.#transport.end();
  }

  #close(): void {
    this.#resume();
    this.#decoder.close();
    this.#encoder.close();
    for (const stream of [...this.#streams.values()]) stream.destroy();
  }
}
