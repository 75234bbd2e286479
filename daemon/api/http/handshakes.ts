/**
 * The gate before TLS. A handshake costs the event loop most of a millisecond, and whatever has arrived is worked through in one turn: a
 * thousand at once would hold up everything. So a connection waits here until its client has spoken; then handshakes begin a few a
 * turn, with a bounded number in progress, in the order of `handshake-queue.ts`. Who stays silent or stops half-way costs a socket, and
 * loses it when others need its place. What happens after the handshake is none of the gate's business.
 */

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { createHandshakeQueue } from './handshake-queue.ts';

/** Begun in one turn: some 10 ms. */
const BEGINS_PER_TURN_MAX = 16;
/** In progress: as many clients may finish in one turn, which costs as much again. */
const IN_PROGRESS_MAX = 48;
/** Of one peer, so that a peer that stops half-way leaves places to others. */
const IN_PROGRESS_PER_PEER_MAX = 24;
/** A slow client on a slow line is done by then; who is not loses its place if another waits for it. */
const UNCONTESTED_MS = 2_000;
/** The same when its peer seems to stop half-way: it finishes none, or others that it began later. Whoever comes after a flood waits so long. */
const STALLED_MS = 500;
/** How often slow ones are looked for while others wait. */
const CONTEST_CHECK_MS = 100;
/** Cut at one look, the oldest first: of a slow line with many clients most go on. */
const CUTS_MAX = 8;
/** Connections whose client has spoken and that wait: each holds up to 64 KiB. */
const WAITING_MAX = 4_096;
/** The first bytes of a client are a record of TLS, of 16 KiB at most. */
const HELLO_BYTES_MAX = 16 * 1024 + 5;
/** From the connection to the client's first byte. */
const HELLO_MS_MAX = 10_000;

interface Handshake {
  readonly socket: Socket;
  readonly peer: string;
  /** The other side's address and port. */
  readonly ends: string;
  /** Monotonic milliseconds. */
  beganMs: number;
}

/** Puts the gate before `server`, which goes on listening and counting connections itself. Whoever destroyed a connection before is heeded. */
export function gateHandshakes(server: Server): void {
  const [begin] = server.listeners('connection') as ((socket: Socket) => void)[];
  assert(begin, 'a TLS server listens for connections');
  server.off('connection', begin);
  const gate = createGate((socket) => begin.call(server, socket));
  server.prependListener('secureConnection', gate.finished);
  server.on('connection', (socket: Socket) => {
    if (!socket.destroyed) awaitHello(socket, gate.enter);
  });
}

/** Calls `spoke` when the client has sent something; it stays in the socket's buffer, which TLS reads first. */
function awaitHello(socket: Socket, spoke: (socket: Socket) => void): void {
  const fail = () => socket.destroy();
  const read = () => {
    socket.off('readable', read).off('timeout', fail).setTimeout(0);
    if (socket.readableLength === 0 || socket.readableLength > HELLO_BYTES_MAX) fail();
    else spoke(socket);
  };
  socket.setTimeout(HELLO_MS_MAX).once('timeout', fail).on('readable', read);
  socket.on('error', fail); // who goes away before TLS listens must not end the process
}

interface Gate {
  /** `socket`'s client has spoken. */
  enter(socket: Socket): void;
  finished(secured: TLSSocket): void;
}

function createGate(begin: (socket: Socket) => void): Gate {
  const waiting = createHandshakeQueue<Handshake>(WAITING_MAX);
  const inProgress = createInProgress();
  let isPumping = false;
  let contest: NodeJS.Timeout | undefined;

  const schedule = () => {
    if (!isPumping && waiting.size > 0) setImmediate(pump);
    isPumping ||= waiting.size > 0;
  };
  const pump = () => {
    isPumping = false;
    for (let begun = 0; begun < BEGINS_PER_TURN_MAX; begun++) {
      const next = waiting.take(inProgress.hasRoomFor);
      if (!next) {
        awaitRoom();
        return;
      }
      next.beganMs = performance.now();
      inProgress.add(next);
      begin(next.socket);
    }
    schedule();
  };
  /** One in progress ends and makes room; the slow ones are made to. */
  const awaitRoom = () => {
    if (waiting.size === 0 || contest) return;
    const dueMs = performance.now() + CONTEST_CHECK_MS;
    contest = setTimeout(() => {
      // While this process was held up nobody could go on.
      inProgress.forgive(Math.max(0, performance.now() - dueMs));
      // What has arrived meanwhile is read first.
      setImmediate(() => {
        contest = undefined;
        for (const { socket } of inProgress.inTheWay(performance.now()).slice(0, CUTS_MAX)) socket.destroy();
        awaitRoom();
      });
    }, CONTEST_CHECK_MS).unref();
  };
  return {
    enter(socket) {
      const handshake = { socket, peer: peerOf(socket), ends: endsOf(socket), beganMs: 0 };
      waiting.add(handshake.peer, handshake)?.socket.destroy();
      socket.once('close', () => {
        waiting.remove(handshake.peer, handshake);
        inProgress.remove(handshake);
        schedule();
      });
      schedule();
    },
    finished(secured) {
      inProgress.finish(inProgress.of(secured), performance.now());
      schedule();
    },
  };
}

interface InProgress {
  hasRoomFor(peer: string): boolean;
  add(handshake: Handshake): void;
  remove(handshake: Handshake | undefined): void;
  /** It is done, and no longer in progress. */
  finish(handshake: Handshake | undefined, nowMs: number): void;
  /** Whose connection `socket` is over. */
  of(socket: Socket): Handshake | undefined;
  /** So long nothing counts as slow. */
  forgive(heldMs: number): void;
  /** Those that take too long and whose place others could have, the oldest first. */
  inTheWay(nowMs: number): Handshake[];
}

/** What is in progress of one peer, and what of it was done last. */
interface PeerProgress {
  count: number;
  finishedMs: number;
  /** When the newest of those that are done began. */
  newestFinishedBeganMs: number;
}

function createInProgress(): InProgress {
  const byEnds = new Map<string, Handshake>();
  const peers = new Map<string, PeerProgress>();
  const hasRoomFor = (peer: string) =>
    byEnds.size < IN_PROGRESS_MAX && (peers.get(peer)?.count ?? 0) < IN_PROGRESS_PER_PEER_MAX;
  const remove = (handshake: Handshake | undefined) => {
    if (!handshake || byEnds.get(handshake.ends) !== handshake) return;
    byEnds.delete(handshake.ends);
    const progress = peers.get(handshake.peer)!;
    progress.count--;
    if (progress.count === 0) peers.delete(handshake.peer);
  };
  const isTooSlow = ({ peer, beganMs }: Handshake, nowMs: number): boolean => {
    const { finishedMs, newestFinishedBeganMs } = peers.get(peer)!;
    const isStalled = finishedMs < nowMs - STALLED_MS || newestFinishedBeganMs > beganMs;
    return beganMs < nowMs - (isStalled ? STALLED_MS : UNCONTESTED_MS);
  };
  return {
    hasRoomFor,
    remove,
    add(handshake) {
      remove(byEnds.get(handshake.ends));
      byEnds.set(handshake.ends, handshake);
      const progress = peers.get(handshake.peer) ?? {
        ...{ count: 0, finishedMs: Number.NEGATIVE_INFINITY, newestFinishedBeganMs: Number.NEGATIVE_INFINITY },
      };
      progress.count++;
      peers.set(handshake.peer, progress);
    },
    finish(handshake, nowMs) {
      const progress = handshake && peers.get(handshake.peer);
      if (progress) {
        progress.finishedMs = nowMs;
        progress.newestFinishedBeganMs = Math.max(progress.newestFinishedBeganMs, handshake.beganMs);
      }
      remove(handshake);
    },
    forgive(heldMs) {
      for (const handshake of byEnds.values()) handshake.beganMs += heldMs;
      for (const progress of peers.values()) progress.finishedMs += heldMs;
    },
    of: (socket) => byEnds.get(endsOf(socket)),
    inTheWay: (nowMs) =>
      [...byEnds.values()]
        .filter((handshake) => !hasRoomFor(handshake.peer) && isTooSlow(handshake, nowMs))
        .sort((a, b) => a.beganMs - b.beganMs),
  };
}

const endsOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

/** An address; of IPv6 the network, of 64 bits, of which every host has all addresses. */
function peerOf({ remoteAddress = '' }: Socket): string {
  if (!remoteAddress.includes(':') || remoteAddress.startsWith('::ffff:')) return remoteAddress;
  const [head = [], tail = []] = remoteAddress.split('::').map((part) => part.split(':').filter(Boolean));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return groups.slice(0, 4).join(':');
}
