/**
 * `/version` (`version.Info`): the Kubernetes release whose behaviour is served, so that clients accept it, and Reflet's own.
 */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const KUBERNETES_MAJOR = '1';
const KUBERNETES_MINOR = '32';

/** The version in package.json, found from the source tree and from a build alike. */
export function readOwnVersion(): string {
  for (let directory = dirname(fileURLToPath(import.meta.url)); ; directory = dirname(directory)) {
    try {
      const { name, version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
      };
      if (name === 'reflet') return version;
    } catch {
      // not here: look one level up
    }
    if (directory === dirname(directory)) return '0.0.0';
  }
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
