/**
 * Registry credentials out of imagePullSecrets (`kubernetes.io/dockerconfigjson`, `kubernetes.io/dockercfg`). Pure; values are never logged.
 */

import type { Secret } from '../../kinds/types.generated.ts';
import type { RegistryCredentials } from '../podman/images.ts';

interface Entry {
  username?: string;
  password?: string;
  auth?: string;
}

/** Keys with which Docker Hub is named in such files. */
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

function entriesOf({ data }: Readonly<Secret>): Record<string, Entry> {
  try {
    const config = data?.['.dockerconfigjson'];
    if (config)
      return (
        (JSON.parse(Buffer.from(config, 'base64').toString('utf8')) as { auths?: Record<string, Entry> }).auths ?? {}
      );
    const old = data?.['.dockercfg'];
    return old ? (JSON.parse(Buffer.from(old, 'base64').toString('utf8')) as Record<string, Entry>) : {};
  } catch {
    return {};
  }
}

function read({ username, password, auth }: Entry): RegistryCredentials | undefined {
  if (auth) {
    const text = Buffer.from(auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  return username && password !== undefined ? { username, password } : undefined;
}

/** `https://host/v1/` → `host`; `host/path` stays. */
const normal = (key: string) => key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '');

/** For `registry/path`; the longest matching key wins. */
export function credentialsFor(
  reference: string,
  secrets: readonly Readonly<Secret>[],
): RegistryCredentials | undefined {
  const registry = reference.split('/')[0] ?? '';
  let best: { length: number; credentials: RegistryCredentials } | undefined;
  for (const secret of secrets) {
    for (const [key, entry] of Object.entries(entriesOf(secret))) {
      const place = normal(key);
      const matches =
        reference === place || reference.startsWith(`${place}/`) || (DOCKER_HUB.has(place) && registry === 'docker.io');
      const credentials = matches ? read(entry) : undefined;
      if (credentials && place.length > (best?.length ?? -1)) best = { length: place.length, credentials };
    }
  }
  return best?.credentials;
}
