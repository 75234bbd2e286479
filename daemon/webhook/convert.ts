/**
 * Has a webhook convert objects of a custom kind: one `ConversionReview` for many (`apiextensions-apiserver/pkg/apiserver/conversion`). Whatever it
 * answers, an object keeps who it is: of metadata only labels and annotations are taken.
 */

import type { Ids } from '../base/clock.ts';
import { cloneJson, isObject } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import { internalError } from '../base/status.ts';
import { parseApiVersion } from '../kinds/resource.ts';
import type { CustomResourceDefinition, WebhookClientConfig } from '../kinds/types.generated.ts';

/** Upstream's client waits as long as a request may last; nobody here waits longer for one conversion. */
const TIMEOUT_MS = 30_000;
/** Of one review. */
const OBJECTS_MAX = 500;
/** After which a review takes no further object: it is written and read in a turn each. */
const REVIEW_LENGTH_MAX = 1024 * 1024;

export interface ConvertOptions {
  /** The answer's JSON. Throws an error whose message says why there is none. */
  post(call: { clientConfig: Readonly<WebhookClientConfig>; body: unknown; timeoutMs: number }): Promise<unknown>;
  ids: Ids;
}

type Ask = (
  definition: Readonly<CustomResourceDefinition>,
  objects: readonly Readonly<KubeObject>[],
  apiVersion: string,
) => Promise<KubeObject[]>;

/** Throws StatusError 500 with upstream's words. */
export function createConversionWebhooks(options: ConvertOptions): Ask {
  return async (definition, objects, apiVersion) => {
    const made: KubeObject[] = [];
    while (made.length < objects.length) {
      const chunk = firstChunk(objects, made.length);
      made.push(...(await convertChunk(options, definition, chunk, apiVersion)));
    }
    return made;
  };
}

/** As many as one review may hold, at least one. */
function firstChunk(objects: readonly Readonly<KubeObject>[], start: number): readonly Readonly<KubeObject>[] {
  let end = start;
  for (let length = 0; end < objects.length && end - start < OBJECTS_MAX && length < REVIEW_LENGTH_MAX; end++)
    length += JSON.stringify(objects[end]).length;
  return objects.slice(start, end);
}

async function convertChunk(
  { post, ids }: ConvertOptions,
  { spec }: Readonly<CustomResourceDefinition>,
  objects: readonly Readonly<KubeObject>[],
  apiVersion: string,
): Promise<KubeObject[]> {
  const about = gvkText(objects[0]!);
  const fail = (why: string): Error => internalError(new Error(`conversion webhook for ${about} ${why}`));
  const { clientConfig, conversionReviewVersions = [] } = spec.conversion?.webhook ?? {};
  const version = conversionReviewVersions.find((one) => one === 'v1' || one === 'v1beta1');
  if (!clientConfig || !version) throw fail('failed: no supported conversion review versions');
  const uid = ids.uid();
  const review = {
    kind: 'ConversionReview',
    apiVersion: `apiextensions.k8s.io/${version}`,
    request: { uid, desiredAPIVersion: apiVersion, objects },
  };
  const answer = await post({ clientConfig, body: review, timeoutMs: TIMEOUT_MS }).catch((error: unknown) => {
    throw fail(`failed: ${error instanceof Error ? error.message : String(error)}`);
  });
  const read = convertedObjects(answer, version, uid);
  if ('why' in read) throw fail(`failed: ${read.why}`);
  if (read.objects.length !== objects.length)
    throw fail(`returned ${read.objects.length} objects, expected ${objects.length}`);
  return objects.map((object, index) => {
    const restored = restoreIdentity(object, read.objects[index], apiVersion);
    if ('why' in restored) throw fail(`returned invalid converted object at index ${index}: ${restored.why}`);
    return restored.object;
  });
}

/** `example.com/v1, Kind=Widget` */
const gvkText = ({ apiVersion, kind }: Readonly<KubeObject>): string => `${apiVersion}, Kind=${kind}`;

function convertedObjects(answer: unknown, version: string, uid: string): { objects: unknown[] } | { why: string } {
  if (!isObject(answer)) return { why: 'the answer is no ConversionReview' };
  const wanted = `apiextensions.k8s.io/${version}`;
  if (version === 'v1' && (answer['kind'] !== 'ConversionReview' || answer['apiVersion'] !== wanted))
    return {
      why: `expected webhook response of ${wanted}, Kind=ConversionReview, got ${String(answer['apiVersion'] ?? '')}, Kind=${String(answer['kind'] ?? '')}`,
    };
  const { response } = answer;
  if (!isObject(response)) return { why: 'no response provided' };
  if (version === 'v1' && response['uid'] !== uid)
    return { why: `expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response['uid'] ?? '')}` };
  const result = isObject(response['result']) ? response['result'] : {};
  if (result['status'] !== 'Success') {
    const { message, status = '' } = result;
    const told = typeof message === 'string' && message !== '' ? message : undefined;
    return { why: told ?? `response.result.status was '${String(status)}', not 'Success'` };
  }
  const objects = response['convertedObjects'];
  return { objects: Array.isArray(objects) ? objects : [] };
}

function restoreIdentity(
  original: Readonly<KubeObject>,
  converted: unknown,
  apiVersion: string,
): { object: KubeObject } | { why: string } {
  if (!isObject(converted)) return { why: 'it is no object' };
  if (converted['apiVersion'] !== apiVersion)
    return {
      why: `invalid groupVersion (expected ${shown(apiVersion)}, received ${shown(String(converted['apiVersion'] ?? ''))})`,
    };
  if (converted['kind'] !== original.kind)
    return { why: `invalid kind (expected ${original.kind}, received ${String(converted['kind'] ?? '')})` };
  const { metadata } = converted;
  if (!isObject(metadata)) return { why: 'missing metadata in converted object' };
  for (const [name, word] of [
    ['name', 'name'],
    ['namespace', 'namespace'],
    ['uid', 'UID'],
  ] as const) {
    const [before, after] = [original.metadata?.[name] ?? '', metadata[name] ?? ''];
    if (before !== after) return { why: `must have the same ${word}: ${before} != ${String(after)}` };
  }
  const kept = cloneJson(original.metadata ?? {});
  for (const name of ['labels', 'annotations'] as const) {
    const told = metadata[name];
    if (told === undefined || told === null) delete kept[name];
    else if (!isTexts(told)) return { why: `invalid metadata.${name} in converted object` };
    else kept[name] = told;
  }
  const { apiVersion: _version, kind, metadata: _metadata, ...rest } = converted;
  return { object: { apiVersion, kind: kind as string, metadata: kept, ...rest } };
}

const shown = (apiVersion: string): string => {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}`;
};

const isTexts = (value: unknown): value is Record<string, string> =>
  isObject(value) && Object.values(value).every((one) => typeof one === 'string');
