/**
 * Following a remote, wired: the remote, what keeps the mirror at it, and the webhooks that say when to look. Without a remote it does nothing.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Random } from '../../base/clock.ts';
import type { GitEngine } from '../engine.ts';
import { FIRST_FETCH_MS_MAX } from '../limits.ts';
import { Follower, type RemoteStatus } from './follower.ts';
import { createRemote } from './remote.ts';
import { startNotesSharing } from './share-notes.ts';
import { startStateSharing } from './share-state.ts';
import type { TransportOptions } from './transport.ts';
import { handleWebhook } from './webhook.ts';

export type FollowedRemote = Pick<TransportOptions, 'remote' | 'token' | 'allowed'>;

export interface Following {
  readonly follower: Follower | undefined;
  /** Begins; resolves when the first fetch is in force, or has failed or takes too long: then it goes on in the background. */
  start(): Promise<void>;
  handleWebhook(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** How reverts reach the remote. */
  readonly reverts: { push?: Follower['push'] };
  /** The checkpoint moved: the remote gets it, where it takes it. */
  shareState(): void;
  /** The notes on commits changed: the remote gets them, where it takes them. */
  shareNotes(): void;
  status(): RemoteStatus | undefined;
  close(): Promise<void>;
  /** After the last checkpoint: resolves when the remote has it and the notes, or cannot be given them. Never rejects. */
  shared(): Promise<void>;
}

export interface FollowingOptions {
  remote: FollowedRemote | undefined;
  dataDir: string;
  random: Random;
}

export function createFollowing(engine: GitEngine, { remote, dataDir, random }: FollowingOptions): Following {
  const keysDir = join(dataDir, 'keys');
  const { repository, log } = engine.options;
  const branch = remote && createRemote(repository, { ...remote, keysDir });
  const follower = branch && new Follower({ engine, random, remote: branch });
  const state = branch && startStateSharing(engine, branch);
  const notes = branch && startNotesSharing(engine, branch);
  const webhooks = {
    keysDir,
    configuration: () => engine.state.configuration,
    log,
    wake: follower && (() => follower.wake()),
  };
  return {
    follower,
    start: async () => follower?.start(FIRST_FETCH_MS_MAX),
    handleWebhook: (request, response) => handleWebhook(webhooks, request, response),
    reverts: follower ? { push: (commit, ref) => follower.push(commit, ref) } : {},
    shareNotes: () => notes?.moved(),
    shareState: () => state?.moved(),
    status: () => follower?.status(),
    close: async () => follower?.close(),
    shared: async () => void (await Promise.all([notes?.close(), state?.close()])),
  };
}
