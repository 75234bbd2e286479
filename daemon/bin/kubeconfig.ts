/**
 * The administrator's kubeconfig (`client.authentication` v1 Config), written 0600, and reading it back for the `reflet` commands.
 */

import { readFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import type { KeyPairPem } from '../auth/pki.ts';
import { writeSecretFile } from '../base/secret-file.ts';
import { createHttpClient, type HttpClient } from '../client/http.ts';

export interface ClusterAccess {
  /** `https://127.0.0.1:6443` */
  server: string;
  certificateAuthority: string;
  pair: KeyPairPem;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const fromBase64 = (text: string) => Buffer.from(text, 'base64').toString('utf8');

function renderKubeconfig({ server, certificateAuthority, pair }: ClusterAccess): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'reflet', cluster: { server, 'certificate-authority-data': base64(certificateAuthority) } }],
    users: [
      {
        name: 'admin',
        user: { 'client-certificate-data': base64(pair.certificate), 'client-key-data': base64(pair.key) },
      },
    ],
    contexts: [{ name: 'reflet', context: { cluster: 'reflet', user: 'admin' } }],
    'current-context': 'reflet',
  });
}

export async function writeKubeconfig(path: string, access: ClusterAccess): Promise<void> {
  await writeSecretFile(path, renderKubeconfig(access));
}

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { 'client-certificate-data'?: string; 'client-key-data'?: string; token?: string } }[];
}

/** A client with the credentials of a kubeconfig: a client certificate or a token. Throws when there is no kubeconfig at `path`. */
export async function openAdminClient(path: string): Promise<HttpClient & { server: string }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `${path}: ${error.code === 'ENOENT' ? 'there is none yet: start reflet with `reflet up`' : error.message}`,
    );
  });
  const { clusters, users } = parse(text) as Kubeconfig;
  const { server, 'certificate-authority-data': authority } = clusters[0]!.cluster;
  const { 'client-certificate-data': certificate, 'client-key-data': key, token } = users[0]!.user;
  const client = createHttpClient({
    server,
    certificateAuthority: fromBase64(authority),
    ...(certificate && key ? { certificate: fromBase64(certificate), key: fromBase64(key) } : {}),
    ...(token ? { token } : {}),
    userAgent: 'reflet',
  });
  return { ...client, server };
}
