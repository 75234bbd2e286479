/** The authority signs what node:tls then accepts. */

import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { openPki } from '../../daemon/auth/pki.ts';
import { systemClock } from '../../daemon/base/clock.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'reflet-pki-'));
  cleanups.push(() => rm(made, { recursive: true }));
  return made;
}

describe('pki', () => {
  it('signs a server and clients that a TLS handshake accepts on both sides', async () => {
    const pki = await openPki(await directory(), ['localhost', '127.0.0.1'], systemClock);
    const client = await pki.issueClient('jane', ['devs', 'ops']);
    const server = createServer({
      cert: pki.server.certificate,
      key: pki.server.key,
      ca: pki.caCertificate,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const peer = new Promise<object>((resolve) => {
      server.on('secureConnection', (socket: TLSSocket) => resolve(socket.getPeerCertificate().subject));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: pki.caCertificate,
      cert: client.certificate,
      key: client.key,
    });
    cleanups.push(() => socket.destroy());
    expect({ ...(await peer) }).toEqual({ CN: 'jane', O: ['devs', 'ops'] });
    expect(socket.authorized).toBe(true);
  });

  it('keeps its keys to the owner and reopens to the same authority and server', async () => {
    const where = await directory();
    const first = await openPki(where, ['localhost'], systemClock);
    expect((await stat(join(where, 'ca.key'))).mode & 0o777).toBe(0o600);
    const second = await openPki(where, ['localhost'], systemClock);
    expect(second.caCertificate).toBe(first.caCertificate);
    expect(second.server).toEqual(first.server);
  });

  it('signs the server anew for a new name and before it ends', async () => {
    const where = await directory();
    const first = await openPki(where, ['localhost'], systemClock);
    const named = await openPki(where, ['localhost', '10.0.0.1'], systemClock);
    expect(named.server.certificate).not.toBe(first.server.certificate);
    const later = { ...systemClock, now: () => systemClock.now() + 300 * 86_400_000 };
    const renewed = await openPki(where, ['localhost'], later);
    expect(renewed.server.certificate).not.toBe(named.server.certificate);
  });
});
