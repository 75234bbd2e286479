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
import { processorMs } from '../support/process-usage.ts';
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
      say('the server finishes starting');
      await api.controlPlane.warm();
      say('a burst of events');
      const ours: number[] = [];
      const processorUs: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const before = processorMs(api.controlPlane.pid);
        ours.push(await burst(api, readers, `burst${round}`));
        processorUs.push(perEventUs(processorMs(api.controlPlane.pid) - before));
      }
      say('events one by one');
      const beforePaced = processorMs(api.controlPlane.pid);
      const latencies = await paced(api, readers);
      const pacedUs = perPacedEventUs(processorMs(api.controlPlane.pid) - beforePaced);
      const wanted = ROUNDS * BURST_EVENTS + PACED_EVENTS;
      for (const reader of readers) reader.verifyEvents(wanted);
      const line = readers[0]!.firstEvent();
      for (const reader of readers) reader.close();
      say('the floor');
      const floor = await measureFloor(api, directory, line);
      return figures({
        ours,
        processorUs,
        floorProcessorUs: floor.processorUs,
        pacedUs,
        floorPacedUs: floor.pacedUs,
        floor: floor.rates,
        latencies,
        floorLatencies: floor.latencies,
        bytes: line.length,
      });
    } finally {
      await api.close();
    }
  },
};

const perEventUs = (ms: number) => (ms * 1000) / (BURST_EVENTS * WATCHERS);
const perPacedEventUs = (ms: number) => (ms * 1000) / (PACED_EVENTS * WATCHERS);

interface Measured {
  ours: number[];
  /** Of the server, for an event to a watcher. */
  processorUs: number[];
  floorProcessorUs: number[];
  /** The same of events one by one. */
  pacedUs: number;
  floorPacedUs: number;
  floor: number[];
  latencies: number[];
  floorLatencies: number[];
  bytes: number;
}

function figures(measured: Measured): Figure[] {
  const { ours, processorUs, floorProcessorUs, floor, latencies, floorLatencies, bytes, pacedUs, floorPacedUs } =
    measured;
  return [
    figureOf({
      figure: 'processor time of a lone event to a watcher',
      unit: 'µs',
      samples: [pacedUs],
      peer: { name: 'raw TLS socket writes', samples: [floorPacedUs] },
      note: 'one event every 50 ms, all that the server does meanwhile included',
    }),
    figureOf({
      figure: 'processor time of an event to a watcher',
      unit: 'µs',
      samples: processorUs,
      peer: { name: 'raw TLS socket writes', samples: floorProcessorUs },
      note: 'of a server whose watchers share the host, the making of the changes included',
    }),
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
    const processorUs: number[] = [];
    const latencies: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const began = performance.now();
      const before = processorMs(bare.pid);
      bare.writeEvents(BURST_EVENTS);
      await Promise.all(readers.map((reader) => reader.until(round * BURST_EVENTS)));
      processorUs.push(perEventUs(processorMs(bare.pid) - before));
      rates.push((BURST_EVENTS * WATCHERS * 1000) / (performance.now() - began));
    }
    const beforePaced = processorMs(bare.pid);
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
    const pacedUs = perPacedEventUs(processorMs(bare.pid) - beforePaced);
    for (const reader of readers) reader.close();
    return { rates, latencies, processorUs, pacedUs };
  } finally {
    await bare.stop();
  }
}
