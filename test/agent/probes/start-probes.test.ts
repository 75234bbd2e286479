import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Probes, startProbes } from '../../../daemon/agent/probes/start-probes.ts';
import type { Container, Pod } from '../../../daemon/kinds/types.generated.ts';
import { SimClock } from '../../support/sim-clock.ts';

type Verdict = 'pass' | 'fail' | 'error';
const IP = '127.0.0.1';
const command = (name: string) => ({ exec: { command: [name] }, periodSeconds: 10 });

describe('the probes of a node', () => {
  let clock: SimClock;
  let verdicts: Record<string, Verdict>;
  let asked: string[];
  let failures: string[];
  let warnings: string[];
  let changes: number;
  let probes: Probes;
  let startMs: number;

  beforeEach(() => {
    clock = new SimClock();
    startMs = clock.now();
    verdicts = {};
    asked = [];
    failures = [];
    warnings = [];
    changes = 0;
    probes = startProbes({
      clock,
      random: { next: () => 0.5 },
      exec: {
        spawn: () => Promise.reject(new Error('unused')),
        async run(_, { command: [name = ''] }) {
          asked.push(`${name}@${clock.now() - startMs}`);
          if (verdicts[name] === 'error')
            return { exitCode: 127, output: '', timedOut: false, problem: 'no such file' };
          return { exitCode: verdicts[name] === 'fail' ? 1 : 0, output: 'said', timedOut: false };
        },
      },
      onResult: () => changes++,
      onFailure: (_, container, type, message) => failures.push(`${container} ${type} ${message}`),
      onWarning: (_, container, type, message) => warnings.push(`${container} ${type} ${message}`),
    });
  });

  const podOf = (container: Partial<Container>, status: Pod['status'] = {}): Pod => ({
    metadata: { uid: 'u' },
    spec: { containers: [{ name: 'c', ...container }] },
    status,
  });
  const run = (pod: Pod, id = 'id1', adopted = false) =>
    probes.update(pod, [{ name: 'c', id, startedMs: startMs, adopted, stopping: false }], IP);

  it('counts what came of the attempts, as long as the container runs', async () => {
    const pod = podOf({ livenessProbe: { ...command('liveness'), failureThreshold: 100 } });
    run(pod);
    await clock.advance(25_000);
    verdicts = { liveness: 'fail' };
    await clock.advance(10_000);
    verdicts = { liveness: 'error' };
    await clock.advance(10_000);
    const [counted, ...others] = probes.counts();
    expect(others).toEqual([]);
    expect(counted).toMatchObject({ container: 'c', type: 'liveness', results: { failed: 1, unknown: 1 } });
    expect(counted!.results.successful).toBe(asked.length - 2);
    run(pod, 'id2');
    expect(probes.counts()).toEqual([]);
  });

  it('holds the others back until the startup probe passes; initial delays count from the container’s start', async () => {
    verdicts = { startup: 'fail' };
    run(
      podOf({
        startupProbe: { ...command('startup'), failureThreshold: 100 },
        livenessProbe: { ...command('liveness'), initialDelaySeconds: 2 },
        readinessProbe: { ...command('readiness'), initialDelaySeconds: 30 },
      }),
    );
    await clock.advance(3000);
    expect(probes.results('u', 'c')).toEqual({ started: false, ready: false, live: true });
    expect(asked.every((one) => one.startsWith('startup'))).toBe(true);
    verdicts = {};
    await clock.advance(4000);
    expect(probes.results('u', 'c')).toEqual({ started: true, ready: false, live: true });
    expect(asked.some((one) => one.startsWith('liveness'))).toBe(true);
    await clock.advance(23_000);
    expect(asked.filter((one) => one.startsWith('readiness'))).toEqual(['readiness@30000']);
    expect(probes.results('u', 'c').ready).toBe(true);
  });

  it('says that a container is dead after the threshold, once', async () => {
    verdicts = { liveness: 'fail' };
    run(podOf({ livenessProbe: { ...command('liveness'), periodSeconds: 1, failureThreshold: 3 } }));
    await clock.advance(1500);
    expect(probes.results('u', 'c').live).toBe(true);
    await clock.advance(1000);
    expect(probes.results('u', 'c').live).toBe(false);
    expect([failures, changes]).toEqual([new Array(3).fill('c liveness said'), 1]);
  });

  it('asks a container on its way out for its readiness only, and keeps what was found', async () => {
    verdicts = { liveness: 'fail' };
    const pod = podOf({
      livenessProbe: { ...command('liveness'), periodSeconds: 1, failureThreshold: 2 },
      readinessProbe: { ...command('readiness'), periodSeconds: 1, failureThreshold: 1 },
    });
    run(pod);
    await clock.advance(1500);
    expect(probes.results('u', 'c')).toEqual({ started: true, ready: true, live: false });
    asked = [];
    probes.update(pod, [{ name: 'c', id: 'id1', startedMs: startMs, adopted: false, stopping: true }], IP);
    await clock.advance(2000);
    expect(asked.map((one) => one.split('@')[0])).toEqual(['readiness', 'readiness']);
    expect(probes.results('u', 'c')).toEqual({ started: true, ready: true, live: false });
    verdicts['readiness'] = 'fail';
    await clock.advance(1000);
    expect(probes.results('u', 'c')).toEqual({ started: true, ready: false, live: false });
  });

  it('warns of a success that may not be meant, and takes it as one', async () => {
    const server = createServer((_, response) => response.writeHead(304).end()).listen(0, IP);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    run(podOf({ readinessProbe: { httpGet: { port } } }));
    await clock.advance(0);
    await expect.poll(() => probes.results('u', 'c').ready, { timeout: 10_000 }).toBe(true);
    server.close();
    expect([failures, warnings]).toEqual([[], ['c readiness Probe terminated redirects, Response body: ']]);
  });

  it('holds nothing against a container whose probe cannot be made', async () => {
    verdicts = { liveness: 'error' };
    run(podOf({ livenessProbe: { ...command('liveness'), periodSeconds: 1, failureThreshold: 1 } }));
    await clock.advance(10_500);
    expect(probes.results('u', 'c').live).toBe(true);
    expect(failures).toEqual(new Array(11).fill('c liveness no such file'));
  });

  it('an agent that starts again takes no ready container out of service', async () => {
    const status = { containerStatuses: [{ name: 'c', containerID: 'podman://id1', started: true, ready: true }] };
    const pod = podOf(
      { startupProbe: command('startup'), readinessProbe: { ...command('readiness'), failureThreshold: 2 } },
      status as Pod['status'],
    );
    run(pod, 'id1', true);
    expect(probes.results('u', 'c')).toEqual({ started: true, ready: true, live: true });
    verdicts = { readiness: 'fail' };
    await clock.advance(60_000);
    expect(asked[0]).toBe('readiness@5000');
    expect(probes.results('u', 'c').ready).toBe(false);
    expect(asked.some((one) => one.startsWith('startup'))).toBe(false);
  });

  it('but a container that was not ready, or another instance, is looked at at once', async () => {
    const status = { containerStatuses: [{ name: 'c', containerID: 'podman://other', started: true, ready: true }] };
    run(podOf({ readinessProbe: command('readiness') }, status as Pod['status']), 'id1', true);
    expect(probes.results('u', 'c').ready).toBe(false);
    await clock.advance(1);
    expect(asked).toEqual(['readiness@0']);
    expect(probes.results('u', 'c').ready).toBe(true);
  });

  it('begins anew with a new instance, and ends with the last', async () => {
    const pod = podOf({ readinessProbe: { ...command('readiness'), periodSeconds: 1 } });
    run(pod, 'id1');
    await clock.advance(10);
    expect(probes.results('u', 'c').ready).toBe(true);
    run(pod, 'id2');
    expect(probes.results('u', 'c').ready).toBe(false);
    await clock.advance(10);
    probes.remove('u');
    const before = asked.length;
    await clock.advance(10_000);
    expect([asked.length, clock.nextAt()]).toEqual([before, undefined]);
  });
});
