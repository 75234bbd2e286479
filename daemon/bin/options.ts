/**
 * Options of `reflet up`.
 */

import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { parseIpv4Range } from '../base/ipv4.ts';
import { type AllowedRemote, parseAllowedRemote } from '../git/outgoing/target.ts';
import { parseRepositorySource, type RemoteUrl } from '../git/remote/remote-url.ts';
import type { AuditOptions } from './audit.ts';
import { type AuthenticationOptions, oidcSettings } from './authentication.ts';

export interface UpOptions {
  dataDir: string;
  port: number;
  /** Undefined, and no remote: the daemon hosts `DIR/desired.git` itself. */
  repository?: string;
  /** A remote that is followed, mirrored to `DIR/desired.git`. */
  remote?: RemoteUrl;
  /** `REFLET_GIT_TOKEN`: the remote's password or token. */
  gitToken?: string;
  branch: string;
  /** Folder of the repository that holds the manifests; `''` is its root. */
  path: string;
  nodeName: string;
  podCidr: string;
  serviceCidr: string;
  /** Make a first application in a new repository. */
  demonstration: boolean;
  /** File of who may sign commits, whatever commits say; undefined: as reflet.yaml says. */
  allowedSigners?: string;
  /** What may be called although it is at this host's own or link-local addresses, or without TLS. */
  allowedRemotes: readonly AllowedRemote[];
  /** Whom to know beside certificates and service accounts. */
  authentication?: AuthenticationOptions;
  /** What to write down of requests, and where. */
  audit?: AuditOptions;
  /** File of the configuration of admission plugins. */
  admissionControlConfigFile?: string;
}

/** What the command line gives, all of it text. */
export interface RawUpOptions extends AuthenticationOptions, AuditOptions {
  dataDir: string;
  port: string;
  repo?: string;
  branch: string;
  path: string;
  nodeName?: string;
  podCidr: string;
  serviceCidr: string;
  demonstration: boolean;
  allowedSigners?: string;
  allowRemote?: readonly string[];
  admissionControlConfigFile?: string;
}

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Throws with the option's name, what was given and what was expected. */
export function readUpOptions(raw: RawUpOptions, gitToken?: string): UpOptions {
  const port = Number(raw.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port ${raw.port}: expected a port from 0 (any free one) to 65535`);
  const nodeName = raw.nodeName ?? hostname().toLowerCase();
  if (!DNS_SUBDOMAIN.test(nodeName) || nodeName.length > 63) {
    throw new Error(
      `--node-name ${nodeName}: expected at most 63 lower-case letters, digits, '-' and '.', for example host-1`,
    );
  }
  const podCidr = readCidr('--pod-cidr', raw.podCidr, 24);
  const serviceCidr = readCidr('--service-cidr', raw.serviceCidr, 28);
  return {
    dataDir: resolve(raw.dataDir),
    port,
    ...readSource(raw.repo),
    ...(gitToken === undefined ? {} : { gitToken }),
    branch: raw.branch,
    path: raw.path.replace(/^\/+|\/+$/g, ''),
    nodeName,
    podCidr,
    serviceCidr,
    // Nobody signs the first application's commit.
    demonstration: raw.demonstration && raw.allowedSigners === undefined,
    ...(raw.allowedSigners === undefined ? {} : { allowedSigners: resolve(raw.allowedSigners) }),
    allowedRemotes: (raw.allowRemote ?? []).map(parseAllowedRemote),
    authentication: readAuthentication(raw),
    audit: raw,
    ...(raw.admissionControlConfigFile === undefined
      ? {}
      : { admissionControlConfigFile: resolve(raw.admissionControlConfigFile) }),
  };
}

/** What is wrong is told before anything starts. */
function readAuthentication(raw: RawUpOptions): AuthenticationOptions {
  oidcSettings(raw);
  const { serviceAccountExtendTokenExpiration: extend = 'true' } = raw;
  if (extend !== true && extend !== 'true' && extend !== 'false')
    throw new Error(`--service-account-extend-token-expiration ${extend}: expected true or false`);
  return raw;
}

function readSource(repo: string | undefined): Pick<UpOptions, 'repository' | 'remote'> {
  if (repo === undefined) return {};
  const source = parseRepositorySource(repo);
  return source.type === 'path' ? { repository: resolve(source.path) } : { remote: source.remote };
}

function readCidr(option: string, text: string, bitsMax: number): string {
  const range = parseIpv4Range(text);
  if (!range || range.bits > bitsMax)
    throw new Error(`${option} ${text}: expected an IPv4 network of /${bitsMax} or larger, for example 10.244.0.0/16`);
  return text;
}
