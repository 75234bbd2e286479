/**
 * A person's write as a proposal: one commit on a branch of its own, pushed to the remote or made in the repository; the write itself is refused with
 * the branch's name. What is in force is not touched, and proposing the same again gives the same branch.
 */

import { createHash } from 'node:crypto';
import type { PlannedWrite } from '../../api/rest/persist.ts';
import type { Ids } from '../../base/clock.ts';
import { type StatusError, serviceUnavailable } from '../../base/status.ts';
import type { SchemaSet } from '../../schema/node.ts';
import type { GitEngine } from '../engine.ts';
import { runGit } from '../git-command.ts';
import type { ManifestEditor } from '../ports.ts';
import type { Follower } from '../remote/follower.ts';
import { RemoteUnreachable } from '../remote/remote.ts';
import { NO_OBJECT } from '../repository.ts';
import { CommitChain } from './commit-chain.ts';
import { type LooseObjects, storeLooseObjects } from './loose-objects.ts';
import { refuseWrite } from './mode.ts';
import { FileOverlay } from './overlay.ts';
import { describeWrite, planFileChanges } from './plan-write.ts';
import type { Route } from './route.ts';

export interface ProposerOptions {
  engine: GitEngine;
  editor: ManifestEditor;
  schemas: SchemaSet;
  ids: Ids;
  follower: Follower | undefined;
}

interface Proposal {
  commit: string;
  branch: string;
}

export class Proposer {
  readonly #options: ProposerOptions;

  constructor(options: ProposerOptions) {
    this.#options = options;
  }

  /** What the write is answered with; undefined when it changes nothing in git. Throws 403 and 503. */
  async propose(write: PlannedWrite, route: Exclude<Route, { to: 'runtime' }>): Promise<StatusError | undefined> {
    const proposal = await this.#make(write, route);
    if (!proposal) return undefined;
    const where = await this.#publish(write, proposal);
    const { branch } = proposal;
    const target = this.#options.engine.options.repository.ref.replace('refs/heads/', '');
    return refuseWrite(
      write,
      `this namespace is changed by review: the change is proposed as branch ${branch} ${where}; merge it into ${target} to put it into force`,
    );
  }

  /** The commit, its objects in the repository. */
  async #make(write: PlannedWrite, route: Exclude<Route, { to: 'runtime' }>): Promise<Proposal | undefined> {
    const { engine, editor, schemas, ids } = this.#options;
    const { folder, manifests, registry, clock, repository } = engine.options;
    const { state, secrets } = engine;
    const lease = await engine.acquire().catch((error: unknown) => {
      throw serviceUnavailable(error instanceof Error ? error.message : String(error));
    });
    try {
      const chain = new CommitChain(engine.reader, (content) => engine.options.trust.signCommit(content));
      const readBlob = (id: string) => chain.readBlob(id);
      const overlay = new FileOverlay({ state, folder, manifests, registry, readBlob });
      const sealing = { recipients: secrets.recipients, now: clock.now() };
      const tools = { manifests, editor, schemas, sealing, refusesPlainText: secrets.plainText === 'refuse' };
      const { texts } = await planFileChanges(tools, overlay, write, route);
      if (texts.size === 0) return undefined;
      const objects: LooseObjects = new Map();
      const message = `${describeWrite(write)}\n\nProposed through the API, by ${write.fieldManager || 'unknown'}.`;
      const { commit } = await chain.commit(objects, state.commit, texts, {
        message,
        author: write.user,
        now: clock.now(),
      });
      await storeLooseObjects(repository.gitDir, objects, ids);
      return { commit, branch: this.#branchOf(write, texts) };
    } finally {
      lease.release();
    }
  }

  /** The same change by the same person has the same name. */
  #branchOf({ user }: PlannedWrite, texts: ReadonlyMap<string, string | undefined>): string {
    const { commit, configuration } = this.#options.engine.state;
    const hash = createHash('sha256').update(commit ?? '');
    for (const [path, text] of texts) hash.update(`\0${path}\0${text ?? ''}`);
    const name = user.username
      .replace(/[^A-Za-z0-9_]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40);
    return `${configuration.apiWrites.proposalPrefix}${name || 'somebody'}-${hash.digest('hex').slice(0, 10)}`;
  }

  async #publish(write: PlannedWrite, { commit, branch }: Proposal): Promise<string> {
    const { engine, follower } = this.#options;
    const { repository } = engine.options;
    const ref = `refs/heads/${branch}`;
    if (!follower) {
      // From nothing: a branch of that name is this very proposal, made before, and perhaps worked on.
      await runGit(repository, ['update-ref', ref, commit, NO_OBJECT], { accept: [128] });
      return 'of the repository';
    }
    const answer = await follower.push(commit, ref).catch((error: unknown) => {
      if (error instanceof RemoteUnreachable)
        throw serviceUnavailable(`the change could not be proposed: ${follower.url}: ${error.message}`);
      throw error;
    });
    if (answer.result === 'refused')
      throw refuseWrite(
        write,
        `the change could not be proposed: ${follower.url} does not take ${branch}: ${answer.why}`,
      );
    return `of ${follower.url}`;
  }
}
