/**
 * Calls the webhooks that cluster objects configure (admission, conversion): one POST of JSON over HTTPS, its certificate verified against the given
 * bundle (or the host's authorities). Redirects are not followed, time and sizes are bounded, neither bodies nor headers are logged.
 */

import type { IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { WebhookClientConfig } from '../kinds/types.generated.ts';
import { describeFailure } from './failure.ts';

/** Beside what was sent, twice over: an answer carries a patch of it, or all of its objects in another version. */
const ANSWER_BYTES_MAX = 3 * 1024 * 1024;
/** Of an answer that is no success, for its message. */
const ERROR_TEXT_MAX = 1024;

/** Why a webhook gave no answer, in the words of the API server: `Post "https://…": dial tcp 10.0.0.1:443: connect: connection refused`. */
export class WebhookCallError extends Error {}

export interface WebhookCall {
  readonly clientConfig: Readonly<WebhookClientConfig>;
  readonly body: unknown;
  readonly timeoutMs: number;
}

export interface WebhookCaller {
  /** The answer's JSON. Throws {@link WebhookCallError}. */
  post(call: WebhookCall): Promise<unknown>;
}

export interface WebhookCallerOptions {
  /** A connection to one of a Service's ready endpoints. Throws an error whose message says why there is none. */
  connectService(service: { namespace: string; name: string; port: number }): Promise<Duplex>;
}

const PORT_DEFAULT = 443;

export function createWebhookCaller({ connectService }: WebhookCallerOptions): WebhookCaller {
  return {
    async post({ clientConfig, body, timeoutMs }) {
      const url = urlOf(clientConfig, timeoutMs);
      const signal = AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)));
      try {
        const answer = await exchange(url, clientConfig, JSON.stringify(body), signal, connectService);
        return readAnswer(answer.status, answer.text);
      } catch (error) {
        if (error instanceof WebhookCallError) throw error;
        const why = signal.aborted ? 'context deadline exceeded' : describeFailure(error, url);
        throw new WebhookCallError(`Post ${JSON.stringify(textOf(url, clientConfig))}: ${why}`, { cause: error });
      }
    },
  };
}

/** A Service answers as `name.namespace.svc`, which is what its certificate has to name. */
function urlOf({ url, service }: WebhookClientConfig, timeoutMs: number): URL {
  const { namespace, name, port = PORT_DEFAULT, path = '' } = service ?? { namespace: '', name: '' };
  const text = url ?? `https://${name}.${namespace}.svc/${path.replace(/^\//, '')}`;
  const made = new URL(text);
  if (service) made.port = String(port);
  made.searchParams.set('timeout', `${Math.ceil(timeoutMs / 1000)}s`);
  return made;
}

/** The API server always names the port of a Service. */
function textOf({ href, host, port }: URL, { service }: WebhookClientConfig): string {
  return service && port === '' ? href.replace(host, `${host}:${PORT_DEFAULT}`) : href;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function exchange(
  url: URL,
  { service, caBundle }: WebhookClientConfig,
  body: string,
  signal: AbortSignal,
  connectService: WebhookCallerOptions['connectService'],
): Promise<Answer> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const tls = {
    servername: isIP(host) ? '' : host,
    ...(caBundle ? { ca: Buffer.from(caBundle, 'base64') } : {}),
  };
  const carrier =
    service && (await withSignal(connectService({ ...service, port: service.port ?? PORT_DEFAULT }), signal));
  const options: RequestOptions = {
    method: 'POST',
    signal,
    ...tls,
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json, */*',
      'User-Agent': 'kube-apiserver-admission',
      'Content-Length': String(Buffer.byteLength(body)),
    },
    // With an agent, even with `false`, Node would make a connection of its own.
    ...(carrier
      ? { createConnection: () => connectTls({ ...tls, host, socket: carrier as Socket }) }
      : { agent: false }),
  };
  try {
    return await send(url, options, body, ANSWER_BYTES_MAX + 2 * Buffer.byteLength(body));
  } finally {
    carrier?.destroy();
  }
}

/** A connection that comes too late is closed. */
async function withSignal(connecting: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (error) {
    connecting.then((late) => late.destroy()).catch(() => {});
    throw error;
  }
}

function send(url: URL, options: RequestOptions, body: string, answerBytesMax: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(url, options, (response) => {
      readText(response, answerBytesMax).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function readText(response: IncomingMessage, bytesMax: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) {
      response.destroy();
      throw new WebhookCallError(`the answer has more than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What a status other than 2xx is called by the API server's client. */
const STATUS_TEXTS: Readonly<Record<number, string>> = {
  400: 'the server rejected our request for an unknown reason',
  401: 'the server has asked for the client to provide credentials',
  403: 'the server does not allow this method on the requested resource',
  404: 'the server could not find the requested resource',
  405: 'the server does not allow this method on the requested resource',
  415: 'the body of the request was in an unknown format',
  429: 'the server has received too many requests and has asked us to try again later',
  503: 'the server is currently unable to handle the request',
  504: 'the server was unable to return a response in the time allotted, but may still be processing the request',
};

function readAnswer(status: number, text: string): unknown {
  if (status < 200 || status > 299) {
    const shown = text.slice(0, ERROR_TEXT_MAX).trim();
    const unknown =
      status >= 500
        ? `an error on the server (${JSON.stringify(shown || 'unknown')}) has prevented the request from succeeding`
        : `the server responded with the status code ${status} but did not return more information`;
    throw new WebhookCallError(STATUS_TEXTS[status] ?? unknown);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new WebhookCallError('the answer is no JSON');
  }
}
