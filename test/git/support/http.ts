/** The repository of a world served over HTTP, as the API server mounts it behind its authentication. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { UserInfo } from '../../../daemon/auth/user.ts';
import { type Clone, createClone, type World } from './world.ts';

export interface ServedGit {
  /** `http://127.0.0.1:…/git/desired.git` */
  readonly url: string;
  authorization(user: string): string;
  /** A clone that pushes as this user. */
  as(user: string, name?: string): Promise<Clone>;
  close(): Promise<void>;
}

/** `users`: what authentication says of a name; others are themselves, without groups. */
export async function serveGit(world: World, users: Readonly<Record<string, UserInfo>> = {}): Promise<ServedGit> {
  const server = createServer((request, response) => {
    const credentials = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    const username = credentials.split(':')[0] || 'system:anonymous';
    void world.git.handleGitHttp(request, response, users[username] ?? { username, groups: [] });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}/git/desired.git`;
  return {
    url: `http://${host}`,
    authorization: (user) => `Basic ${btoa(`${user}:token`)}`,
    as: (user, name = user) => createClone(join(world.folder, name), `http://${user}:token@${host}`),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
