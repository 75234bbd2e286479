/**
 * The admission plugins, in the order in which they run.
 * A plugin more: one file in `plugins/`, one line here, its test in `test/admission/plugins/`.
 */

import type { Plugin } from './plugin.ts';
import { certificates } from './plugins/certificates.ts';
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { limitRanger } from './plugins/limit-ranger.ts';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { nodeRestriction } from './plugins/node-restriction.ts';
import { podSecurity } from './plugins/pod-security.ts';
import { priority } from './plugins/priority.ts';
import { runtimeClass } from './plugins/runtime-class.ts';
import { serviceAccount } from './plugins/service-account.ts';
import { taintNodesByCondition } from './plugins/taint-nodes-by-condition.ts';
import { validatingAdmissionPolicy } from './plugins/validating-admission-policy.ts';

/** Upstream's order (`options.AllOrderedPlugins`): it decides which of two refusals is told. */
export const PLUGINS: readonly Plugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  runtimeClass,
  certificates,
  validatingAdmissionPolicy,
];
