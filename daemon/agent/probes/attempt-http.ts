/**
 * The http probe (`core/v1` HTTPGetAction): any 2xx or 3xx is good; redirects are followed within the host, as the kubelet follows them. One
 * that leads elsewhere or nowhere, as any other 3xx, is good by itself, with a warning.
 */

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HTTPGetAction } from '../../kinds/types.generated.ts';
import { joinHostPort, type ProbeOutcome, reasonOf } from './outcome.ts';

const USER_AGENT = 'kube-probe/1.32';
/** The kubelet reads 10 KiB of a body. */
const BODY_BYTES_MAX = 10 * 1024;
/** Go's client stops after ten. */
const REDIRECTS_MAX = 10;
const REDIRECT_CODES = new Set([301, 302, 303, 307, 308]);

export async function attemptHttp(
  action: Readonly<HTTPGetAction>,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const scheme = action.scheme === 'HTTPS' ? 'https' : 'http';
  const first = new URL(`${scheme}://${joinHostPort(host, port)}${pathOf(action)}`);
  const headers = headersOf(action);
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  let url = first;
  try {
    for (let redirects = 0; ; redirects++) {
      const answer = await get(url, headers, deadline.signal);
      if (!REDIRECT_CODES.has(answer.code) || answer.location === undefined) return verdict(answer);
      const next = resolveLocation(answer.location, url);
      if (next === undefined) return failure(url, `unsupported Location header ${JSON.stringify(answer.location)}`);
      if (next.hostname !== first.hostname) return verdict(answer);
      if (redirects >= REDIRECTS_MAX) return failure(url, `stopped after ${REDIRECTS_MAX} redirects`);
      url = next;
    }
  } catch (error) {
    if (deadline.signal.aborted)
      return failure(url, 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
    return failure(url, describe(error as NodeJS.ErrnoException, url));
  } finally {
    clearTimeout(timer);
  }
}

function verdict({ code, body }: Answer): ProbeOutcome {
  if (code >= 200 && code < 300) return { success: true, message: '' };
  if (code >= 300 && code < 400)
    return { success: true, warning: true, message: `Probe terminated redirects, Response body: ${body}` };
  return { success: false, message: `HTTP probe failed with statuscode: ${code}` };
}

const failure = (url: URL, why: string): ProbeOutcome => ({
  success: false,
  message: `Get ${JSON.stringify(url.href)}: ${why}`,
});

function describe(error: NodeJS.ErrnoException, url: URL): string {
  if (error.message === 'socket hang up') return 'EOF';
  if (error.code === undefined) return error.message;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return `dial tcp ${url.hostname}:${port}: ${reasonOf(error)}`;
}

/** What may not stand in a request line is escaped; what is escaped already stays. */
function pathOf({ path = '' }: Readonly<HTTPGetAction>): string {
  const escaped = path.toWellFormed().replace(/[^\x21-\x7e]/gu, (one) => encodeURIComponent(one));
  return escaped.startsWith('/') ? escaped : `/${escaped}`;
}

function resolveLocation(location: string, base: URL): URL | undefined {
  const url = URL.parse(location, base.href);
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}

/** Headers of one name are all sent; the kubelet's own give way to the author's, and an empty one takes them away. */
function headersOf({ httpHeaders }: Readonly<HTTPGetAction>): Record<string, string | string[]> {
  const headers = new Map<string, { name: string; values: string[] }>();
  for (const { name, value } of httpHeaders ?? []) {
    const known = headers.get(name.toLowerCase());
    if (known && name.toLowerCase() !== 'host') known.values.push(value ?? '');
    else headers.set(name.toLowerCase(), { name, values: [value ?? ''] });
  }
  for (const [name, value] of [
    ['User-Agent', USER_AGENT],
    ['Accept', '*/*'],
  ] as const) {
    const own = headers.get(name.toLowerCase());
    if (own === undefined) headers.set(name.toLowerCase(), { name, values: [value] });
    else if (own.values[0] === '') headers.delete(name.toLowerCase());
  }
  headers.set('connection', { name: 'Connection', values: ['close'] });
  const list = [...headers.values()].map(({ name, values }) => [name, values.length === 1 ? values[0]! : values]);
  return Object.fromEntries(list);
}

interface Answer {
  code: number;
  location: string | undefined;
  /** As much of it as is read. */
  body: string;
}

function get(url: URL, headers: Record<string, string | string[]>, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { headers, agent: false, rejectUnauthorized: false, signal };
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const sent = send(url, options, (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      const finish = () => {
        const body = Buffer.concat(chunks).subarray(0, BODY_BYTES_MAX).toString();
        resolve({ code: answer.statusCode ?? 0, location: answer.headers.location, body });
        sent.destroy();
      };
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > BODY_BYTES_MAX) finish();
      });
      answer.on('end', finish);
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
