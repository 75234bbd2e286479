/**
 * What a commit does to the services' rules, through the proxy's own rendering, before and after. Pure.
 *
 * Rules are the same on most nodes; nodes whose rules change alike are named together. Addresses of pods that exist only in the plan, and what was
 * handed out by chance, are said to be so: the real ones will be others.
 */

import { formatKey, type KubeObject, keyOf } from '../base/object.ts';
import { registryPrefix } from '../base/registry-key.ts';
import { ENDPOINT_SLICES, SERVICES } from '../kinds/resources.ts';
import type { EndpointSlice, Service } from '../kinds/types.generated.ts';
import { TREE_ROOTS } from '../proxy/chain-names.ts';
import type { NodeTopology } from '../proxy/endpoints.ts';
import { renderService } from '../proxy/render-service.ts';
import type { Store } from '../store/store.ts';
import { isPlannedAddress } from './model-agents.ts';

export interface ServiceView {
  service: Service;
  slices: EndpointSlice[];
}

export type ServicesSeen = ReadonlyMap<string, ServiceView>;

export interface RuleChange {
  nodes: string[];
  added: string[];
  removed: string[];
}

export interface ServiceChange {
  action: 'create' | 'update' | 'delete';
  namespace: string;
  name: string;
  /** `TCP 80 → 8080`, as it will be (or was, when it goes). */
  ports: string[];
  /** Ready ones. */
  endpoints: { before: number; after: number; added: number; removed: number };
  rules: RuleChange[];
}

export interface RuleSettings {
  podCidr: string;
  nodes: readonly KubeObject[];
  /** Addresses and ports by chance. */
  allocated: readonly string[];
}

const SERVICE_NAME = 'kubernetes.io/service-name';
const ZONE = 'topology.kubernetes.io/zone';
/** Nodes that rules are rendered for: rules hardly differ, and a hundred show it. */
const NODES_MAX = 100;

export function readServices(store: Store): ServicesSeen {
  const slices = Map.groupBy(
    store.range(registryPrefix(ENDPOINT_SLICES)).entries.map(({ value }) => value as EndpointSlice),
    ({ metadata }) => `${metadata?.namespace}/${metadata?.labels?.[SERVICE_NAME] ?? ''}`,
  );
  const services = store.range(registryPrefix(SERVICES)).entries.map(({ value }) => value as Service);
  return new Map(
    services.map((service) => {
      const key = formatKey(keyOf(service));
      return [key, { service, slices: slices.get(key) ?? [] }];
    }),
  );
}

export function compareServices(before: ServicesSeen, after: ServicesSeen, settings: RuleSettings): ServiceChange[] {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys.flatMap((key) => {
    const was = before.get(key);
    const is = after.get(key);
    if (was && is && isSame(was, is)) return [];
    const rules = changedRules(was, is, settings);
    return rules.length > 0 ? [describe(was, is, rules)] : [];
  });
}

/** The very objects: nothing was written to them. */
function isSame(a: ServiceView, b: ServiceView): boolean {
  return (
    a.service === b.service && a.slices.length === b.slices.length && a.slices.every((one, at) => one === b.slices[at])
  );
}

function describe(was: ServiceView | undefined, is: ServiceView | undefined, rules: RuleChange[]): ServiceChange {
  const { namespace = '', name } = keyOf((is ?? was)!.service);
  const old = readyEndpoints(was);
  const now = readyEndpoints(is);
  const ports = ((is ?? was)!.service.spec?.ports ?? []).map(
    ({ protocol = 'TCP', port, targetPort }) => `${protocol} ${port} → ${targetPort ?? port}`,
  );
  return {
    action: !was ? 'create' : is ? 'update' : 'delete',
    namespace,
    name,
    ports,
    endpoints: {
      before: old.size,
      after: now.size,
      added: without(now, old).length,
      removed: without(old, now).length,
    },
    rules,
  };
}

function readyEndpoints(view: ServiceView | undefined): Set<string> {
  const endpoints = (view?.slices ?? []).flatMap((slice) => slice.endpoints ?? []);
  return new Set(endpoints.flatMap(({ conditions, addresses }) => (conditions?.ready === false ? [] : addresses)));
}

const without = (all: ReadonlySet<string>, some: ReadonlySet<string>): string[] =>
  [...all].filter((one) => !some.has(one));

function changedRules(was: ServiceView | undefined, is: ServiceView | undefined, settings: RuleSettings): RuleChange[] {
  const byText = new Map<string, RuleChange>();
  for (const node of settings.nodes.slice(0, NODES_MAX).map(topologyOf)) {
    const old = renderRules(was, node, settings);
    const now = renderRules(is, node, settings);
    const added = without(now, old).map((rule) => mask(rule, settings.allocated));
    const removed = without(old, now);
    if (added.length === 0 && removed.length === 0) continue;
    const text = JSON.stringify([added, removed]);
    const same = byText.get(text);
    if (same) same.nodes.push(node.nodeName);
    else byText.set(text, { nodes: [node.nodeName], added, removed });
  }
  return [...byText.values()];
}

const topologyOf = ({ metadata }: KubeObject): NodeTopology => ({
  nodeName: metadata?.name ?? '',
  zone: metadata?.labels?.[ZONE],
});

/**
 * Every rule that the service contributes on a node, each with the chain it stands in: of a dispatch tree its root, for in which of its branches depends
 * on the other services.
 */
function renderRules(view: ServiceView | undefined, node: NodeTopology, { podCidr }: RuleSettings): Set<string> {
  const rules = new Set<string>();
  if (!view) return rules;
  for (const { chains, entries } of renderService(view.service, view.slices, node, { podCidr }).ports.values()) {
    for (const [chain, lines] of chains) for (const line of lines) rules.add(`${chain} ${line}`);
    for (const { tree, rules: lines } of entries) for (const line of lines) rules.add(`${TREE_ROOTS[tree]} ${line}`);
  }
  return rules;
}

function mask(rule: string, allocated: readonly string[]): string {
  const addresses = rule.replace(/\b\d+\.\d+\.\d+\.\d+\b/g, (address) =>
    isPlannedAddress(address) ? '(new pod)' : allocated.includes(address) ? '(allocated)' : address,
  );
  return addresses.replace(/--dport (\d+)/, (match, port: string) =>
    allocated.includes(port) ? '--dport (allocated)' : match,
  );
}
