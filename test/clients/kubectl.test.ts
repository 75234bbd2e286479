/**
 * kubectl against the real daemon, the host's and an old one: everything that it prints is kept beside this file (`golden/<version>/`), so that a change
 * that anybody at a terminal would see is seen in review. `vitest -u` writes them anew.
 */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../daemon/base/process.ts';
import { createKindRegistry } from '../../daemon/kinds/registry.ts';
import { type ControlPlaneProcess, startControlPlaneProcess } from '../bench/support/control-plane-process.ts';
import { findKubectls } from '../support/kubectls.ts';
import { SESSIONS } from './sessions.ts';
import { transcribe } from './transcript.ts';

const GOLDEN = fileURLToPath(new URL('golden', import.meta.url));
const SESSION_MS_MAX = 180_000;
const { kubectls, missing } = await findKubectls();
const reviewed = (version: string) => existsSync(join(GOLDEN, version));

const atLeast = (version: string, since = '0') => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [sinceMajor = 0, sinceMinor = 0] = since.split('.').map(Number);
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
};

describe.runIf(missing.length > 0)(`kubectl that is not here: ${missing.join('; ')}`, () => {
  it.skip('is not tested', () => {});
});

describe.each(kubectls)('kubectl $version', (kubectl) => {
  let directory: string;
  let controlPlane: ControlPlaneProcess;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'reflet-kubectl-'));
    controlPlane = await startControlPlaneProcess(directory);
  });
  afterAll(async () => {
    await controlPlane?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const sessions = SESSIONS.filter(
    ({ since, before }) => atLeast(kubectl.version, since) && !(before && atLeast(kubectl.version, before)),
  );
  it.skipIf(!reviewed(kubectl.version)).each(sessions)('$name', { timeout: SESSION_MS_MAX }, async (session) => {
    const seen = await transcribe(kubectl, controlPlane.kubeconfig, session);
    await expect(seen).toMatchFileSnapshot(join(GOLDEN, kubectl.version, `${session.name}.txt`));
  });

  it('explains every kind, field by field', { timeout: SESSION_MS_MAX }, async () => {
    const unexplained: string[] = [];
    // The first kubectls look a resource of that name up in its first group, whatever group they are asked for.
    const kinds = createKindRegistry().kinds.filter(({ measured }) => !measured || atLeast(kubectl.version, '1.27'));
    for (const { resource } of kinds) {
      const args = ['explain', '--recursive', resource.plural, '--api-version'];
      const { group, version } = resource;
      const { exitCode, stdout, stderr } = await run(
        kubectl.program,
        [...args, group ? `${group}/${version}` : version],
        {
          env: { KUBECONFIG: controlPlane.kubeconfig, HOME: directory },
        },
      );
      if (exitCode !== 0 || !/FIELDS:\n(.*\n)*? +apiVersion\t<string>/.test(stdout))
        unexplained.push(`${resource.plural}: ${stderr}${stdout}`);
    }
    expect(unexplained).toEqual([]);
  });
});
