/**
 * GET and LIST of what is measured and not kept (metrics.k8s.io): made anew for each who asks, without revisions.
 */

import type { KubeObject } from '../../base/object.ts';
import { notFound, type StatusError } from '../../base/status.ts';
import type { RestContext } from './context.ts';
import { groupResource } from './get.ts';
import { checkListOptions } from './list-options.ts';
import type { ListPage, ListParameters, ReadEntry, Scope, Target } from './requests.ts';
import { parseSelection } from './selection.ts';
import { encodedEntry } from './view.ts';

/** What is so now of one kind. */
export interface Measurement {
  /** In order. */
  readonly objects: readonly KubeObject[];
  /** Of a name that none has; without it 404. */
  readonly missing?: (name: string) => StatusError;
}

function objectsOf({ measure }: RestContext, { kind, namespace }: Scope): readonly KubeObject[] {
  const all = measure?.(kind).objects ?? [];
  return namespace === undefined ? all : all.filter(({ metadata }) => metadata?.namespace === namespace);
}

/** Throws 400 for selectors that cannot be read. */
export function listMeasured(context: RestContext, scope: Scope, parameters: ListParameters): ListPage {
  checkListOptions(parameters);
  const { matches = () => true } = parseSelection(scope.kind, parameters);
  return { entries: objectsOf(context, scope).filter(matches).map(encodedEntry), metadata: {} };
}

/** Throws 404, also for what is there and was not measured yet. */
export function getMeasured(context: RestContext, target: Target): ReadEntry {
  const found = objectsOf(context, target).find(({ metadata }) => metadata?.name === target.name);
  if (found) return encodedEntry(found);
  const { namespace, name } = target;
  throw (
    context.measure?.(target.kind).missing?.(name) ??
    notFound(groupResource(target), namespace === undefined ? name : `${namespace}/${name}`)
  );
}
