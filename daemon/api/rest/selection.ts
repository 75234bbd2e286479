/**
 * Label and field selectors of a request, read once and matched often.
 */

import {
  compileFieldSelector,
  type FieldSelector,
  FieldSelectorError,
  parseFieldSelector,
} from '../../base/field-selector.ts';
import type { KubeObject } from '../../base/object.ts';
import { compileSelector, parseSelector, type Selector, SelectorError } from '../../base/selector.ts';
import { badRequest } from '../../base/status.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { Selectors } from './requests.ts';

export interface Selection {
  /** Undefined: everything matches. */
  readonly matches: ((object: Readonly<KubeObject>) => boolean) | undefined;
  /** Set when only the object of that name can match. */
  readonly name: string | undefined;
}

const EVERYTHING: Selection = { matches: undefined, name: undefined };

/** Throws 400 for a selector that cannot be read or a field that the kind cannot be selected by. */
export function parseSelection(kind: Kind, { labelSelector, fieldSelector }: Selectors): Selection {
  if (!labelSelector && !fieldSelector) return EVERYTHING;
  const labels = readLabels(labelSelector ?? '');
  const fields = readFields(kind, fieldSelector ?? '');
  if (labels.length === 0 && fields.length === 0) return EVERYTHING;
  const named = fields.find(({ field, operator }) => field === 'metadata.name' && operator === '=');
  const matchesLabels = compileSelector(labels);
  const matchesFields = compileFieldSelector(fields);
  const matches = (object: Readonly<KubeObject>): boolean =>
    matchesLabels(object.metadata?.labels) && matchesFields((field) => fieldOf(kind, object, field));
  return { matches, name: named?.value };
}

function readLabels(text: string): Selector {
  try {
    return parseSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function readFields(kind: Kind, text: string): FieldSelector {
  let selector: FieldSelector;
  try {
    selector = parseFieldSelector(text);
  } catch (error) {
    if (error instanceof FieldSelectorError) throw badRequest(error.message);
    throw error;
  }
  for (const { field } of selector) if (!isKnownField(kind, field)) throw badRequest(unknownField(kind, field));
  return selector;
}

/** Kinds without fields of their own know both names, whether they have a namespace or not. */
function isKnownField({ resource, schema, fieldSelectors }: Kind, field: string): boolean {
  if (field === 'metadata.namespace')
    return resource.namespaced || (!schema && Object.keys(fieldSelectors).length === 0);
  return field === 'metadata.name' || Object.hasOwn(fieldSelectors, field);
}

/** Kinds with selectable fields of their own word it one way, all others as `DefaultMetaV1FieldSelectorConversion`. */
function unknownField(kind: Kind, field: string): string {
  if (kind.schema || Object.keys(kind.fieldSelectors).length > 0) return `field label not supported: ${field}`;
  return `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function fieldOf(kind: Kind, object: Readonly<KubeObject>, field: string): string {
  if (field === 'metadata.name') return object.metadata?.name ?? '';
  if (field === 'metadata.namespace') return object.metadata?.namespace ?? '';
  return kind.fieldSelectors[field]?.(object) ?? '';
}
