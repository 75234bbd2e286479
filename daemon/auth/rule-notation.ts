/**
 * How rules of roles are written down here: words in one text instead of lists of texts. Data only.
 */

import type { PolicyRule } from './rbac.ts';

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const ALL = 'create delete deletecollection get list patch update watch';

export const words = (text: string): string[] => text.split(' ');

/** `rule('apps', 'deployments deployments/scale', 'get list')`; `core` is the group without a name. */
export const rule = (groups: string, resources: string, verbs: string, names?: string): PolicyRule => ({
  apiGroups: words(groups).map((group) => (group === 'core' ? '' : group)),
  resources: words(resources),
  ...(names === undefined ? {} : { resourceNames: words(names) }),
  verbs: words(verbs),
});

export const paths = (urls: string, verbs = 'get'): PolicyRule => ({
  nonResourceURLs: words(urls),
  verbs: words(verbs),
});

export const EVENTS = rule('core events.k8s.io', 'events', 'create patch update');
export const TOKEN_REVIEWS = rule('authentication.k8s.io', 'tokenreviews', 'create');
export const ACCESS_REVIEWS = rule('authorization.k8s.io', 'subjectaccessreviews', 'create');
