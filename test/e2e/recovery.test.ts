/** What a host goes through: each injury is healed within seconds, and what was healthy is left alone. */

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import type { Pod } from '../../daemon/kinds/types.generated.ts';
import { fetchText, type RefletHost, SKIP_E2E, startReflet, waitFor } from '../support/reflet.ts';

const HELLO = 'http://127.0.0.1:30000/';
/** The promise. */
const HEALED_MS_MAX = 5_000;
const ROUNDS = 3;

interface PodState {
  name: string;
  uid: string;
  ip: string;
  container: string;
  restarts: number;
}

describe.skipIf(SKIP_E2E)('recovery', () => {
  let host: RefletHost;
  beforeAll(async () => {
    host = await startReflet({ port: 16_444 });
    await waitFor('the first page', () => fetchText(HELLO));
    await host.must('rollout', 'status', 'deployment/hello', '--timeout=100s');
  });
  afterAll(() => host?.close());

  const pods = async (): Promise<PodState[]> => {
    const { items } = JSON.parse(await host.must('get', 'pods', '-l', 'app=hello', '-o', 'json')) as { items: Pod[] };
    return items
      .map(({ metadata, status }) => ({
        name: metadata?.name ?? '',
        uid: metadata?.uid ?? '',
        ip: status?.podIP ?? '',
        container: status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '',
        restarts: status?.containerStatuses?.[0]?.restartCount ?? 0,
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  };
  const answers = (ip: string) => fetchText(`http://${ip}:8080/`, {}, 1_000);
  const allReady = async () =>
    (await host.must('get', 'deployment', 'hello', '-o', 'jsonpath={.status.readyReplicas}')) === '2';

  /** Injures, then measures until `healed`, round after round: one of them may have met a moment in which the machine had no time for it. */
  const rounds = async (
    injure: (before: PodState[]) => Promise<unknown>,
    healed: (before: PodState[]) => Promise<boolean | undefined>,
  ) => {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await waitFor('a healthy start', allReady);
      const before = await pods();
      await injure(before);
      const began = performance.now();
      await waitFor('healing', () => healed(before), 60_000, 50);
      times.push(performance.now() - began);
    }
    times.sort((a, b) => a - b);
    console.info(`healed after ${times.map((ms) => Math.round(ms)).join(', ')} ms`);
    expect(times.at(-2)).toBeLessThan(HEALED_MS_MAX);
  };

  it('a container removed by hand comes back, and its neighbour is left alone', async () => {
    await rounds(
      ([first]) => run('podman', ['rm', '-f', '-t', '0', first!.container]),
      async ([first, second]) => {
        const [now, neighbour] = await pods();
        expect(neighbour!.container).toBe(second!.container);
        return now!.container !== first!.container && (await answers(now!.ip)) !== undefined;
      },
    );
  });

  it('a killed conmon is noticed', async () => {
    await rounds(
      async ([first]) => {
        const { stdout } = await run('podman', ['inspect', '--format', '{{.State.ConmonPid}}', first!.container]);
        process.kill(Number(stdout.trim()), 'SIGKILL');
      },
      async ([first]) => {
        const [now] = await pods();
        return now!.container !== first!.container && (await answers(now!.ip)) !== undefined;
      },
    );
  });

  it('flushed rules come back', async () => {
    await rounds(
      async () => {
        await run('iptables', ['-t', 'nat', '-F']);
        await run('iptables', ['-t', 'filter', '-F']);
      },
      async () => (await fetchText(HELLO, {}, 1_000)) !== undefined,
    );
  });

  it('a deleted veth comes back, with the same address', async () => {
    await rounds(
      async ([first]) => {
        const { stdout } = await run('ip', ['-o', 'link', 'show', 'master', 'reflet0']);
        const links = stdout
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => /^\d+: ([^@:]+)/.exec(line)![1]!);
        for (const link of links) await run('ip', ['link', 'del', link]);
        expect(first).toBeDefined();
      },
      async (before) => {
        const now = await pods();
        expect(now.map(({ ip, container }) => [ip, container])).toEqual(
          before.map(({ ip, container }) => [ip, container]),
        );
        return (await Promise.all(now.map(({ ip }) => answers(ip)))).every((text) => text !== undefined);
      },
    );
  });

  it('a killed daemon comes back without touching a healthy container', async () => {
    const before = await pods();
    const serving = fetchWhile(HELLO);
    await host.crash();
    await host.startAgain();
    await waitFor('a healthy start', allReady);
    expect((await pods()).map(({ uid, container, restarts }) => ({ uid, container, restarts }))).toEqual(
      before.map(({ uid, container, restarts }) => ({ uid, container, restarts })),
    );
    expect(await serving.stop()).toBe(0);
  });

  it('leaves nothing behind: rules of others stay, ours are ours', async () => {
    const { stdout } = await run('iptables-save', ['-t', 'nat']);
    expect(stdout).toContain('REFLET-');
    expect(await readFile('/proc/sys/net/ipv4/ip_forward', 'utf8')).toBe('1\n');
  });
});

/** Asks again and again; `stop` tells how many requests failed. */
function fetchWhile(url: string): { stop(): Promise<number> } {
  let running = true;
  let failed = 0;
  const loop = (async () => {
    while (running) {
      if ((await fetchText(url)) === undefined) failed++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      running = false;
      await loop;
      return failed;
    },
  };
}
