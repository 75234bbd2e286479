/** Logs of real containers: conmon writes, the agent rotates and reads; nobody loses a line. */

import { mkdir, readdir, stat, symlink, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readLogs } from '../../daemon/agent/logs/read-logs.ts';
import { LOG_FILES_MAX, type LogRotator, startLogRotator } from '../../daemon/agent/logs/rotate.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { eventually, SKIP_E2E } from '../support/private-host.ts';
import { openPrivatePodman, type PrivatePodman } from '../support/private-podman.ts';

describe.skipIf(SKIP_E2E)('logs of containers', () => {
  let host: PrivatePodman;
  let rotator: LogRotator | undefined;
  beforeAll(async () => {
    host = await openPrivatePodman();
  });
  afterEach(() => rotator?.stop());
  afterAll(() => host?.close());

  /** A container that runs `script`, its log file and what conmon listens to. */
  async function writer(name: string, script: string) {
    const path = join(host.directory, `${name}-log`, '0.log');
    await mkdir(dirname(path), { recursive: true });
    const id = await host.startContainer(name, ['sh', '-c', script], {
      log_configuration: { driver: 'k8s-file', path, size: -1 },
    });
    return { id, path, controlPath: join(host.directory, 'root/overlay-containers', id, 'userdata/ctl') };
  }

  const isRunning = async (id: string) =>
    (await host.service.http.call<{ State: { Running: boolean } }>('GET', `/containers/${id}/json`)).State.Running;

  it('a follower sees every line once while the file is rotated under it', async () => {
    const lines = 60_000;
    const script = `i=0; while [ $i -lt ${lines} ]; do echo line $i; i=$((i+1)); [ $((i%200)) = 0 ] && usleep 2000; done`;
    const { id, path, controlPath } = await writer('fast', script);
    rotator = startLogRotator({ clock: systemClock, log: silentLogger, bytesMax: 256 * 1024 });
    rotator.add(id, { path, controlPath });
    let running = true;
    void eventually(async () => !(await isRunning(id)), 150_000).then(() => {
      running = false;
    });
    let next = 0;
    let rest = '';
    const signal = new AbortController().signal;
    for await (const piece of readLogs({
      path,
      options: { follow: true },
      isRunning: () => running,
      clock: systemClock,
      signal,
    })) {
      const text = rest + Buffer.from(piece).toString();
      const whole = text.split('\n');
      rest = whole.pop()!;
      for (const line of whole) {
        if (line !== `line ${next}`) expect(line).toBe(`line ${next}`);
        next++;
      }
    }
    expect(next).toBe(lines);
    const names = (await readdir(dirname(path))).filter((name) => name.startsWith('0.log'));
    // How often it comes to rotate depends on how busy the machine is.
    expect(names.length).toBeGreaterThan(1);
    expect(names.length).toBeLessThanOrEqual(LOG_FILES_MAX);
  });

  it('a log whose file was replaced by a link shows and changes nothing of what it points to', async () => {
    const { id, path, controlPath } = await writer('sly', 'while :; do echo x; usleep 1000; done');
    const secret = join(host.directory, 'shadow');
    const content = `2026-01-01T00:00:00.000000000+00:00 stdout F ${'secret '.repeat(1000)}\n`;
    await writeFile(secret, content);
    await eventually(async () => (await stat(path)).size > 100);
    await unlink(path);
    await symlink(secret, path);
    const pieces: Uint8Array[] = [];
    const signal = new AbortController().signal;
    for await (const piece of readLogs({ path, options: {}, isRunning: () => true, clock: systemClock, signal }))
      pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('');
    rotator = startLogRotator({ clock: systemClock, log: silentLogger, bytesMax: 1024 });
    rotator.add(id, { path, controlPath });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await stat(secret)).size).toBe(content.length);
  });
});
