import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { candidates, ownLimits, renderContainersConf } from '../../../daemon/agent/podman/preflight.ts';
import { tinyProgram } from '../../../daemon/agent/podman/tiny-program.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max processes             1000                 96365                processes
Max open files            1024                 20000                files
`;

test('own limits are the hard ones', () => {
  expect(ownLimits(LIMITS)).toEqual(['nofile=20000:20000', 'nproc=96365:96365']);
  expect(ownLimits('Max open files unlimited unlimited files')).toEqual([]);
});

test('what needs no settings is tried first', () => {
  const [first, second, third] = candidates(ownLimits(LIMITS));
  expect(first).toEqual({});
  expect(renderContainersConf(first!)).toBe('');
  expect(second).toEqual({ ulimits: ['nofile=20000:20000', 'nproc=96365:96365'] });
  expect(third).toEqual({ ulimits: ['nofile=20000:20000', 'nproc=32768:32768'] });
  expect(renderContainersConf({ runtime: 'runc', ulimits: ['nofile=1:1'] })).toBe(
    '[engine]\nruntime = "runc"\n[containers]\ndefault_ulimits = ["nofile=1:1"]\n',
  );
});

test('the trial’s program runs on this machine', async () => {
  const program = tinyProgram(arch());
  if (!program) return;
  const directory = await mkdtemp(join(tmpdir(), 'reflet-tiny-'));
  try {
    const path = join(directory, 'exit');
    await writeFile(path, program, { mode: 0o755 });
    expect(() => execFileSync(path)).not.toThrow();
  } finally {
    await rm(directory, { recursive: true });
  }
});
