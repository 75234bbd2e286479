/**
 * The port by which the REST verbs make a decided write durable. Contract.
 *
 * `api/rest/` decides everything about the object (defaults, validation, managed fields, generation); the `Persistence` only decides *where*
 * the write belongs (runtime state, or a git commit that is then published) and makes it so. Two implementations: straight into the store
 * (`RuntimePersistence`, here in `api/rest/`), and the git-aware one (`git/write-back/`), which wraps the former.
 */

import type { UserInfo } from '../../auth/user.ts';
import type { KubeObject } from '../../base/object.ts';
import type { Kind } from '../../kinds/kind.ts';
import type { CommitResult, Operation } from '../../store/store.ts';

export interface PlannedWrite {
  kind: Kind;
  user: UserInfo;
  verb: 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'deletecollection';
  /** `''`, `status`, `scale`, `binding`, `finalize`, … */
  subresource: string;
  fieldManager: string;
  /** The object was created from `generateName`. */
  generated: boolean;
  key: string;
  /** As it stands in the store; undefined when the write creates. */
  old: KubeObject | undefined;
  /** As it shall stand; undefined when the write removes it. */
  next: KubeObject | undefined;
  /** What goes into the store when the write is a runtime write; carries the compare-and-swap. */
  operations: readonly Operation[];
  /** Tells the client something as a `Warning` header, with the answer to a write that succeeds. */
  warn?(text: string): void;
}

export interface Persistence {
  /** The field manager that holds people's writes in their name, because they became its own (a commit); not in `RuntimePersistence`. */
  readonly sharedManager?: string;
  /** Resolves when durable. Throws StatusError (403 with the place in git, 409, 503) when it may not or cannot be done. */
  write(write: PlannedWrite): Promise<CommitResult>;
}
