/** Conversion webhooks: what is asked, what is taken of an answer, and what is refused. */

import { describe, expect, it } from 'vitest';
import { cloneJson } from '../../daemon/base/json.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import type { CustomResourceDefinition } from '../../daemon/kinds/types.generated.ts';
import { createConversionWebhooks } from '../../daemon/webhook/convert.ts';

const clientConfig = { url: 'https://hook.example.com/convert' };
const definition = (conversionReviewVersions = ['v1']) =>
  ({
    spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions } } },
  }) as CustomResourceDefinition;

const widget = (name: string): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default', uid: `u-${name}`, resourceVersion: '7', labels: { a: 'b' } },
});

interface Review {
  kind: string;
  apiVersion: string;
  request: { uid: string; desiredAPIVersion: string; objects: KubeObject[] };
}

const convert = (objects: KubeObject[], apiVersion: string): KubeObject[] =>
  objects.map((object) => ({ ...cloneJson(object), apiVersion }));

function ask(answer: (review: Review) => unknown, objects = [widget('a'), widget('b')], versions?: string[]) {
  const asked: Review[] = [];
  const call = createConversionWebhooks({
    ids: { uid: () => 'review-1', suffix: () => '' },
    post: async ({ body }) => {
      asked.push(body as Review);
      return answer(body as Review);
    },
  });
  return { asked, made: call(definition(versions), objects, 'example.com/v2') };
}

const good = ({ request }: Review, change: (objects: KubeObject[]) => unknown = (objects) => objects) => ({
  kind: 'ConversionReview',
  apiVersion: 'apiextensions.k8s.io/v1',
  response: {
    uid: request.uid,
    result: { status: 'Success' },
    convertedObjects: change(convert(request.objects, request.desiredAPIVersion)),
  },
});

describe('a conversion webhook', () => {
  it('is asked once for many, and an object keeps who it is', async () => {
    const { asked, made } = ask((review) =>
      good(review, (objects) =>
        objects.map((object) => ({
          ...object,
          metadata: { ...object.metadata, resourceVersion: '99', labels: { c: 'd' } },
        })),
      ),
    );
    expect((await made).map(({ apiVersion, metadata }) => ({ apiVersion, ...metadata }))).toEqual([
      {
        apiVersion: 'example.com/v2',
        name: 'a',
        namespace: 'default',
        uid: 'u-a',
        resourceVersion: '7',
        labels: { c: 'd' },
      },
      {
        apiVersion: 'example.com/v2',
        name: 'b',
        namespace: 'default',
        uid: 'u-b',
        resourceVersion: '7',
        labels: { c: 'd' },
      },
    ]);
    expect(asked).toEqual([
      {
        kind: 'ConversionReview',
        apiVersion: 'apiextensions.k8s.io/v1',
        request: { uid: 'review-1', desiredAPIVersion: 'example.com/v2', objects: [widget('a'), widget('b')] },
      },
    ]);
  });

  it.each<[string, (review: Review) => unknown]>([
    ['failed: it is tired', () => Promise.reject(new Error('it is tired'))],
    ['failed: no response provided', (review) => ({ ...good(review), response: undefined })],
    ['failed: expected response.uid="review-1", got "x"', (review) => ({ ...good(review), response: { uid: 'x' } })],
    [
      'failed: not today',
      (review) => ({
        ...good(review),
        response: { uid: review.request.uid, result: { status: 'Failed', message: 'not today' } },
      }),
    ],
    ['returned 1 objects, expected 2', (review) => good(review, (objects) => objects.slice(1))],
    [
      'returned invalid converted object at index 0: must have the same name: a != z',
      (review) =>
        good(review, (objects) => objects.map((one) => ({ ...one, metadata: { ...one.metadata, name: 'z' } }))),
    ],
    [
      'returned invalid converted object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v9)',
      (review) => good(review, (objects) => objects.map((one) => ({ ...one, apiVersion: 'example.com/v9' }))),
    ],
    [
      'failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got v1, Kind=Pod',
      () => ({ kind: 'Pod', apiVersion: 'v1' }),
    ],
  ])('%s', async (why, answer) => {
    await expect(ask(answer).made).rejects.toThrow(`conversion webhook for example.com/v1, Kind=Widget ${why}`);
  });

  it('is asked again for what is too much for one review', async () => {
    const large = (name: string) => ({ ...widget(name), data: 'x'.repeat(400_000) });
    const { asked, made } = ask((review) => good(review), ['a', 'b', 'c', 'd'].map(large));
    expect((await made).map(({ metadata }) => metadata?.name)).toEqual(['a', 'b', 'c', 'd']);
    expect(asked.map(({ request }) => request.objects.length)).toEqual([3, 1]);
  });

  it('is asked in a version that it knows', async () => {
    const { asked, made } = ask((review) => good(review), undefined, ['v7', 'v1beta1']);
    await made;
    expect(asked[0]!.apiVersion).toBe('apiextensions.k8s.io/v1beta1');
  });
});
