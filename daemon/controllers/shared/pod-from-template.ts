/**
 * A pod of a workload's template, as `GetPodFromTemplate` upstream makes it. Pure.
 */

import { cloneJson } from '../../base/json.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Resource } from '../../kinds/resource.ts';
import type { Pod, PodTemplateSpec } from '../../kinds/types.generated.ts';
import { controllerReference } from './ownership.ts';

/** A generated name is cut to 58 characters by the API; a base as long as a subdomain may be stays as it is. */
const NAME_LENGTH_MAX = 253;

export function podFromTemplate(
  resource: Resource,
  owner: Readonly<KubeObject>,
  template: Readonly<PodTemplateSpec>,
): Pod {
  const { namespace, name = '' } = owner.metadata ?? {};
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: name.length < NAME_LENGTH_MAX ? `${name}-` : name,
      namespace,
      ...cloneJson({ labels, annotations, finalizers }),
      ownerReferences: [controllerReference(resource, owner)],
    },
    ...(template.spec ? { spec: cloneJson(template.spec) } : {}),
  };
}
