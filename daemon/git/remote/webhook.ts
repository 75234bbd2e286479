/**
 * `POST /hooks/git`: a forge says that something was pushed. Believed only with its signature, and even then it only makes the daemon fetch the
 * configured remote: nothing of the payload is read. Saying the same again does no harm.
 */

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join } from 'node:path';
import type { Logger } from '../../base/log.ts';
import type { Configuration, Provider } from '../configuration/configuration.ts';
import { WEBHOOK_BYTES_MAX, WEBHOOK_MS_MAX, WEBHOOK_SECRET_BYTES_MAX } from '../limits.ts';

export interface WebhookOptions {
  keysDir: string;
  configuration(): Configuration;
  log: Logger;
  /** Undefined: there is no remote that is followed. */
  wake: (() => void) | undefined;
}

/** Answers; never throws. */
export async function handleWebhook(
  options: WebhookOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { code, message } = await judge(options, request).catch((error: unknown) => {
    options.log.error({ error: String(error) }, 'a webhook failed');
    return { code: 500, message: 'internal error; see the log' };
  });
  if (response.destroyed) return;
  const body = `${JSON.stringify({ message })}\n`;
  // What was not read of a body would be taken for the next request.
  const close = request.complete ? {} : { Connection: 'close' };
  const allow = code === 405 ? { Allow: 'POST' } : {};
  response.writeHead(code, { 'Content-Type': 'application/json', ...close, ...allow });
  response.end(body);
}

interface Answer {
  code: number;
  message: string;
}

async function judge(options: WebhookOptions, request: IncomingMessage): Promise<Answer> {
  const { webhooks } = options.configuration();
  if (!options.wake) return { code: 404, message: 'this daemon follows no remote' };
  if (request.method !== 'POST') return { code: 405, message: 'expected POST' };
  if (!webhooks) return { code: 403, message: 'webhooks are not configured: see webhooks in reflet.yaml' };
  const secret = await readSecret(join(options.keysDir, basename(webhooks.secretFile)));
  if (secret === undefined || secret.length === 0) {
    options.log.error({ file: webhooks.secretFile }, 'a webhook came, but its secret is missing or empty below keys/');
    return { code: 503, message: 'the secret is missing on the daemon’s side' };
  }
  const digests = await digest(request, secret);
  if (digests === 'too large') return { code: 413, message: `expected at most ${WEBHOOK_BYTES_MAX} bytes` };
  if (digests === 'cut off') return { code: 400, message: 'the body did not arrive as a whole, or not in time' };
  if (!isSigned(webhooks.provider, request, secret, digests)) {
    options.log.warn({ provider: webhooks.provider }, 'a webhook with a wrong signature, or none');
    return { code: 401, message: `expected the signature of ${webhooks.provider} with the configured secret` };
  }
  if (!isPush(webhooks.provider, request)) return { code: 200, message: 'nothing to do for this event' };
  options.wake();
  return { code: 202, message: 'fetching' };
}

const header = (request: IncomingMessage, name: string): string => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
};

/** What each forge signs, and where it puts it. */
function isSigned(provider: Provider, request: IncomingMessage, secret: Buffer, hex: string): boolean {
  if (provider === 'github') return isEqual(header(request, 'x-hub-signature-256'), `sha256=${hex}`);
  if (provider === 'gitea') return isEqual(header(request, 'x-gitea-signature'), hex);
  return isEqual(header(request, 'x-gitlab-token'), secret.toString('utf8'));
}

/** In constant time, whatever the lengths. */
function isEqual(given: string, wanted: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(wanted));
}

const EVENTS: Readonly<Record<Provider, { header: string; pushes: ReadonlySet<string> }>> = {
  github: { header: 'x-github-event', pushes: new Set(['push', 'create', 'delete']) },
  gitea: { header: 'x-gitea-event', pushes: new Set(['push', 'create', 'delete']) },
  gitlab: { header: 'x-gitlab-event', pushes: new Set(['Push Hook', 'System Hook', 'Merge Request Hook']) },
};

/** A forge that names no event is taken at its word. */
function isPush(provider: Provider, request: IncomingMessage): boolean {
  const event = header(request, EVENTS[provider].header);
  return event === '' || EVENTS[provider].pushes.has(event);
}

/** HMAC-SHA256 of the body, in hex; the body is not kept. */
function digest(request: IncomingMessage, secret: Buffer): Promise<string | 'too large' | 'cut off'> {
  return new Promise((resolve) => {
    const hmac = createHmac('sha256', secret);
    let bytes = 0;
    const timer = setTimeout(() => end('cut off'), WEBHOOK_MS_MAX);
    timer.unref();
    const end = (result: string) => {
      clearTimeout(timer);
      request.off('data', take);
      request.pause();
      resolve(result);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > WEBHOOK_BYTES_MAX) end('too large');
      else hmac.update(chunk);
    };
    request.on('data', take);
    request.once('end', () => end(hmac.digest('hex')));
    request.once('error', () => end('cut off'));
    request.once('close', () => end('cut off'));
  });
}

async function readSecret(file: string): Promise<Buffer | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  try {
    const { buffer, bytesRead } = (await handle?.read(Buffer.alloc(WEBHOOK_SECRET_BYTES_MAX))) ?? { bytesRead: 0 };
    return buffer && Buffer.from(buffer.toString('utf8', 0, bytesRead).trim(), 'utf8');
  } finally {
    await handle?.close();
  }
}
