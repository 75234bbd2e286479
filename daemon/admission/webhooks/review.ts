/**
 * `admission.k8s.io` AdmissionReview: what a webhook is asked, and what its answer means (`apiserver/pkg/admission/plugin/webhook/request`). Pure.
 */

import { isObject } from '../../base/json.ts';
import type { JsonObject } from '../../base/object.ts';
import { type StatusDetails, StatusError } from '../../base/status.ts';
import type { Webhook } from '../../kinds/common/admission/webhooks.ts';
import type { Kind } from '../../kinds/kind.ts';
import { admissionRequestOf, shownObject } from '../matching/activation.ts';
import type { Attributes } from '../plugin.ts';

const GROUP = 'admission.k8s.io';
const VERSIONS = ['v1', 'v1beta1'];
/** An answer may not fill the client's headers or the audit. */
const WARNINGS_MAX = 64;
const ANNOTATIONS_MAX = 64;

/** The first of the webhook's versions that is known here. */
const versionOf = ({ admissionReviewVersions = [] }: Webhook): string =>
  admissionReviewVersions.find((version) => VERSIONS.includes(version)) ?? 'v1';

/** `as`: the kind as which the request matched. */
export function createReview(webhook: Webhook, attributes: Attributes, as: Kind, uid: string): JsonObject {
  return {
    kind: 'AdmissionReview',
    apiVersion: `${GROUP}/${versionOf(webhook)}`,
    request: {
      uid,
      ...admissionRequestOf(attributes, as),
      object: shownObject(attributes, 'object', as),
      oldObject: shownObject(attributes, 'old', as),
    },
  } as unknown as JsonObject;
}

export interface Verdict {
  readonly denial: StatusError | undefined;
  /** JSON Patch; undefined when nothing changes. */
  readonly patch: readonly JsonObject[] | undefined;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** What an answer means, or what is wrong with it. */
export function readReview(
  webhook: Webhook,
  uid: string,
  body: unknown,
  mayChange: boolean,
): Verdict | { problem: string } {
  const invalid = (why: string) => ({ problem: `received invalid webhook response: ${why}` });
  if (!isObject(body)) return invalid('expected an AdmissionReview');
  const version = versionOf(webhook);
  const wanted = `${GROUP}/${version}`;
  if (version === 'v1' && (body.apiVersion !== wanted || body.kind !== 'AdmissionReview')) {
    const found = `${typeof body.apiVersion === 'string' ? body.apiVersion : ''}, Kind=${typeof body.kind === 'string' ? body.kind : ''}`;
    return invalid(`expected webhook response of ${wanted}, Kind=AdmissionReview, got ${found}`);
  }
  const { response } = body;
  if (!isObject(response)) return invalid('webhook response was absent');
  if (version === 'v1' && response.uid !== uid) {
    return invalid(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? '')}`);
  }
  const patch = readPatch(response, mayChange, version);
  if ('problem' in patch) return invalid(patch.problem);
  return {
    denial: response.allowed === true ? undefined : denialOf(webhook.name, response.status),
    ...patch,
    warnings: texts(response.warnings).slice(0, WARNINGS_MAX),
    auditAnnotations: annotationsOf(response.auditAnnotations),
  };
}

function readPatch(
  { patch, patchType }: Record<string, unknown>,
  mayChange: boolean,
  version: string,
): { patch: JsonObject[] | undefined } | { problem: string } {
  const hasPatch = typeof patch === 'string' && patch !== '';
  if (!mayChange) {
    if (hasPatch) return { problem: 'validating webhook may not return response.patch' };
    if (patchType) return { problem: 'validating webhook may not return response.patchType' };
    return { patch: undefined };
  }
  if (!hasPatch) {
    if (patchType && version === 'v1') return { problem: 'webhook returned response.patchType but not response.patch' };
    return { patch: undefined };
  }
  if (!patchType && version === 'v1') {
    return { problem: 'webhook returned response.patch but not response.patchType' };
  }
  if ((patchType ?? 'JSONPatch') !== 'JSONPatch') {
    return { problem: `webhook returned invalid response.patchType of ${JSON.stringify(patchType)}` };
  }
  try {
    const operations: unknown = JSON.parse(Buffer.from(patch as string, 'base64').toString('utf8'));
    if (Array.isArray(operations)) return { patch: operations as JsonObject[] };
  } catch {
    // Told below.
  }
  return { problem: 'webhook returned a response.patch that is no JSON Patch' };
}

/** A denial answers with at least 400, whatever the webhook says. */
function denialOf(name: string, told: unknown): StatusError {
  const status = isObject(told) ? told : {};
  const by = `admission webhook ${JSON.stringify(name)} denied the request`;
  const why = text(status.message) || text(status.reason);
  const code = typeof status.code === 'number' && status.code >= 400 && status.code <= 599 ? status.code : 400;
  const details = isObject(status.details) ? detailsOf(status.details) : undefined;
  return new StatusError(code, text(status.reason), why ? `${by}: ${why}` : `${by} without explanation`, details);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What has the type that it is to have: it goes into a header and into messages of protobuf. */
function detailsOf({ causes, retryAfterSeconds, ...told }: Record<string, unknown>): StatusDetails {
  const pick = (from: Record<string, unknown>, names: readonly string[]) =>
    Object.fromEntries(names.flatMap((name) => (text(from[name]) === '' ? [] : [[name, from[name]]])));
  return {
    ...pick(told, ['name', 'group', 'kind', 'uid']),
    ...(Array.isArray(causes)
      ? { causes: causes.filter(isObject).map((cause) => pick(cause, ['reason', 'message', 'field'])) }
      : {}),
    ...(Number.isSafeInteger(retryAfterSeconds) && Number(retryAfterSeconds) > 0
      ? { retryAfterSeconds: Number(retryAfterSeconds) }
      : {}),
  };
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

function annotationsOf(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return Object.fromEntries(entries.slice(0, ANNOTATIONS_MAX));
}
