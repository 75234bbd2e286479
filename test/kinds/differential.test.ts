/**
 * The recorded answers of a real API server, where they stand beside the clone: the same bodies through a kind's own functions.
 * The recording is of 1.20; where 1.32 answers otherwise the difference is listed, with its reason.
 */

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toCause } from '../../daemon/base/field.ts';
import { create, registry } from './support/admit.ts';

const SHARED = new URL('../../../shared/differential/', import.meta.url);
const present = existsSync(new URL('reference-api.json', SHARED));
const NAMESPACE = 'difft-abcdefgh';

/** `case#step` → why the answer is another one in 1.32, or not a kind's own matter. */
const KNOWN: Readonly<Record<string, string>> = {
  'validation/labels-annotations#11': 'the generated name is random',
  'validation/labels-annotations#9': '1.32 tells the kinds of the owners',
  'validation/configmap#7': '1.32 words what is too long otherwise',
  'validation/pod-shape#14': '1.32 lists the supported values',
  'validation/pod-ports#8': '1.32 asks for a letter only',
  'validation/pod-resources#1': '1.32 names the limit',
  'validation/pod-resources#5': '1.32 names the limit',
  'validation/leases#2': '1.32 mended the wording',
  'validation/endpoints#1': '1.32 names the IPv6 range too',
  'apply/errors#12': 'a parameter of the request',
  'defaulting/pod-full#0': 'a service account token needs the account that admission sets',
};

interface Recorded {
  i: number;
  code: number;
  body?: { details?: { causes?: { field?: string; message?: string }[] } };
}

function kindAt(path: string) {
  const match = /^\/(?:api\/v1|apis\/([^/]+)\/([^/]+))\/(?:namespaces\/\$NS\/)?(\w+)(?:\?|$)/.exec(path);
  if (!match) return undefined;
  const kind = registry.byResource(match[1] ?? '', match[2] ?? 'v1', match[3]!);
  return kind?.stored && !kind.isUnsupported ? kind : undefined;
}

const IPV4 = /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g;
const POINTER = /\(0x[0-9a-f]+\)/g;
const QUANTITY = /resource\.Quantity\{.*\}/g;
const VERSIONS = /(\[\]apiextensions\.CustomResourceDefinitionVersion)\{.*\}/g;
const plain = (text: string) =>
  text
    .replaceAll(NAMESPACE, 'NS')
    .replace(IPV4, '<ip>')
    .replace(POINTER, '(<pointer>)')
    .replace(QUANTITY, 'resource.Quantity{<go>}')
    .replace(VERSIONS, '$1{<go>}');

async function cases() {
  const { loadCases } = (await import(new URL('replay.mjs', SHARED).href)) as {
    loadCases(): Promise<{ name: string; steps: { method?: string; path?: string; body?: unknown }[] }[]>;
  };
  const reference = JSON.parse(readFileSync(new URL('reference-api.json', SHARED), 'utf8')) as {
    cases: Record<string, { steps?: Recorded[] }>;
  };
  return (await loadCases()).flatMap((one) =>
    (reference.cases[one.name]?.steps ?? []).flatMap((recorded) => {
      const step = one.steps[recorded.i];
      const kind = step?.method === 'POST' && kindAt(step.path ?? '');
      if (!kind || typeof step?.body !== 'object' || ![201, 422].includes(recorded.code)) return [];
      const body = JSON.parse(JSON.stringify(step.body).replaceAll('$NS', NAMESPACE)) as object;
      return [{ id: `${one.name}#${recorded.i}`, kind, body, recorded }];
    }),
  );
}

describe.skipIf(!present)('recorded answers (skipped where ../shared is absent)', async () => {
  const all = present ? await cases() : [];
  it('are there', () => expect(all.length).toBeGreaterThan(60));

  it.each(all.filter(({ id }) => !(id in KNOWN)))('$id', ({ kind, body, recorded }) => {
    const { metadata = {} } = body as { metadata?: object };
    // As the server has it set by then: a Job's selector is made of it.
    const { errors, structural } = create(kind, { ...body, metadata: { ...metadata, uid: 'a-uid' } }, NAMESPACE);
    expect(structural).toBeUndefined();
    const got = errors.map(toCause).map(({ field, message }) => plain(`${field}: ${message}`));
    const causes = recorded.body?.details?.causes ?? [];
    expect(got.sort()).toEqual(causes.map(({ field, message }) => `${field}: ${message}`).sort());
  });
});
