/**
 * RuntimeClass: a Pod names a class that exists, and has the overhead that its class says. No RuntimeClasses are served, so there is none to be found.
 */

import { goQuote } from '../../base/go-quote.ts';
import type { Pod } from '../../kinds/types.generated.ts';
import { type Attributes, isCore, type Plugin, type Refusal, refuse } from '../plugin.ts';

export const runtimeClass: Plugin = {
  name: 'RuntimeClass',

  mutate(attributes: Attributes): Refusal | undefined {
    const name = createdPod(attributes)?.spec?.runtimeClassName;
    if (!name) return undefined;
    const why = `pod rejected: RuntimeClass ${goQuote(name)} not found`;
    return refuse(attributes, 'spec.runtimeClassName', why, 'no runtime class: none is supported');
  },

  validate(attributes: Attributes): Refusal | undefined {
    const overhead = createdPod(attributes)?.spec?.overhead ?? {};
    if (Object.keys(overhead).length === 0) return undefined;
    const why = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
    return refuse(attributes, 'spec.overhead', why, 'no overhead');
  },
};

const createdPod = (attributes: Attributes): Pod | undefined =>
  attributes.operation === 'create' && attributes.subresource === '' && isCore(attributes, 'pods')
    ? (attributes.object as Pod)
    : undefined;
