/** A webhook: an HTTPS server with a certificate of its own authority, whose answers a test decides. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPki } from '../../daemon/auth/pki.ts';
import { systemClock } from '../../daemon/base/clock.ts';

export interface ReviewRequest {
  uid: string;
  operation: string;
  name?: string;
  namespace?: string;
  dryRun: boolean;
  subResource?: string;
  kind: { group: string; version: string; kind: string };
  requestKind: { group: string; version: string; kind: string };
  userInfo: { username: string };
  // biome-ignore lint/suspicious/noExplicitAny: whatever the object is
  object: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the object was
  oldObject: any;
  options: Record<string, unknown>;
}

/** What a webhook says: a `response` without uid; or a whole answer. */
export type Answer =
  | { response: Record<string, unknown> }
  | { status: number; headers?: Record<string, string>; text: string }
  | 'nothing';

export interface WebhookServer {
  readonly port: number;
  /** PEM in base64, as `caBundle` has it. */
  readonly caBundle: string;
  readonly requests: ReviewRequest[];
  answer(request: ReviewRequest, path: string): Answer;
  url(path: string): string;
  close(): Promise<void>;
}

export const ALLOW: Answer = { response: { allowed: true } };

/** A JSON Patch as an answer has it. */
export const patchOf = (...operations: object[]): Answer => ({
  response: {
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
  },
});

/** `names`: whom its certificate names. */
export async function startWebhookServer(
  names: readonly string[] = ['127.0.0.1', 'localhost'],
): Promise<WebhookServer> {
  const folder = await mkdtemp(join(tmpdir(), 'reflet-webhook-'));
  const pki = await openPki(folder, names, systemClock);
  const server = createServer({ cert: pki.server.certificate, key: pki.server.key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { apiVersion: string; request: ReviewRequest };
    webhook.requests.push(review.request);
    const answer = webhook.answer(review.request, (request.url ?? '').replace(/\?.*/, ''));
    if (answer === 'nothing') return;
    if ('status' in answer) {
      response.writeHead(answer.status, answer.headers).end(answer.text);
      return;
    }
    const { apiVersion, request: asked } = review;
    const body = { kind: 'AdmissionReview', apiVersion, response: { uid: asked.uid, ...answer.response } };
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as AddressInfo;
  const webhook: WebhookServer = {
    port,
    caBundle: Buffer.from(pki.caCertificate).toString('base64'),
    requests: [],
    answer: () => ALLOW,
    url: (path) => `https://127.0.0.1:${port}${path}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
  return webhook;
}
