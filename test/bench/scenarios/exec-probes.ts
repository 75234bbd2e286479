/**
 * 500 exec probes every 10 s, by the agent's own prober, against as many `runc exec` of the same command. What is compared is processor time, of
 * this process and of all that it starts. Every probe must succeed, and afterwards only the container's own process may be in it.
 */

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exitOf, openRuntimeExec, type RuntimeExec } from '../../../daemon/agent/exec/runtime-exec.ts';
import { startProbes } from '../../../daemon/agent/probes/start-probes.ts';
import { systemClock, systemRandom } from '../../../daemon/base/clock.ts';
import { run, start } from '../../../daemon/base/process.ts';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { figureOf } from '../support/figure.ts';
import { whyNoContainers } from '../support/host-requirements.ts';
import { processorMs } from '../support/process-usage.ts';
import { type Scenario, type Tools, verify } from '../support/scenario.ts';

const PROBES = 500;
const PERIOD_SECONDS = 10;
const PERIODS = 2;
const COMMAND = ['/bin/busybox', 'true'];

export const execProbes: Scenario = {
  name: 'exec-probes',
  summary: '500 exec probes every 10 s, against raw runc exec',
  unavailable: () => whyNoContainers('runc', 'busybox'),
  async run({ directory, say }) {
    const id = `reflet-bench-${process.pid}`;
    await startContainer(directory, id);
    try {
      say(`${PERIODS} periods of ${PROBES} probes`);
      const ours = await probe(directory, id);
      say(`${PROBES} raw runc exec`);
      const floor = await rawExecs(id);
      const inside = await processesIn(id);
      verify(inside === 1, `${inside} processes are in the container, instead of its own one`);
      const figure = figureOf({
        figure: `processor time of an exec probe, ${PROBES} every ${PERIOD_SECONDS} s`,
        unit: 'ms',
        samples: ours,
        peer: { name: 'runc exec', samples: [floor] },
        goal: { of: 'ratio', atMost: 1.2 },
        note: 'every probe succeeded, and no process was left in the container',
      });
      return [figure];
    } finally {
      await run('runc', ['delete', '--force', id]);
    }
  },
};

async function startContainer(directory: Tools['directory'], id: string): Promise<void> {
  const root = join(directory, 'rootfs', 'bin');
  await mkdir(root, { recursive: true });
  const busybox = (await run('sh', ['-c', 'command -v busybox'])).stdout.trim();
  await copyFile(busybox, join(root, 'busybox'));
  await run('runc', ['spec'], { cwd: directory });
  const file = join(directory, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as {
    process: { terminal: boolean; args: string[]; rlimits?: unknown };
  };
  config.process.terminal = false;
  config.process.args = ['/bin/busybox', 'sleep', '600'];
  delete config.process.rlimits; // a host may not be allowed to raise them
  await writeFile(file, JSON.stringify(config));
  const child = start('runc', ['run', '--detach', id], { cwd: directory, stdio: 'ignore' });
  verify((await exitOf(child)) === 0, 'the container did not start');
}

const podOf = (index: number, id: string): Pod => ({
  metadata: { name: `p${index}`, namespace: 'default', uid: `uid-${index}` },
  spec: {
    containers: [
      {
        name: 'c',
        image: 'i',
        readinessProbe: { exec: { command: COMMAND }, periodSeconds: PERIOD_SECONDS, timeoutSeconds: 5 },
      },
    ],
  },
  status: {
    containerStatuses: [
      {
        name: 'c',
        containerID: `podman://${id}`,
        started: true,
        ready: true,
        image: 'i',
        imageID: '',
        restartCount: 0,
      },
    ],
  },
});

/** Processor time, in ms, of one probe; period by period. */
async function probe(directory: string, id: string): Promise<number[]> {
  const runtime = await openRuntimeExec({ runtimePath: 'runc', root: join(directory, 'exec'), clock: systemClock });
  let attempts = 0;
  const exec: RuntimeExec = {
    ...runtime,
    async run(container, options) {
      const result = await runtime.run(container, options);
      attempts++;
      return result;
    },
  };
  const failures: string[] = [];
  const probes = startProbes({
    exec,
    clock: systemClock,
    random: systemRandom,
    onResult: () => {},
    onFailure: (_pod, _container, _type, message) => failures.push(message),
    onWarning() {},
  } as Parameters<typeof startProbes>[0]);
  // As an agent that starts again: containers that are fine are probed over a period, not all at once.
  const running = { name: 'c', id, startedMs: systemClock.now() - 60_000, adopted: true, stopping: false };
  for (let index = 0; index < PROBES; index++) probes.update(podOf(index, id), [running], '127.0.0.1');
  const samples: number[] = [];
  for (let period = 0; period < PERIODS; period++) {
    const before = { ms: processorMs(process.pid, true), attempts };
    await delay(PERIOD_SECONDS * 1000);
    const made = attempts - before.attempts;
    verify(made > PROBES * 0.8, `only ${made} of ${PROBES} probes were made in a period`);
    samples.push((processorMs(process.pid, true) - before.ms) / made);
  }
  for (let index = 0; index < PROBES; index++) {
    verify(probes.results(`uid-${index}`, 'c').ready, `the container of pod ${index} is not ready`);
  }
  probes.stop();
  await delay(1000); // attempts under way
  verify(failures.length === 0, `${failures.length} probes failed: ${failures[0]}`);
  return samples;
}

/** The same commands at the same pace, started directly. */
async function rawExecs(id: string): Promise<number> {
  const before = processorMs(process.pid, true);
  const ends: Promise<number>[] = [];
  for (let index = 0; index < PROBES; index++) {
    ends.push(exitOf(start('runc', ['exec', id, ...COMMAND], { stdio: 'ignore' })));
    await delay((PERIOD_SECONDS * 1000) / PROBES);
  }
  const codes = await Promise.all(ends);
  verify(
    codes.every((code) => code === 0),
    'a raw exec failed',
  );
  return (processorMs(process.pid, true) - before) / PROBES;
}

async function processesIn(id: string): Promise<number> {
  const { stdout } = await run('runc', ['ps', '--format', 'json', id]);
  return (JSON.parse(stdout) as number[]).length;
}
