/**
 * The files of configMap, secret, downwardAPI and projected volumes, from the objects they name. Pure but for the tokens, which are handed in.
 */

import type {
  ConfigMap,
  ConfigMapProjection,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  ProjectedVolumeSource,
  Secret,
  SecretProjection,
} from '../../kinds/types.generated.ts';
import { readPodField, readResourceField } from '../containers/downward.ts';
import type { PayloadFile } from './atomic-writer.ts';
import type { VolumeSources } from './contract.ts';
import type { TokenCache } from './tokens.ts';

export type MutablePayload = Map<string, PayloadFile>;

/** Why a volume cannot be made now; it is tried again when something changes. */
export class VolumeProblem extends Error {}

const MODE_DEFAULT = 0o644;

interface Keyed {
  what: string;
  data: ReadonlyMap<string, Buffer>;
}

/** `items` picks keys and names their files; without it every key is a file. */
function pick(
  payload: MutablePayload,
  { what, data }: Keyed,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean,
): void {
  if (!items?.length) {
    for (const [key, content] of data) payload.set(key, { content, mode });
    return;
  }
  for (const { key, path, mode: own } of items) {
    const content = data.get(key);
    if (content) payload.set(path, { content, mode: own ?? mode });
    else if (!optional)
      throw new VolumeProblem(
        `${what} references non-existent ${what === 'configmap' ? 'config' : 'secret'} key: ${key}`,
      );
  }
}

function dataOf({ data, binaryData }: Readonly<ConfigMap>): Map<string, Buffer> {
  const all = new Map<string, Buffer>();
  for (const [key, text] of Object.entries(data ?? {})) all.set(key, Buffer.from(text));
  for (const [key, base64] of Object.entries(binaryData ?? {})) all.set(key, Buffer.from(base64, 'base64'));
  return all;
}

const secretData = ({ data }: Readonly<Secret>) =>
  new Map(Object.entries(data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')] as const));

export interface PayloadContext {
  pod: Readonly<Pod>;
  sources: VolumeSources;
  tokens: TokenCache;
  /** For a resourceFieldRef of something without a limit. */
  allocatable: Readonly<Record<string, string>>;
}

export function addConfigMap(
  payload: MutablePayload,
  { pod, sources }: PayloadContext,
  projection: Readonly<ConfigMapProjection>,
  defaultMode = MODE_DEFAULT,
): void {
  const { name = '', items, optional = false } = projection;
  const object = sources.configMap(pod.metadata?.namespace ?? '', name);
  if (object) pick(payload, { what: 'configmap', data: dataOf(object) }, items, defaultMode, optional);
  else if (!optional) throw new VolumeProblem(`configmap "${name}" not found`);
}

export function addSecret(
  payload: MutablePayload,
  { pod, sources }: PayloadContext,
  projection: Readonly<SecretProjection>,
  defaultMode = MODE_DEFAULT,
): void {
  const { name = '', items, optional = false } = projection;
  const object = sources.secret(pod.metadata?.namespace ?? '', name);
  if (object) pick(payload, { what: 'secret', data: secretData(object) }, items, defaultMode, optional);
  else if (!optional) throw new VolumeProblem(`secret "${name}" not found`);
}

export function addDownward(
  payload: MutablePayload,
  { pod, allocatable }: PayloadContext,
  items: readonly DownwardAPIVolumeFile[] | undefined,
  defaultMode = MODE_DEFAULT,
): void {
  for (const { path, fieldRef, resourceFieldRef, mode } of items ?? []) {
    const text = fieldRef
      ? readPodField(pod, fieldRef.fieldPath)
      : resourceFieldRef
        ? readResourceField(pod, resourceFieldRef, allocatable)
        : '';
    payload.set(path, { content: Buffer.from(text), mode: mode ?? defaultMode });
  }
}

export async function addProjected(
  payload: MutablePayload,
  context: PayloadContext,
  source: Readonly<ProjectedVolumeSource>,
): Promise<void> {
  const mode = source.defaultMode ?? MODE_DEFAULT;
  // With a group of its own the pod alone reads its token (the group's right to read is added with the group).
  const tokenMode = context.pod.spec?.securityContext?.fsGroup === undefined ? mode : 0o600;
  for (const { configMap, secret, downwardAPI, serviceAccountToken } of source.sources ?? []) {
    if (configMap) addConfigMap(payload, context, configMap, mode);
    if (secret) addSecret(payload, context, secret, mode);
    if (downwardAPI) addDownward(payload, context, downwardAPI.items, mode);
    if (!serviceAccountToken) continue;
    const { audience, expirationSeconds = 3600, path } = serviceAccountToken;
    const token = await context.tokens.token(context.pod, { audience, expirationSeconds });
    payload.set(path, { content: Buffer.from(token), mode: tokenMode });
  }
}
