/**
 * How git reaches a remote: which settings and environment it gets, so that it connects to the checked address, shows only the credentials that the
 * administrator put into `DIR/keys`, and reads no configuration of a user.
 *
 * Credentials are in the child's environment or in a file that ssh opens, never on a command line; redirects are not followed, so they reach no other
 * host. Everything is read anew for each call: a renewed token works at once.
 */

import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type AllowedRemotes, checkTarget, type Resolve } from '../outgoing/target.ts';
import type { RemoteUrl } from './remote-url.ts';

/** Files below `DIR/keys`. */
const TOKEN_FILE = 'git-token';
const CA_FILE = 'git-ca.pem';
const SSH_KEY_FILE = 'git-ssh-key';
const KNOWN_HOSTS_FILE = 'git-known-hosts';

export interface TransportOptions {
  remote: RemoteUrl;
  keysDir: string;
  /** `REFLET_GIT_TOKEN`; a file wins. */
  token: string | undefined;
  allowed: AllowedRemotes;
  resolve?: Resolve;
}

export interface Transport {
  /** Of this one call, laid over the daemon's own. */
  settings: Readonly<Record<string, string>>;
  environment: Readonly<Record<string, string>>;
  /** What must never be shown, whoever says it. */
  secrets: readonly string[];
}

/** Throws TargetRefused, the resolver's error, or an Error that says which file is missing. */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const { remote, allowed, resolve } = options;
  const addresses = await checkTarget(remote.target, allowed, resolve);
  return remote.transport === 'ssh' ? sshTransport(options, addresses[0]!) : httpTransport(options, addresses);
}

/** A remote that sends less than this for so long is given up. */
const SLOW_BYTES_PER_SECOND = 100;
const SLOW_SECONDS = 20;

async function httpTransport(
  { remote, keysDir, token: given }: TransportOptions,
  addresses: readonly string[],
): Promise<Transport> {
  const { host, port } = remote.target;
  const token = (await readText(join(keysDir, TOKEN_FILE))) ?? given?.trim();
  const hasCa = (await readText(join(keysDir, CA_FILE))) !== undefined;
  const at = addresses.map((address) => (address.includes(':') ? `[${address}]` : address)).join(',');
  const authorization = token === undefined || token === '' ? undefined : basicAuthorization(token, remote.user);
  return {
    settings: {
      [`protocol.${remote.transport}.allow`]: 'always',
      'http.followRedirects': 'false',
      'http.proxy': '',
      'http.sslVerify': 'true',
      'http.lowSpeedLimit': String(SLOW_BYTES_PER_SECOND),
      'http.lowSpeedTime': String(SLOW_SECONDS),
      'credential.helper': '',
      ...(isIP(host) ? {} : { 'http.curloptResolve': `${host}:${port}:${at}` }),
      ...(hasCa ? { 'http.sslCAInfo': join(keysDir, CA_FILE) } : {}),
      ...(authorization ? { 'http.extraHeader': `Authorization: ${authorization}` } : {}),
    },
    environment: {},
    secrets: authorization ? [token!, token!.slice(token!.indexOf(':') + 1), authorization.slice('Basic '.length)] : [],
  };
}

/** `TOKEN` or `USER:TOKEN`. Forges take any name beside a token. */
function basicAuthorization(token: string, user: string | undefined): string {
  const pair = token.includes(':') ? token : `${user ?? 'reflet'}:${token}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

async function sshTransport({ remote, keysDir }: TransportOptions, address: string): Promise<Transport> {
  const key = join(keysDir, SSH_KEY_FILE);
  const knownHosts = join(keysDir, KNOWN_HOSTS_FILE);
  const { host, port } = remote.target;
  await mustExist(key, `ssh-keygen -t ed25519 -N '' -f ${key}, and give ${key}.pub to the remote as a deploy key`);
  await mustExist(knownHosts, `ssh-keyscan -p ${port} ${host} > ${knownHosts}, and compare it with what the host says`);
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    `IdentityFile=${key}`,
    `UserKnownHostsFile=${knownHosts}`,
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    'UpdateHostKeys=no',
    // The address that was checked, under the name that known hosts have.
    `HostName=${address}`,
    `HostKeyAlias=${port === 22 ? host : `[${host}]:${port}`}`,
    'CheckHostIP=no',
    'CanonicalizeHostname=no',
    'ProxyCommand=none',
    'ControlPath=none',
    'ClearAllForwardings=yes',
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'ConnectTimeout=15',
    'ServerAliveInterval=10',
    'ServerAliveCountMax=2',
  ];
  const command = ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', option])].map(quote).join(' ');
  return {
    settings: { 'protocol.ssh.allow': 'always' },
    environment: { GIT_SSH_COMMAND: command, GIT_SSH_VARIANT: 'ssh' },
    secrets: [],
  };
}

/** For the shell that git starts; ssh itself reads spaces in an option's value only between double quotes. */
function quote(word: string): string {
  const value = / /.test(word) ? word.replace(/=(.*)$/, '="$1"') : word;
  return `'${value.replace(/'/g, `'\\''`)}'`;
}

async function mustExist(file: string, how: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (!found) throw new Error(`${file} is missing: ${how}`);
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
