/**
 * Images through podman's REST API.
 */

import type { IncomingMessage } from 'node:http';
import { PodmanError, type PodmanHttp } from './http.ts';

export interface InspectedImage {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Size: number;
  /** The user of the image's configuration; podman repeats it here. */
  User?: string;
  Config?: { User?: string; StopSignal?: string };
}

export interface ListedImage {
  Id: string;
  RepoTags?: string[] | null;
  RepoDigests?: string[] | null;
  Size: number;
}

export interface RegistryCredentials {
  username: string;
  password: string;
}

export interface ImageCalls {
  /** Undefined: no such image on this host. */
  inspect(reference: string): Promise<InspectedImage | undefined>;
  list(): Promise<ListedImage[]>;
  /** Rejects with the registry's own words. Takes as long as the download takes; `signal` ends it. */
  pull(reference: string, credentials: RegistryCredentials | undefined, signal: AbortSignal): Promise<void>;
}

/** A line of a pull's progress is short; a longer one is not ours to keep. */
const LINE_LENGTH_MAX = 1 << 20;

export function createImageCalls(http: PodmanHttp): ImageCalls {
  return {
    async inspect(reference) {
      try {
        return await http.call<InspectedImage>('GET', `/images/${encodeURIComponent(reference)}/json`);
      } catch (error) {
        if (error instanceof PodmanError && error.code === 404) return undefined;
        throw error;
      }
    },
    list: async () => (await http.call<ListedImage[] | null>('GET', '/images/json')) ?? [],
    async pull(reference, credentials, signal) {
      const headers: Record<string, string> = credentials ? { 'X-Registry-Auth': encodeCredentials(credentials) } : {};
      const answer = await http.stream('POST', '/images/pull', { query: { reference }, headers, signal });
      const problem = await lastError(answer);
      if (problem !== undefined) throw new PodmanError(500, problem);
    },
  };
}

const encodeCredentials = (credentials: RegistryCredentials) =>
  Buffer.from(JSON.stringify(credentials)).toString('base64url');

/** Progress comes as JSON, one object a line; a failure is an object with `error`. */
async function lastError(answer: IncomingMessage): Promise<string | undefined> {
  let problem: string | undefined;
  for await (const line of jsonLines(answer)) {
    const { error } = line as { error?: string };
    if (error) problem = error;
  }
  return problem;
}

/** The JSON objects of a stream that has one a line. What is no JSON is skipped. */
export async function* jsonLines(answer: IncomingMessage): AsyncGenerator<unknown> {
  let rest = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    rest += chunk.toString('utf8');
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LINE_LENGTH_MAX) rest = '';
    for (const line of lines) yield* parsed(line);
  }
  yield* parsed(rest);
}

function* parsed(line: string): Generator<unknown> {
  if (line.trim() === '') return;
  try {
    yield JSON.parse(line);
  } catch {
    // not ours
  }
}
