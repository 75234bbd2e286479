/**
 * Where a write through the API belongs: into a commit on the tracked branch, or into runtime state only. Pure.
 * (design: "Writes through the API are commits"; `docs/` says it for people.)
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { isPerson } from '../../auth/user.ts';
import type { DesiredState } from '../desired-state.ts';
import { replicasOf } from '../scaled-replicas.ts';
import { isSecret } from '../secrets/plain-text.ts';

export type Route =
  | { to: 'runtime'; warning?: string }
  /** Into the file that defines the object. */
  | { to: 'edit' }
  | { to: 'new-file' }
  | { to: 'remove' };

const RUNTIME = { to: 'runtime' } as const;

/** Kinds that controllers and nodes own, whoever writes them. */
const RUNTIME_KINDS: ReadonlySet<string> = new Set([
  '/pods',
  '/events',
  'events.k8s.io/events',
  '/endpoints',
  'discovery.k8s.io/endpointslices',
  'coordination.k8s.io/leases',
  'apps/controllerrevisions',
  '/nodes',
]);

/** What is told to a person whose new Secret stays out of git, for want of a key. */
const SECRET_WARNING = 'the Secret is kept at run time only: there is no key to encrypt it with for git';

/**
 * Secrets that are some program's own state, whoever writes them: a release of Helm is a compressed copy of everything it installed, once an upgrade,
 * which nobody can review and no revert can use; a token is filled in, and a bootstrap token taken away, by controllers.
 */
const RUNTIME_SECRET_TYPES: ReadonlySet<unknown> = new Set([
  'helm.sh/release.v1',
  'kubernetes.io/service-account-token',
  'bootstrap.kubernetes.io/token',
]);

/** `canSeal`: there is a key that a new Secret can be encrypted for. */
export function routeWrite(write: PlannedWrite, state: DesiredState, canSeal: boolean): Route {
  const { kind, user, subresource, generated, key, old, next } = write;
  if (!isPerson(user) || generated || (subresource !== '' && subresource !== 'scale')) return RUNTIME;
  const defined = state.objects.get(key);
  if (isGoing(write)) return defined ? { to: 'remove' } : RUNTIME;
  if (RUNTIME_KINDS.has(`${kind.resource.group}/${kind.resource.plural}`) && !defined) return RUNTIME;
  if (defined) {
    if (subresource === 'scale' && replicasOf(kind, defined.document.object) === undefined) return RUNTIME;
    return { to: 'edit' };
  }
  // An object that something else than git brought up stays what it is: a file for it would make git own, and prune, all of it.
  if (old || !next || !kind.resource.namespaced || isOwned(next)) return RUNTIME;
  if (!followsGit(state, next.metadata?.namespace ?? '')) return RUNTIME;
  if (isSecret(kind)) {
    if (RUNTIME_SECRET_TYPES.has((next as { type?: unknown }).type)) return RUNTIME;
    if (!canSeal) return { ...RUNTIME, warning: SECRET_WARNING };
  }
  return { to: 'new-file' };
}

/** `default`, and every namespace whose manifest is in git. */
function followsGit(state: DesiredState, namespace: string): boolean {
  return namespace === 'default' || state.objects.has(`/registry/core/namespaces/${namespace}`);
}

/** A deletion, or the beginning of one. */
function isGoing({ verb, next }: PlannedWrite): boolean {
  return (
    next === undefined ||
    ((verb === 'delete' || verb === 'deletecollection') && Boolean(next.metadata?.deletionTimestamp))
  );
}

const isOwned = (object: NonNullable<PlannedWrite['next']>): boolean =>
  (object.metadata?.ownerReferences ?? []).some(({ controller }) => controller === true);
