/**
 * Compression of large answers (upstream's APIResponseCompression): from 128 KiB on, at the fastest level, off the event loop. What is watched is
 * never compressed: its events must not wait for each other.
 */

import type { ServerResponse } from 'node:http';
import { createGzip, type Gzip } from 'node:zlib';
import { parseAccept } from './negotiate.ts';

/** Below this, compressing costs more than it saves (upstream's `defaultGzipThresholdBytes`). */
const GZIP_BYTES_MIN = 128 * 1024;
const LEVEL = 1; // upstream's: most of what can be saved, for the least processor time

/** Whether an answer of so many bytes is to be compressed for whoever asked. */
export function wantsGzip({ req }: ServerResponse, bytes: number): boolean {
  const accepted = req?.headers['accept-encoding'];
  if (bytes < GZIP_BYTES_MIN || typeof accepted !== 'string') return false;
  return parseAccept(accepted).some(({ type, quality }) => type === 'gzip' && quality > 0);
}

/** Where to write instead of the response, which is answered and ended with it. */
export function startGzip(response: ServerResponse): Gzip {
  response.setHeader('Content-Encoding', 'gzip');
  response.appendHeader('Vary', 'Accept-Encoding');
  const gzip = createGzip({ level: LEVEL });
  // A client that goes away leaves nothing behind; its stream's error is nobody's.
  gzip.on('error', () => response.destroy());
  response.once('close', () => gzip.destroy());
  gzip.pipe(response);
  return gzip;
}
