/**
 * One change to a thousand watchers over HTTPS. The floor writes the same bytes to as many TLS sockets of the same kind. Every watcher's stream is
 * read afterwards: all events, in order, none twice.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import { startBareServer } from '../support/bare-process.ts';
import { type BenchApi, openBenchApi, RUNTIME_NAMESPACE } from '../support/bench-api.ts';
import { type Figure, figureOf } from '../support/figure.ts';
import { connectTls, getRequest } from '../support/http-load.ts';
import { configMap } from '../support/objects.ts';
import type { Scenario } from '../support/scenario.ts';
import { StreamReader } from '../support/stream-reader.ts';

const WATCHERS = 1000;
const BURST_EVENTS = 60;
const ROUNDS = 3;
const PACED_EVENTS = 40;
const PACE_MS = 50;

export const watchFanout: Scenario = {
  name: 'watch-fanout',
  summary: `one event to ${WATCHERS} watchers, against raw writes of the same bytes to as many TLS sockets`,
  async run({ directory, say }) {
    const api = await openBenchApi(directory);
    try {
      const readers = await openWatchers(api, say);
      say('a burst of events');
      const ours: number[] = [];
      for (let round = 0; round < ROUNDS; round++) ours.push(await burst(api, readers, `burst${round}`));
      say('events one by one');
      const latencies = await paced(api, readers);
      const wanted = ROUNDS * BURST_EVENTS + PACED_EVENTS;
      for (const reader of readers) reader.verifyEvents(wanted);
      const line = readers[0]!.firstEvent();
      for (const reader of readers) reader.close();
      say('the floor');
      const floor = await measureFloor(api, directory, line);
      return figures({ ours, floor: floor.rates, latencies, floorLatencies: floor.latencies, bytes: line.length });
    } finally {
      await api.close();
    }
  },
};

interface Measured {
  ours: number[];
  floor: number[];
  latencies: number[];
  floorLatencies: number[];
  bytes: number;
}

function figures({ ours, floor, latencies, floorLatencies, bytes }: Measured): Figure[] {
  return [
    figureOf({
      figure: `watch fan-out to ${WATCHERS} watchers (${bytes} B)`,
      unit: '/s',
      samples: ours,
      peer: { name: 'raw TLS socket writes', samples: floor },
      goal: { of: 'ratio', atLeast: 0.7 },
      note: 'reader and writer share the host; a burst includes making its changes durable',
    }),
    figureOf({
      figure: `write sent → seen by each of ${WATCHERS} watchers`,
      unit: 'ms',
      samples: latencies,
      statistic: 'p99',
      peer: { name: 'the same by raw TLS socket writes', samples: floorLatencies },
      goal: { of: 'value', atMost: 15 },
    }),
  ];
}

async function openSockets(port: number, api: BenchApi, request: string): Promise<TLSSocket[]> {
  const sockets: TLSSocket[] = [];
  for (let opened = 0; opened < WATCHERS; opened += 50) {
    sockets.push(
      ...(await Promise.all(Array.from({ length: 50 }, () => connectTls(port, api.controlPlane.credentials)))),
    );
  }
  for (const socket of sockets) socket.write(request);
  return sockets;
}

async function openWatchers(api: BenchApi, say: (text: string) => void): Promise<StreamReader[]> {
  say(`opening ${WATCHERS} watches`);
  const { metadata } = await api.client.list(CONFIG_MAPS, { namespace: RUNTIME_NAMESPACE });
  const query = `watch=true&fieldSelector=metadata.name!=kube-root-ca.crt&resourceVersion=${metadata.resourceVersion}`;
  const request = getRequest(`/api/v1/namespaces/${RUNTIME_NAMESPACE}/configmaps?${query}`);
  const readers = (await openSockets(api.controlPlane.port, api, request)).map((socket) => new StreamReader(socket));
  await Promise.all(readers.map((reader) => reader.head()));
  return readers;
}

/** Events delivered a second. */
async function burst(api: BenchApi, readers: readonly StreamReader[], name: string): Promise<number> {
  const wanted = readers[0]!.events + BURST_EVENTS;
  const began = performance.now();
  const writes = Array.from({ length: BURST_EVENTS }, (_, index) =>
    api.client.create(CONFIG_MAPS, configMap(`${name}-${index}`, RUNTIME_NAMESPACE, 'x'.repeat(200))),
  );
  await Promise.all([...writes, ...readers.map((reader) => reader.until(wanted))]);
  return (BURST_EVENTS * readers.length * 1000) / (performance.now() - began);
}

/** For each event and watcher: milliseconds from sending the write to reading the event. */
async function paced(api: BenchApi, readers: readonly StreamReader[]): Promise<number[]> {
  const latencies: number[] = [];
  for (let index = 0; index < PACED_EVENTS; index++) {
    const wanted = readers[0]!.events + 1;
    const began = performance.now();
    const arrivals = readers.map((reader) =>
      reader.until(wanted).then(() => latencies.push(performance.now() - began)),
    );
    await api.client.create(CONFIG_MAPS, configMap(`paced-${index}`, RUNTIME_NAMESPACE, 'x'.repeat(200)));
    await Promise.all(arrivals);
    await delay(PACE_MS);
  }
  return latencies;
}

/** The same bursts and single events, by a server that has nothing else to do. */
async function measureFloor(api: BenchApi, directory: string, line: string) {
  await writeFile(join(directory, 'event'), line);
  const bare = await startBareServer(api.keysDirectory, join(directory, 'event'));
  try {
    const readers = (await openSockets(bare.port, api, getRequest('/watch'))).map((socket) => new StreamReader(socket));
    await Promise.all(readers.map((reader) => reader.head()));
    const rates: number[] = [];
    const latencies: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const began = performance.now();
      bare.writeEvents(BURST_EVENTS);
      await Promise.all(readers.map((reader) => reader.until(round * BURST_EVENTS)));
      rates.push((BURST_EVENTS * WATCHERS * 1000) / (performance.now() - began));
    }
    for (let event = 1; event <= PACED_EVENTS; event++) {
      const began = performance.now();
      const wanted = ROUNDS * BURST_EVENTS + event;
      const arrivals = readers.map((reader) =>
        reader.until(wanted).then(() => latencies.push(performance.now() - began)),
      );
      bare.writeEvents(1);
      await Promise.all(arrivals);
      await delay(PACE_MS);
    }
    for (const reader of readers) reader.close();
    return { rates, latencies };
  } finally {
    await bare.stop();
  }
}
