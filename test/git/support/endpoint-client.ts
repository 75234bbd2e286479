/** The daemon's own endpoints over a git world, called as the `reflet` commands call them, without a server. */

import { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { RestContext } from '../../../daemon/api/rest/context.ts';
import type { UserInfo } from '../../../daemon/auth/user.ts';
import { asStatusError } from '../../../daemon/base/status.ts';
import { type EndpointContext, findEndpoint } from '../../../daemon/bin/endpoints.ts';
import { createOutput } from '../../../daemon/bin/output.ts';
import type { HttpClient, RawAnswer } from '../../../daemon/client/http.ts';
import { restContext } from './rest.ts';
import type { World } from './world.ts';

const ADMIN: UserInfo = { username: 'system:admin', groups: ['system:masters', 'system:authenticated'] };

export interface ClientOptions {
  user?: UserInfo;
  context?: Partial<RestContext>;
  more?: Partial<EndpointContext>;
}

export function endpointClient(
  world: World,
  { user = ADMIN, context, more }: ClientOptions = {},
): Pick<HttpClient, 'raw'> {
  const rest: RestContext = { ...restContext(world), past: world.git.history, ...context };
  const endpoints = {
    kernel: { context: rest, store: world.store },
    git: () => world.git,
    status: () => ({}),
    ...more,
  } as unknown as EndpointContext;
  return {
    async raw(method, path, _body, accept = 'application/json'): Promise<RawAnswer> {
      const url = new URL(path, 'https://localhost');
      const request = Object.assign(new PassThrough(), {
        method,
        url: path,
        headers: { accept },
        httpVersionMajor: 1,
        httpVersionMinor: 1,
      });
      const response = new ServerResponse(request as never);
      const pieces: Buffer[] = [];
      response.write = (piece: Uint8Array | string) => pieces.push(Buffer.from(piece as Uint8Array)) > 0;
      const ended = new Promise<void>((resolve) => {
        response.end = (piece?: unknown) => {
          if (piece !== undefined) pieces.push(Buffer.from(piece as Uint8Array));
          resolve();
          return response;
        };
      });
      const info = { path: url.pathname, method, query: url.searchParams } as never;
      try {
        await findEndpoint(url.pathname, method)!.answer(
          { info, request: request as never, response, user },
          endpoints,
        );
        await ended;
      } catch (error) {
        const { status } = asStatusError(error);
        return { code: status.code ?? 500, body: JSON.stringify(status), warnings: [] };
      }
      const warnings = [response.getHeader('warning') ?? []]
        .flat()
        .map((one) => /^299 - "(.*)"$/.exec(String(one))![1]!);
      return { code: response.statusCode, body: Buffer.concat(pieces).toString('utf8'), warnings };
    },
  };
}

/** An output that collects its lines; no colours. */
export function collectOutput() {
  let text = '';
  const write = (piece: string): void => {
    text += piece;
  };
  const out = createOutput({ write }, false);
  return { out, text: () => text };
}
