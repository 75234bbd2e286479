/**
 * A program: the floor of the API's reading and watching. Bare node:https with the control plane's own keys.
 * `/get` answers the bytes of a file; `/watch` is a stream to which every line on standard input (a number of events) has an event of those bytes
 * written, one socket write each. Arguments: the keys' directory, the file. Prints its port.
 */

import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [keys = '', file = ''] = process.argv.slice(2);
const body = readFileSync(file);
const watchers: ServerResponse[] = [];
const server = createServer(
  {
    cert: readFileSync(join(keys, 'server.crt')),
    key: readFileSync(join(keys, 'server.key')),
    ca: readFileSync(join(keys, 'ca.crt')),
    requestCert: true,
    rejectUnauthorized: false,
    noDelay: true,
    keepAliveTimeout: 0, // its connections rest while the other side is measured
  },
  (request, response) => {
    response.setHeader('Content-Type', 'application/json');
    if (request.url === '/watch') {
      response.flushHeaders();
      watchers.push(response);
      return;
    }
    response.setHeader('Content-Length', body.length);
    response.end(body);
  },
);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));

async function writeEvents(count: number): Promise<void> {
  // As a HTTP chunk on the socket itself: what is left when everything above the socket is taken away.
  const chunk = Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')]);
  for (let event = 0; event < count; event++) {
    for (const { socket } of watchers) socket?.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

createInterface({ input: process.stdin })
  .on('line', (line) => void writeEvents(Number(line)))
  .on('close', () => process.exit(0));
