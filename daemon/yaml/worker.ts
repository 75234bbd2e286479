/**
 * The thread that reads untrusted text, started by pool.ts alone: one request at a time, plain data in and out. It keeps
 * nothing between requests and may be killed at any moment.
 */

import { parentPort } from 'node:worker_threads';
import { type ReadOptions, readManifests } from './read.ts';

export interface ReadRequest {
  readonly text: string;
  readonly options: ReadOptions;
}

const port = parentPort;
if (!port) throw new Error('worker.ts is the body of a worker thread; it cannot run by itself');
port.on('message', ({ text, options }: ReadRequest) => {
  const { documents, problems } = readManifests(text, options);
  port.postMessage({ documents, problems });
});
port.postMessage('ready');
