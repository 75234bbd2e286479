/** The gate before TLS, in simulated time: how long whoever comes after a flood of half-open connections waits, and whom that costs its place. */

import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gateHandshakes } from '../../../daemon/api/http/handshakes.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly readableLength = 100;
  destroyed = false;

  constructor(address: string, port: number) {
    super();
    this.remoteAddress = address;
    this.remotePort = port;
  }

  setTimeout(): this {
    return this;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

function startGate() {
  const server = new EventEmitter();
  const begun: FakeSocket[] = [];
  /** Told when a handshake begins. */
  let onBegin: (socket: FakeSocket) => void = () => {};
  server.on('connection', (socket: FakeSocket) => {
    begun.push(socket);
    onBegin(socket);
  });
  gateHandshakes(server as unknown as Server);
  let next = 1;
  return {
    begun,
    connect(address: string): FakeSocket {
      const socket = new FakeSocket(address, next++);
      server.emit('connection', socket as unknown as Socket);
      socket.emit('readable');
      return socket;
    },
    /** The client of a handshake that has begun goes on. */
    finish: (socket: FakeSocket) => server.emit('secureConnection', socket as unknown as TLSSocket),
    whenBegun(act: (socket: FakeSocket) => void) {
      onBegin = act;
    },
  };
}

const FLOODING = '192.0.2.1';

/** Simulated milliseconds until `done`; a second at most. */
async function timeUntil(done: () => boolean): Promise<number> {
  const startMs = performance.now();
  while (!done() && performance.now() < startMs + 5_000) await vi.advanceTimersByTimeAsync(10);
  return performance.now() - startMs;
}

it('lets in whoever comes from the address of a thousand that stop half-way within a second', async () => {
  const gate = startGate();
  for (let at = 0; at < 1_000; at++) gate.connect(FLOODING);
  await vi.advanceTimersByTimeAsync(20);
  const lease = gate.connect(FLOODING);
  const other = gate.connect('192.0.2.2');
  expect(await timeUntil(() => gate.begun.includes(other))).toBeLessThan(50);
  expect(await timeUntil(() => gate.begun.includes(lease))).toBeLessThan(800);
  expect(lease.destroyed).toBe(false);
});

it('and so when some of the flood go on', async () => {
  const gate = startGate();
  gate.whenBegun((socket) => {
    if (socket.remotePort % 6 === 0) setTimeout(() => gate.finish(socket), 100);
  });
  for (let at = 0; at < 1_000; at++) gate.connect(FLOODING);
  await vi.advanceTimersByTimeAsync(20);
  const lease = gate.connect(FLOODING);
  expect(await timeUntil(() => gate.begun.includes(lease))).toBeLessThan(800);
});

it('leaves two seconds to each of many that go on slowly, one after the other', async () => {
  const gate = startGate();
  let free = 0;
  gate.whenBegun((socket) => {
    free = Math.max(free, performance.now()) + 60; // one client's processor
    setTimeout(() => gate.finish(socket), free - performance.now());
  });
  const sockets = Array.from({ length: 200 }, () => gate.connect(FLOODING));
  await vi.advanceTimersByTimeAsync(200 * 60 + 1_000);
  expect(gate.begun).toHaveLength(200);
  expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
});

it('blames nobody for the time in which the process itself was held up', async () => {
  const gate = startGate();
  const sockets = Array.from({ length: 100 }, () => gate.connect(FLOODING));
  await vi.advanceTimersByTimeAsync(120);
  const [first] = gate.begun;
  const began = [...gate.begun];
  // Five seconds pass at once, as they do for a process that gets no processor; what clients sent meanwhile is read after the timers.
  vi.setSystemTime(Date.now() + 5_000);
  vi.spyOn(performance, 'now').mockImplementation(
    (
      (now: number) => () =>
        now + 5_000
    )(performance.now()),
  );
  await vi.advanceTimersToNextTimerAsync();
  vi.restoreAllMocks();
  expect(first).toBeDefined();
  for (const socket of began) gate.finish(socket);
  expect(sockets.some(({ destroyed }) => destroyed)).toBe(false);
});

it('costs nobody its place whom nobody waits for', async () => {
  const gate = startGate();
  const few = Array.from({ length: 20 }, () => gate.connect(FLOODING));
  await vi.advanceTimersByTimeAsync(8_000);
  expect(few.some(({ destroyed }) => destroyed)).toBe(false);
});
