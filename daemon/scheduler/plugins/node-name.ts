/** NodeName: a pod that names its node goes there or nowhere. (Such a pod is bound already; kept for `reflet plan`.) */

import type { LocalFilter } from './plugin.ts';

const MISFIT = { reasons: ["node(s) didn't match the requested node name"], resolvable: false };

export const nodeName: LocalFilter = {
  name: 'NodeName',
  filter: ({ pod }, node) => (!pod.spec?.nodeName || pod.spec.nodeName === node.name ? undefined : MISFIT),
};
