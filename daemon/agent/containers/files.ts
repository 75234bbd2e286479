/**
 * The files that a node writes for a pod: /etc/hosts, /etc/resolv.conf, and the pod's host name. Pure; the form is the kubelet's.
 */

import type { HostAlias, Pod } from '../../kinds/types.generated.ts';

export interface DnsSettings {
  /** Where pods ask: the node's resolver. Undefined: there is none, ClusterFirst falls back to Default. */
  servers: readonly string[];
  /** `cluster.local` */
  clusterDomain: string;
  /** The text of the node's own /etc/resolv.conf. */
  hostResolvConf: string;
}

/** Linux takes no longer one (`HOST_NAME_MAX` less one). */
const HOSTNAME_LENGTH_MAX = 63;
/** glibc's limits, as `core/validation` has them. */
const NAMESERVERS_MAX = 3;
const SEARCH_PATHS_MAX = 32;
const SEARCH_CHARACTERS_MAX = 2048;

interface PodHostname {
  /** As the kernel is told. */
  hostname: string;
  /** `sub.ns.svc.cluster.local`, or `''`. */
  domain: string;
}

/** `nodeHostname`: what pods on the host's network are called. */
function podHostname(pod: Readonly<Pod>, clusterDomain: string): PodHostname {
  const { hostname, subdomain } = pod.spec ?? {};
  const given = hostname || pod.metadata?.name || '';
  const short = given.length > HOSTNAME_LENGTH_MAX ? given.slice(0, HOSTNAME_LENGTH_MAX).replace(/[-.]+$/, '') : given;
  const domain = subdomain ? `${subdomain}.${pod.metadata?.namespace}.svc.${clusterDomain}` : '';
  return { hostname: short, domain };
}

/** What the kernel's host name is (`setHostnameAsFQDN`). */
export function kernelHostname(pod: Readonly<Pod>, clusterDomain: string): string {
  const { hostname, domain } = podHostname(pod, clusterDomain);
  return pod.spec?.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname;
}

function renderAliases(aliases: readonly HostAlias[] | undefined): string {
  if (!aliases?.length) return '';
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
}

const LOCAL_HOSTS = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
];

/** `nodeHosts`: the text of the node's own file, which pods on its network get too. */
export function renderHosts(
  pod: Readonly<Pod>,
  ips: readonly string[],
  { clusterDomain, nodeHosts }: { clusterDomain: string; nodeHosts: string },
): string {
  const aliases = renderAliases(pod.spec?.hostAliases);
  if (pod.spec?.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n${nodeHosts}${aliases}`;
  const { hostname, domain } = podHostname(pod, clusterDomain);
  const own = ips.map((ip) => (domain ? `${ip}\t${hostname}.${domain}\t${hostname}` : `${ip}\t${hostname}`));
  return `${['# Kubernetes-managed hosts file.', ...LOCAL_HOSTS, ...own].join('\n')}\n${aliases}`;
}

interface Resolver {
  servers: string[];
  searches: string[];
  options: string[];
}

export function parseResolvConf(text: string): Resolver {
  const resolver: Resolver = { servers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [keyword, ...words] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && words[0]) resolver.servers.push(words[0]);
    if (keyword === 'search') resolver.searches = words.map((word) => (word === '.' ? word : word.replace(/\.$/, '')));
    if (keyword === 'options') resolver.options = words;
  }
  return resolver;
}

function baseResolver(pod: Readonly<Pod>, { servers, clusterDomain, hostResolvConf }: DnsSettings): Resolver {
  const { dnsPolicy = 'ClusterFirst', hostNetwork } = pod.spec ?? {};
  if (dnsPolicy === 'None') return { servers: [], searches: [], options: [] };
  const host = parseResolvConf(hostResolvConf);
  const asksCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork);
  if (!asksCluster || servers.length === 0) return host;
  const namespace = pod.metadata?.namespace ?? '';
  const own = [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { servers: [...servers], searches: [...own, ...host.searches], options: ['ndots:5'] };
}

const unique = (words: readonly string[]) => [...new Set(words)];

function mergeOptions(options: readonly string[], more: readonly { name?: string; value?: string }[]): string[] {
  const merged = new Map<string, string>();
  for (const option of options) {
    const [name = '', ...value] = option.split(':');
    merged.set(name, value.join(':'));
  }
  for (const { name = '', value = '' } of more) merged.set(name, value);
  return [...merged].map(([name, value]) => (value ? `${name}:${value}` : name));
}

function fitSearches(searches: readonly string[]): string[] {
  const fitting = searches.slice(0, SEARCH_PATHS_MAX);
  while (fitting.join(' ').length > SEARCH_CHARACTERS_MAX) fitting.pop();
  return fitting;
}

export function renderResolvConf(pod: Readonly<Pod>, settings: DnsSettings): string {
  const base = baseResolver(pod, settings);
  const { nameservers = [], searches = [], options = [] } = pod.spec?.dnsConfig ?? {};
  const servers = unique([...base.servers, ...nameservers]).slice(0, NAMESERVERS_MAX);
  const paths = fitSearches(unique([...base.searches, ...searches]));
  const all = mergeOptions(base.options, options);
  return [
    ...(paths.length > 0 ? [`search ${paths.join(' ')}\n`] : []),
    ...servers.map((server) => `nameserver ${server}\n`),
    ...(all.length > 0 ? [`options ${all.join(' ')}\n`] : []),
  ].join('');
}
