/**
 * Whether a request is one that a webhook or a policy wants to see: operations on resources, other versions of a resource, labels of the object
 * and of its namespace (`apiserver/pkg/admission/plugin/webhook/predicates`, `plugin/policy/matching`). Pure.
 */

import { compileLabelSelector, isEmptySelector } from '../../base/label-selector.ts';
import type { KubeObject } from '../../base/object.ts';
import type { LabelSelectorObject } from '../../base/selector.ts';
import { notFound, type StatusError } from '../../base/status.ts';
import type { Kind, KindRegistry } from '../../kinds/kind.ts';
import { apiVersionOf } from '../../kinds/resource.ts';
import { NAMESPACES } from '../../kinds/resources.ts';
import type { RuleWithOperations } from '../../kinds/types.generated.ts';
import type { ClusterView } from '../contract.ts';
import type { Attributes } from '../plugin.ts';

interface Matching {
  readonly rules: readonly (RuleWithOperations & { readonly resourceNames?: readonly string[] })[];
  readonly matchPolicy: string | undefined;
}

/** The kind as which a request matches: its own, or one of another version. Undefined when it does not. */
export function matchRules(
  { rules, matchPolicy }: Matching,
  attributes: Attributes,
  registry: KindRegistry,
): Kind | undefined {
  const { kind } = attributes;
  if (rules.some((rule) => matchesRule(rule, kind, attributes))) return kind;
  if (matchPolicy === 'Exact') return undefined;
  const others = equivalentsOf(kind, registry);
  for (const rule of rules) {
    const other = others.find((one) => matchesRule(rule, one, attributes));
    if (other) return other;
  }
  return undefined;
}

/** The other versions in which the same objects are served. */
function equivalentsOf(kind: Kind, registry: KindRegistry): readonly Kind[] {
  const storedAs = (one: Kind) => one.conversion?.storedAs ?? apiVersionOf(one.resource);
  const { kind: name, plural } = kind.resource;
  return registry.kinds.filter(
    (one) =>
      one !== kind && one.resource.kind === name && one.resource.plural === plural && storedAs(one) === storedAs(kind),
  );
}

function matchesRule(rule: Matching['rules'][number], { resource }: Kind, attributes: Attributes): boolean {
  const { operation, subresource, requestedName } = attributes;
  const { scope = '*', resourceNames = [] } = rule;
  return (
    has(rule.operations, operation.toUpperCase()) &&
    has(rule.apiGroups, resource.group) &&
    has(rule.apiVersions, resource.version) &&
    (scope === '*' || (scope === 'Namespaced') === isNamespaced(attributes)) &&
    (rule.resources ?? []).some((pattern) => matchesResource(pattern, resource.plural, subresource)) &&
    (resourceNames.length === 0 || resourceNames.includes(requestedName))
  );
}

/** A Namespace counts as cluster-scoped although its request has its own name as the namespace. */
const isNamespaced = ({ kind }: Attributes): boolean => kind.resource.namespaced;

const has = (values: readonly string[] | undefined, value: string): boolean =>
  values !== undefined && (values.includes('*') || values.includes(value));

function matchesResource(pattern: string, plural: string, subresource: string): boolean {
  const slash = pattern.indexOf('/');
  const resource = slash < 0 ? pattern : pattern.slice(0, slash);
  if (resource !== '*' && resource !== plural) return false;
  const wanted = slash < 0 ? '' : pattern.slice(slash + 1);
  return wanted === '*' || wanted === subresource;
}

/** Either the object as it was or as it will be has the labels. */
export function matchesObject(selector: LabelSelectorObject | undefined, { object, old }: Attributes): boolean {
  if (!selector || isEmptySelector(selector)) return true;
  const matches = compileLabelSelector(selector);
  return [object, old].some((one) => one !== undefined && matches(one.metadata?.labels ?? {}));
}

/**
 * Whether the namespace of the request has the labels. What is in no namespace always matches; of a Namespace its own labels count.
 * A namespace that does not exist is an error, unless nothing is asked of it.
 */
export function matchesNamespace(
  selector: LabelSelectorObject | undefined,
  attributes: Attributes,
  cluster: ClusterView,
): boolean | StatusError {
  if (!selector || isEmptySelector(selector)) return true;
  const { kind, namespace } = attributes;
  const isNamespace = kind.resource.group === '' && kind.resource.plural === NAMESPACES.plural;
  if (!namespace || (!isNamespace && !kind.resource.namespaced)) return true;
  const labels = isNamespace
    ? namespaceLabels(attributes, cluster)
    : labelsOf(cluster.get(NAMESPACES, { name: namespace }));
  if (!labels) return notFound({ group: '', resource: 'namespaces' }, namespace);
  return compileLabelSelector(selector)(labels);
}

/** Of a Namespace that is written what it will be, else what it is. */
function namespaceLabels(attributes: Attributes, cluster: ClusterView): Readonly<Record<string, string>> | undefined {
  const { object, operation, subresource, namespace = '' } = attributes;
  const isWritten = (operation === 'create' || operation === 'update') && subresource === '';
  return labelsOf(isWritten && object ? object : cluster.get(NAMESPACES, { name: namespace }));
}

const labelsOf = (object: Readonly<KubeObject> | undefined) => object && (object.metadata?.labels ?? {});
