/**
 * Tells others what becomes of commits, as the configuration in force asks: commit statuses at a forge, notifications to webhooks. Tokens are read from
 * `DIR/keys` when they are needed, and are in no log.
 */

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../../base/clock.ts';
import type { CommitEvent } from '../../configuration/configuration.ts';
import type { GitEngine } from '../../engine.ts';
import { TOKEN_BYTES_MAX } from '../../limits.ts';
import { type Outgoing, OutgoingRefused } from '../../outgoing/outgoing.ts';
import type { CommitStatus } from '../commit-status.ts';
import { forgeRequest, saysAlready } from './forge.ts';
import { notificationRequest } from './notification.ts';
import { createReportQueue, type ReportQueue } from './queue.ts';

export interface ReporterOptions {
  engine: GitEngine;
  outgoing: Outgoing;
  random: Random;
  /** `DIR/keys` */
  keysDir: string;
}

export interface Reporter {
  /** A commit's status at the forge. */
  show(status: CommitStatus): void;
  /** To every webhook that asks for the event. */
  notify(event: CommitEvent, status: CommitStatus, message?: string): void;
  /** Resolves when nothing waits to be sent. */
  idle(): Promise<void>;
  close(): void;
}

export function createReporter({ engine, outgoing, random, keysDir }: ReporterOptions): Reporter {
  const { clock, log, repository } = engine.options;
  const queues = new Map<string, ReportQueue>();
  const queueOf = (name: string): ReportQueue => {
    const queue = queues.get(name) ?? createReportQueue({ name, outgoing, clock, random, log });
    queues.set(name, queue);
    return queue;
  };
  const branch = repository.ref.replace(/^refs\/heads\//, '');
  return {
    show(status) {
      const target = engine.state.configuration.commitStatus;
      if (!target) return;
      queueOf(`commitStatus ${target.provider}`).put({
        subject: status.commit,
        request: async () => forgeRequest(target, await readToken(keysDir, target.tokenFile), status, branch),
        isFine: (answer) => saysAlready(target, answer),
      });
    },
    notify(event, status, message) {
      for (const target of engine.state.configuration.notifications) {
        if (!target.events.includes(event)) continue;
        queueOf(`notification ${target.name}`).put({
          subject: undefined,
          request: async () => {
            const token = target.tokenFile === undefined ? undefined : await readToken(keysDir, target.tokenFile);
            const subject = await subjectOf(engine, status.commit);
            const told = { event, status, subject, ref: repository.ref, ...(message ? { message } : {}) };
            return notificationRequest(target, token, told);
          },
        });
      }
    },
    async idle() {
      await Promise.all([...queues.values()].map((queue) => queue.idle()));
    },
    close() {
      for (const queue of queues.values()) queue.close();
    },
  };
}

/** RFC 6750's form of a bearer token: nothing that could end a header, and no file of several lines. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
/** The daemon's own secrets lie in the same folder, and who may push a configuration must not have them sent anywhere. */
const isOwnSecret = (name: string, text: string): boolean =>
  /\.(key|crt|pem|csv)$/.test(name) || name === 'age.txt' || text.startsWith('AGE-SECRET-KEY-');

/** Throws without the token, and without the file's content. */
async function readToken(keysDir: string, name: string): Promise<string> {
  try {
    const handle = await open(join(keysDir, name), 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(TOKEN_BYTES_MAX), 0, TOKEN_BYTES_MAX, 0);
      const token = buffer.toString('utf8', 0, bytesRead).trim();
      if (TOKEN.test(token) && !isOwnSecret(name, token)) return token;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new OutgoingRefused(`keys/${name} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  }
  throw new OutgoingRefused(`keys/${name} holds no token: expected one line of letters, digits and ._~+/-=`);
}

/** `''` for a commit that is not in the repository (it was refused at a push). */
async function subjectOf(engine: GitEngine, commit: string): Promise<string> {
  const object = await engine.reader.read(commit).catch(() => undefined);
  if (object?.type !== 'commit') return '';
  const text = object.content.toString('utf8');
  return text.slice(text.indexOf('\n\n') + 2).split('\n', 1)[0] ?? '';
}
