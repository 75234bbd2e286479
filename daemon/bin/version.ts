/**
 * `/version` (`version.Info`): the Kubernetes release whose behaviour is served, so that clients accept it, and Reflet's own.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const KUBERNETES_MAJOR = '1';
const KUBERNETES_MINOR = '32';

/** Reflet's package: its folder (with `schemas/`, `examples/`) and version, found from the source tree and from a build alike. */
export function readOwnPackage(): { directory: string; version: string } {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let directory = here; directory !== dirname(directory); directory = dirname(directory)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
      };
      if (name === 'reflet') return { directory, version };
    } catch {
      // not here: look one level up
    }
  }
  throw new Error(`no package.json of reflet above ${here}: reinstall or rebuild reflet`);
}

export function versionInfo(own: string): Record<string, string> {
  return {
    major: KUBERNETES_MAJOR,
    minor: KUBERNETES_MINOR,
    gitVersion: `v${KUBERNETES_MAJOR}.${KUBERNETES_MINOR}.0+reflet-${own}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: `node${process.versions.node}`,
    compiler: 'v8',
    platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  };
}
