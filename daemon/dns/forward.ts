/**
 * Asks upstream servers on behalf of clients.
 *
 * Invariants: each question goes out with a fresh random id from a fresh random port, and only an answer from the asked address with that id
 * and question counts (RFC 5452); at most `INFLIGHT_MAX` questions are out at once, equal ones share one; every question ends, by answer
 * or by time. Must not be asked for names of the cluster's own zone.
 */

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import type { Clock } from '../base/clock.ts';
import { ForwardCache, personalize } from './forward-cache.ts';
import type { Query } from './wire.ts';

export interface Upstream {
  readonly address: string;
  readonly port: number;
}

export interface Forwarder {
  /** The upstream's message, with the query's id and letters; undefined when no upstream answered in time. Never rejects. */
  ask(query: Query): Promise<Buffer | undefined>;
}

/** A pod's burst of look-ups fits; a flood is answered SERVFAIL instead of exhausting sockets. */
const INFLIGHT_MAX = 256;
/** Clients ask again after 5 s (resolv.conf's default): two upstreams must have had their turn by then. */
const ANSWER_MS_MAX = 2_000;
const ATTEMPTS_MAX = 2;
const MESSAGE_BYTES_MAX = 65_535;

export function createForwarder(upstreams: readonly Upstream[], clock: Clock): Forwarder {
  const cache = new ForwardCache();
  const inflight = new Map<string, Promise<Buffer | undefined>>();
  const askAll = async (query: Query, key: string): Promise<Buffer | undefined> => {
    for (let attempt = 0; attempt < Math.min(ATTEMPTS_MAX, Math.max(upstreams.length, 1)); attempt++) {
      const upstream = upstreams[attempt];
      if (!upstream) return undefined;
      const answer = await askOne(upstream, query, clock);
      if (!answer) continue;
      cache.put(key, answer, clock.monotonic());
      return answer;
    }
    return undefined;
  };
  return {
    async ask(query) {
      const key = `${query.type} ${query.class} ${query.hasEdns ? 1 : 0}${query.isDnssecWanted ? 1 : 0} ${query.name}`;
      const cached = cache.get(key, query.id, query.question, clock.monotonic());
      if (cached) return cached;
      let running = inflight.get(key);
      if (!running) {
        if (inflight.size >= INFLIGHT_MAX) return undefined;
        running = askAll(query, key).catch(() => undefined);
        inflight.set(key, running);
        void running.then(() => inflight.delete(key));
      }
      const answer = await running;
      return answer && personalize(answer, query.id, query.question);
    },
  };
}

async function askOne(upstream: Upstream, query: Query, clock: Clock): Promise<Buffer | undefined> {
  const message = encodeQuestion(query);
  const answer = await askByUdp(upstream, message, query, clock);
  const isTruncated = answer !== undefined && (answer.readUInt16BE(2) & 0x0200) !== 0;
  return isTruncated ? ((await askByTcp(upstream, message, query, clock)) ?? answer) : answer;
}

/** A question with a random id; EDNS as the client had it, because the answer is passed on as it is. */
function encodeQuestion(query: Query): Buffer {
  const opt = query.hasEdns
    ? Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, query.isDnssecWanted ? 0x80 : 0, 0, 0, 0])
    : Buffer.alloc(0);
  const header = Buffer.alloc(12);
  header.writeUInt16BE(randomInt(65_536), 0);
  header.writeUInt16BE(0x0100, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(query.hasEdns ? 1 : 0, 10);
  return Buffer.concat([header, query.question, opt]);
}

/** The answer to exactly this question. */
function isAnswer(message: Buffer, asked: Buffer, query: Query): boolean {
  const end = 12 + query.question.length;
  if (message.length < end || message.readUInt16BE(0) !== asked.readUInt16BE(0)) return false;
  if ((message.readUInt16BE(2) & 0xf800) !== 0x8000 || message.readUInt16BE(4) !== 1) return false;
  return message.toString('latin1', 12, end).toLowerCase() === query.question.toString('latin1').toLowerCase();
}

function askByUdp(upstream: Upstream, asked: Buffer, query: Query, clock: Clock): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (answer: Buffer | undefined) => {
      cancel();
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.close();
      resolve(answer);
    };
    const cancel = clock.after(ANSWER_MS_MAX, () => end(undefined));
    socket.on('error', () => end(undefined));
    // Connected: the kernel drops datagrams from any other address.
    socket.on('message', (message) => {
      if (isAnswer(message, asked, query)) end(message);
    });
    socket.connect(upstream.port, upstream.address, () => socket.send(asked));
  });
}

function askByTcp(upstream: Upstream, asked: Buffer, query: Query, clock: Clock): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const socket = connect(upstream.port, upstream.address);
    let received = Buffer.alloc(0);
    const end = (answer: Buffer | undefined) => {
      cancel();
      socket.destroy();
      resolve(answer);
    };
    const cancel = clock.after(ANSWER_MS_MAX, () => end(undefined));
    socket.on('error', () => end(undefined));
    socket.on('close', () => end(undefined));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length > MESSAGE_BYTES_MAX + 2) return end(undefined);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const message = received.subarray(2, 2 + received.readUInt16BE(0));
      end(isAnswer(message, asked, query) ? message : undefined);
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(asked.length, 0);
    socket.write(Buffer.concat([length, asked]));
  });
}

/** `nameserver` lines of a resolv.conf, IPv4 only; the server's own address is left out (it would ask itself). */
export function parseResolvConf(text: string, own: readonly string[]): Upstream[] {
  const upstreams: Upstream[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*(?:[#;].*)?$/.exec(line);
    if (match && !own.includes(match[1]!)) upstreams.push({ address: match[1]!, port: 53 });
  }
  return upstreams.slice(0, 3); // resolv.conf(5): MAXNS
}
