/** Whoever reads the output may go: the daemon stays, and a command ends without a word. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run, start } from '../../daemon/base/process.ts';
import { SKIP_E2E, waitFor } from '../support/reflet.ts';

const REFLET = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'daemon', 'bin', 'reflet.mjs');

it('a command whose reader has gone ends quietly', async () => {
  const { exitCode, stdout, stderr } = await run('sh', [
    '-c',
    `"$0" "$1" why --help | true; echo done`,
    process.execPath,
    REFLET,
  ]);
  expect([exitCode, stdout, stderr]).toEqual([0, 'done\n', '']);
});

describe.skipIf(SKIP_E2E)('the daemon’s output', () => {
  it('may lose its reader', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'reflet-e2e-'));
    const options = ['--data-dir', dataDir, '--port', '16446', '--no-demonstration'];
    const child = start(process.execPath, [REFLET, 'up', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      await new Promise((resolve) => child.stdout!.once('data', resolve));
      child.stdout!.destroy();
      child.stderr!.destroy();
      const env = { KUBECONFIG: join(dataDir, 'admin.kubeconfig') };
      await waitFor(
        'readiness',
        async () => (await run('kubectl', ['get', '--raw', '/readyz'], { env })).stdout === 'ok',
        60_000,
        300,
      );
      expect(child.exitCode).toBeNull();
    } finally {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await run(process.execPath, [REFLET, 'down', '--data-dir', dataDir]);
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});
