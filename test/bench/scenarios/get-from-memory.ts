/**
 * GET of one pod: the real server, TLS, authentication and authorization included, against bare node:https answering the same bytes. Both are
 * asked alternately over the same kind of connections.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { CLUSTER_ROLE_BINDINGS, PODS, SERVICE_ACCOUNTS } from '../../../daemon/kinds/resources.ts';
import { startBareServer } from '../support/bare-process.ts';
import { type BenchApi, openBenchApi, RUNTIME_NAMESPACE } from '../support/bench-api.ts';
import { figureOf } from '../support/figure.ts';
import { type ConnectCredentials, connectTls, getRequest, load } from '../support/http-load.ts';
import { pod } from '../support/objects.ts';
import { processorMs } from '../support/process-usage.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const ROUNDS = 5;
const ROUND_MS = 1000;

export const getFromMemory: Scenario = {
  name: 'get',
  summary: 'GET of a pod by certificate and by token, against bare node:https of the same bytes',
  async run({ directory, say }) {
    const api = await openBenchApi(directory);
    // Nobody's to schedule: the object must stay as it is.
    const unscheduled = pod('web-1', RUNTIME_NAMESPACE);
    unscheduled.spec!.schedulerName = 'bench';
    const made = await api.client.create(PODS, unscheduled);
    const path = `/api/v1/namespaces/${RUNTIME_NAMESPACE}/pods/web-1`;
    const { body } = await api.client.raw('GET', path);
    await writeFile(join(directory, 'body'), body);
    const bare = await startBareServer(api.keysDirectory, join(directory, 'body'));
    const { credentials, port, pid } = api.controlPlane;
    const { certificateAuthority } = credentials;
    const clients: Client[] = [
      { connections: 1, as: 'certificate', credentials },
      { connections: 32, as: 'certificate', credentials },
      { connections: 32, as: 'token', credentials: { certificateAuthority }, token: await viewerToken(api) },
    ];
    try {
      say('the server finishes starting');
      await api.controlPlane.warm();
      const figures = [];
      for (const client of clients) {
        const { connections, as, token } = client;
        const by = `${connections} connection(s), ${as}`;
        say(by);
        const ours = { sockets: await open(port, client), request: getRequest(path, token), pid };
        const floor = { sockets: await open(bare.port, client), request: getRequest('/get', token), pid: bare.pid };
        const { ourRounds, floorRounds } = await alternate(ours, floor);
        const answer = ourRounds[0]!.answer;
        verify(answer.slice(answer.indexOf('\r\n\r\n') + 4) === body, 'the answer under load is not the object');
        verify((JSON.parse(body) as typeof made).metadata?.uid === made.metadata?.uid, 'the object is another one');
        for (const socket of [...ours.sockets, ...floor.sockets]) socket.destroy();
        figures.push(
          figureOf({
            figure: `GET of a pod (${body.length} B), ${by}`,
            unit: '/s',
            samples: ourRounds.map(({ perSecond }) => perSecond),
            peer: { name: 'bare node:https', samples: floorRounds.map(({ perSecond }) => perSecond) },
            ...(token === undefined ? { goal: { of: 'ratio', atLeast: 0.7 } } : {}),
          }),
          figureOf({
            figure: `processor time of a GET, ${by}`,
            unit: 'µs',
            samples: ourRounds.map(({ processorUs }) => processorUs),
            peer: { name: 'bare node:https', samples: floorRounds.map(({ processorUs }) => processorUs) },
          }),
        );
      }
      return figures;
    } finally {
      await bare.stop();
      await api.close();
    }
  },
};

interface Client {
  connections: number;
  as: 'certificate' | 'token';
  credentials: ConnectCredentials;
  token?: string;
}

const open = (port: number, { connections, credentials }: Client): Promise<TLSSocket[]> =>
  Promise.all(Array.from({ length: connections }, () => connectTls(port, credentials)));

/** Of a service account that may read the pods, as a controller in a pod does. */
async function viewerToken({ client }: BenchApi): Promise<string> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const name = 'reader';
  await client.create(SERVICE_ACCOUNTS, { metadata: { name, namespace: RUNTIME_NAMESPACE } });
  await client.create(CLUSTER_ROLE_BINDINGS, {
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name, namespace: RUNTIME_NAMESPACE }],
  });
  const path = `/api/v1/namespaces/${RUNTIME_NAMESPACE}/serviceaccounts/${name}/token`;
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
  const { body } = await client.raw('POST', path, request);
  return (JSON.parse(body) as { status: { token: string } }).status.token;
}

interface Side {
  sockets: readonly TLSSocket[];
  request: string;
  pid: number;
}

async function round({ sockets, request, pid }: Side) {
  const before = processorMs(pid);
  const { perSecond, answer } = await load(sockets, request, ROUND_MS);
  const requests = (perSecond * ROUND_MS) / 1000;
  return { perSecond, answer, processorUs: ((processorMs(pid) - before) * 1000) / requests };
}

async function alternate(ours: Side, floor: Side) {
  // Once each without counting: the compilers must have seen both.
  await round(ours);
  await round(floor);
  const ourRounds = [];
  const floorRounds = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    ourRounds.push(await round(ours));
    floorRounds.push(await round(floor));
  }
  return { ourRounds, floorRounds };
}
