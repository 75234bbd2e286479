/**
 * The admission plugins, in the order in which they run.
 * A plugin more: one file in `plugins/`, one line here, its test in `test/admission/plugins/`.
 */

import type { Plugin } from './plugin.ts';
import { defaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { namespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { priority } from './plugins/priority.ts';
import { serviceAccount } from './plugins/service-account.ts';

/** Upstream's order (`options.AllOrderedPlugins`): it decides which of two refusals is told. */
export const PLUGINS: readonly Plugin[] = [namespaceLifecycle, serviceAccount, priority, defaultTolerationSeconds];
