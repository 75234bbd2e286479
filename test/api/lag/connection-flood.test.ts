/**
 * A thousand connections at once, against the real server in a process of its own: no turn takes a tenth of a second of the processor, and who
 * comes after them — from another address or from the flood's own — does not wait for them.
 */

import { once } from 'node:events';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { bestOfRounds, type LagServer, startLagServer } from './lag-server.ts';

const CONNECTIONS = 1_000;
/** Of the flood; on an idle host all are. */
const SERVED_MIN = 0.9;
const FLOODING = '127.0.0.2';
const OTHER = '127.0.0.3';
/** Of the flood's handshakes that may come before that of whoever connects when all of the flood has. */
const BEFORE_MAX = CONNECTIONS / 2;

let server: LagServer;
beforeAll(async () => {
  server = await startLagServer(0);
  await server.ask('GET', '/api/v1/namespaces/work/configmaps');
});
afterAll(() => server?.stop());

const credentials = () => ({ port: server.port, ca: server.ca, cert: server.certificate, key: server.key });

/** Opens `CONNECTIONS` of TCP from one address; nothing is sent yet. */
async function openAll(localAddress: string): Promise<Socket[]> {
  const sockets = Array.from({ length: CONNECTIONS }, () =>
    connectTcp({ host: '127.0.0.1', port: server.port, localAddress }).on('error', () => {}),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

/** What a client says first: every server answers it with a signature, whoever sends it. */
async function clientHello(): Promise<Buffer> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as { port: number };
  const client = connect({ host: '127.0.0.1', port }).on('error', () => {});
  const [accepted] = (await once(listener, 'connection')) as [Socket];
  const [hello] = (await once(accepted, 'data')) as [Buffer];
  client.destroy();
  accepted.destroy();
  listener.close();
  return hello;
}

/** The answer's code; undefined: cut off, as a client is that is too busy to go on with its handshake in time. */
async function renewLease(localAddress: string): Promise<number | undefined> {
  const socket = connect({
    socket: connectTcp({ host: '127.0.0.1', port: server.port, localAddress }),
    ...credentials(),
  });
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const body = JSON.stringify({ metadata: { generateName: 'n' }, spec: { leaseDurationSeconds: 40 } });
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  socket.write(`${head}\r\nConnection: close\r\n\r\n${body}`);
  const answer = await socket.toArray().catch(() => undefined);
  return answer && Number(/^HTTP\/1\.1 (\d+)/.exec(Buffer.concat(answer).toString())?.[1]);
}

describe('a thousand new connections at once', () => {
  it('hold up neither the event loop nor leases from another address and their own', async () => {
    await bestOfRounds(server, async () => {
      const order: string[] = [];
      const sockets = await openAll(FLOODING);
      const flood = sockets.map(async (socket): Promise<TLSSocket> => {
        const secured = connect({ socket, ...credentials() }).on('error', () => {});
        const isSecured = await Promise.race([
          once(secured, 'secureConnect').then(() => true),
          once(secured, 'close').then(() => false), // its client was too busy to go on in time, and others waited
        ]);
        order.push(isSecured ? 'flood' : 'cut');
        return secured;
      });
      const leases = [FLOODING, OTHER].map((address) =>
        renewLease(address).then((code) => order.push(`${code} from ${address}`)),
      );
      for (const socket of await Promise.all(flood)) socket.destroy();
      await Promise.all(leases);
      const served = order.filter((one) => one === 'flood').length;
      if (served < CONNECTIONS * SERVED_MIN) return `of the flood, only ${served} were served`;
      for (const address of [FLOODING, OTHER]) {
        const at = order.indexOf(`201 from ${address}`);
        if (at < 0 || at >= BEFORE_MAX) return `the lease from ${address} came after ${at} others, or never`;
      }
      return undefined;
    });
  });

  it('that never finish their handshakes hold up neither', async () => {
    const hello = await clientHello();
    await bestOfRounds(server, async () => {
      const sockets = await openAll(FLOODING);
      for (const socket of sockets) socket.write(hello);
      const codes = [await renewLease(OTHER)];
      const gaveWay = sockets.filter((socket) => socket.destroyed).length;
      codes.push(await renewLease(FLOODING));
      for (const socket of sockets) socket.destroy();
      if (codes.join() !== '201,201') return `the leases were answered ${codes}`;
      return gaveWay >= BEFORE_MAX ? `a lease waited until ${gaveWay} had to give way` : undefined;
    });
  });

  it('that stay silent or send what is no handshake cost their connections only', async () => {
    await bestOfRounds(server, async () => {
      const sockets = await openAll(FLOODING);
      for (const socket of sockets.slice(CONNECTIONS / 2)) socket.write('GET / HTTP/1.1\r\n\r\n');
      const code = await renewLease(FLOODING);
      for (const socket of sockets) socket.destroy();
      return code === 201 ? undefined : `the lease was answered ${code}`;
    });
  });
});
