/**
 * The API over real HTTPS for tests: kernel, keys and server as `reflet up` wires them, in this process, without git and loops.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '../../daemon/api/audit/event.ts';
import type { NodeServices } from '../../daemon/api/stream/pod-target.ts';
import { openPki, type Pki } from '../../daemon/auth/pki.ts';
import { systemClock } from '../../daemon/base/clock.ts';
import { silentLogger } from '../../daemon/base/log.ts';
import { serviceUnavailable } from '../../daemon/base/status.ts';
import { type Audit, openAudit } from '../../daemon/bin/audit.ts';
import { bootstrap } from '../../daemon/bin/bootstrap.ts';
import { type Kernel, openKernel } from '../../daemon/bin/kernel.ts';
import { startServer } from '../../daemon/bin/server.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from '../../daemon/client/http.ts';
import { NAMESPACES, SERVICE_ACCOUNTS } from '../../daemon/kinds/resources.ts';
import { createSimulations } from '../../daemon/plan/run-simulation.ts';
import { createManifestReader } from '../../daemon/yaml/pool.ts';

export interface ApiUnderTest {
  readonly kernel: Kernel;
  readonly pki: Pki;
  readonly port: number;
  readonly keysDirectory: string;
  /** As `system:admin` of `system:masters`, unless other credentials are given. */
  client(credentials?: Partial<HttpClientOptions>): HttpClient;
  /** One raw request as the administrator. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** What was written down; nothing is any more from then on. */
  auditEvents(): Promise<AuditEvent[]>;
  close(): Promise<void>;
}

export interface AskOptions {
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  /** No client certificate. */
  anonymous?: boolean;
}

export interface Answer {
  code: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  text: string;
  /** Of `text`; undefined when it is no JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

export const NAMESPACE = 'work';

export interface ApiOptions {
  /** A Policy, by which requests are written to {@link ApiUnderTest.auditEvents}; without it nothing is. */
  auditPolicy?: object;
  /** Who runs pods; nobody, unless told. */
  nodes?: NodeServices;
}

export async function startApi({ auditPolicy, nodes = () => undefined }: ApiOptions = {}): Promise<ApiUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'reflet-api-'));
  const keysDir = join(directory, 'keys');
  const pki = await openPki(keysDir, ['localhost', '127.0.0.1'], systemClock);
  const audit = auditPolicy && (await openAuditOf(auditPolicy, directory));
  const kernel = await openKernel({
    ...(audit ? { audit } : {}),
    nodes,
    storeDir: join(directory, 'store'),
    keysDir,
    serviceCidr: '10.96.0.0/16',
    log: silentLogger,
  });
  const manifests = createManifestReader({ clock: systemClock });
  const server = await startServer({
    kernel,
    pki,
    host: '127.0.0.1',
    port: 0,
    log: silentLogger,
    nodes,
    manifests,
    git: () => Promise.reject(serviceUnavailable('no git here')),
    webhook: () => Promise.reject(serviceUnavailable('no git here')),
    endpoints: {
      kernel,
      git: () => undefined,
      status: () => ({ version: '', repository: '', ref: '', objects: 0, revision: kernel.store.revision }),
      network: { nodeName: 'n1', podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' },
      simulations: createSimulations(systemClock),
      directory: tmpdir(),
    },
    checks: [],
    ...(audit ? { audit } : {}),
  });
  const admin = kernel.clientFor('system:apiserver', ['system:masters'], 'test');
  await bootstrap(admin, {
    clusterIp: '10.96.0.1',
    hostIp: '192.0.2.1',
    port: server.port,
    clientCa: pki.caCertificate,
  });
  await admin.create(NAMESPACES, { metadata: { name: NAMESPACE } });
  await admin.create(SERVICE_ACCOUNTS, { metadata: { name: 'default', namespace: NAMESPACE } });
  const pair = await pki.issueClient('system:admin', ['system:masters']);
  const clients: HttpClient[] = [];
  return {
    kernel,
    pki,
    port: server.port,
    keysDirectory: keysDir,
    client(credentials = pair) {
      const client = createHttpClient({
        server: `https://127.0.0.1:${server.port}`,
        certificateAuthority: pki.caCertificate,
        userAgent: 'controller/1.0',
        ...credentials,
      });
      clients.push(client);
      return client;
    },
    ask: (method, path, options = {}) =>
      ask({
        ...options,
        method,
        path,
        port: server.port,
        ca: pki.caCertificate,
        ...(options.anonymous ? {} : { cert: pair.certificate, key: pair.key }),
      }),
    async auditEvents() {
      // Events are told when an answer is over, which a client may know first: by the end of another request they are.
      await ask({ method: 'GET', path: '/version', port: server.port, ca: pki.caCertificate });
      await audit?.close();
      const text = await readFile(join(directory, 'audit', 'audit.log'), 'utf8').catch(() => '');
      return text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    },
    async close() {
      for (const client of clients) client.close();
      await server.close();
      await manifests.close();
      await kernel.store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function openAuditOf(policy: object, directory: string): Promise<Audit> {
  const file = join(directory, 'policy.yaml');
  await writeFile(file, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...policy }));
  return openAudit({ auditPolicyFile: file }, directory, silentLogger);
}

interface Asked extends AskOptions {
  method: string;
  path: string;
  port: number;
  ca: string;
  cert?: string;
  key?: string;
}

export function ask({ body, anonymous: _anonymous, ...options }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // node frames the bodies of DELETE and OPTIONS only when their length is given.
    const headers = {
      ...options.headers,
      ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }),
    };
    const sent = request({ ...options, headers, host: '127.0.0.1', agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString('utf8');
        let json: unknown;
        try {
          json = JSON.parse(text);
        } catch {
          json = undefined;
        }
        resolve({ code: answer.statusCode ?? 0, headers: answer.headers, bytes, text, json });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
