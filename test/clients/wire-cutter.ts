/** A wire between a client and a server that can be cut: TCP is passed on as it is, to whatever port the server has now. */

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface WireCutter {
  readonly port: number;
  /** Connections from now on go there. */
  lead(port: number): void;
  /** Ends every connection at once, without a word. */
  cut(): void;
  close(): Promise<void>;
}

export async function startWireCutter(target: number): Promise<WireCutter> {
  let port = target;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, other: () => Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      other().destroy();
    });
  };
  const server = createServer((inner) => {
    const outer = connect({ host: '127.0.0.1', port });
    keep(inner, () => outer);
    keep(outer, () => inner);
    inner.pipe(outer);
    outer.pipe(inner);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    lead: (next) => {
      port = next;
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
