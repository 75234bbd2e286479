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
import { type Figure, figureOf, spreadOf } from '../support/figure.ts';
import { connectTls, getRequest } from '../support/http-load.ts';
import { configMap } from '../support/objects.ts';
import { processorMs } from '../support/process-usage.ts';
import type { Scenario } from '../support/scenario.ts';
import { StreamReader } from '../support/stream-reader.ts';

const WATCHERS = 1000;
const BURST_EVENTS = 60;
const ROUNDS = 3;
/** Lone events that do not count: what writes one is compiled when it has run for a while, and a burst takes another way. */
const WARMING_EVENTS = 10;
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
      let made = 0;
      const lone = await paced(readers, api.controlPlane.pid, () =>
        api.client.create(CONFIG_MAPS, configMap(`paced-${made++}`, RUNTIME_NAMESPACE, 'x'.repeat(200))),
      );
      const wanted = ROUNDS * BURST_EVENTS + WARMING_EVENTS + PACED_EVENTS;
      for (const reader of readers) reader.verifyEvents(wanted);
      const line = readers[0]!.firstEvent();
      for (const reader of readers) reader.close();
      say('the floor');
      const floor = await measureFloor(api, directory, line);
      return figures({
        ours,
        processorUs,
        floorProcessorUs: floor.processorUs,
        lone,
        floorLone: floor.lone,
        floor: floor.rates,
        bytes: line.length,
      });
    } finally {
      await api.close();
    }
  },
};

const perEventUs = (ms: number) => (ms * 1000) / (BURST_EVENTS * WATCHERS);

/** Events one by one. */
interface LoneEvents {
  /** For each event and watcher: milliseconds from sending the write to reading the event. */
  latencies: number[];
  /** Of the server, for an event to a watcher. */
  processorUs: number;
}

interface Measured {
  ours: number[];
  /** Of the server, for an event to a watcher. */
  processorUs: number[];
  floorProcessorUs: number[];
  floor: number[];
  lone: LoneEvents;
  floorLone: LoneEvents;
  bytes: number;
}

function figures(measured: Measured): Figure[] {
  const { ours, processorUs, floorProcessorUs, floor, lone, floorLone, bytes } = measured;
  return [
    figureOf({
      figure: 'processor time of a lone event to a watcher',
      unit: 'µs',
      samples: [lone.processorUs],
      peer: { name: 'raw TLS socket writes', samples: [floorLone.processorUs] },
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
      samples: lone.latencies,
      statistic: 'p99',
      peer: { name: 'the same by raw TLS socket writes', samples: floorLone.latencies },
      goal: { of: 'value', atMost: 15 },
    }),
    figureOf({
      figure: 'the same, beside the p99 of the raw writes',
      unit: 'ms',
      samples: lone.latencies,
      statistic: 'p99',
      peer: { name: 'raw TLS socket writes, p99', samples: [spreadOf(floorLone.latencies).p99] },
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

async function loneEvent(readers: readonly StreamReader[], write: () => unknown): Promise<number[]> {
  const latencies: number[] = [];
  const wanted = readers[0]!.events + 1;
  const began = performance.now();
  const arrivals = readers.map((reader) => reader.until(wanted).then(() => latencies.push(performance.now() - began)));
  await Promise.all([write(), ...arrivals]);
  await delay(PACE_MS);
  return latencies;
}

async function paced(readers: readonly StreamReader[], pid: number, write: () => unknown): Promise<LoneEvents> {
  for (let event = 0; event < WARMING_EVENTS; event++) await loneEvent(readers, write);
  const before = processorMs(pid);
  const latencies: number[] = [];
  for (let event = 0; event < PACED_EVENTS; event++) latencies.push(...(await loneEvent(readers, write)));
  const processorUs = ((processorMs(pid) - before) * 1000) / (PACED_EVENTS * WATCHERS);
  return { latencies, processorUs };
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
    for (let round = 1; round <= ROUNDS; round++) {
      const began = performance.now();
      const before = processorMs(bare.pid);
      bare.writeEvents(BURST_EVENTS);
      await Promise.all(readers.map((reader) => reader.until(round * BURST_EVENTS)));
      processorUs.push(perEventUs(processorMs(bare.pid) - before));
      rates.push((BURST_EVENTS * WATCHERS * 1000) / (performance.now() - began));
    }
    const lone = await paced(readers, bare.pid, () => bare.writeEvents(1));
    for (const reader of readers) reader.close();
    return { rates, processorUs, lone };
  } finally {
    await bare.stop();
  }
}
