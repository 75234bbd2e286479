/**
 * Where the commits of a batch go. Usually there is one lane: the branch is what is in force. While its tip is refused there are two: what is in force
 * goes on aside, as a commit that only the store and `refs/reflet/in-force` name, and the branch goes on at its tip.
 */

import { type StatusError, serviceUnavailable } from '../../base/status.ts';
import type { Candidate } from '../desired-state.ts';
import type { GitEngine, RefusedTip } from '../engine.ts';
import type { CommitChain } from './commit-chain.ts';
import { FileOverlay } from './overlay.ts';
import { readTipView, type TipView } from './refused-tip.ts';

export interface Lane {
  readonly overlay: FileOverlay;
  /** Where it began, and where the writes so far leave it. */
  readonly from: string | undefined;
  tip: string | undefined;
}

export interface Lanes {
  readonly inForce: Lane;
  /** The same as `inForce`, unless the tip is refused. */
  readonly branch: Lane;
  /** Set while the tip is refused. */
  readonly view: TipView | undefined;
}

/** Reads the refused tip once, and again only when it is another or something else came into force. */
export class LaneKeeper {
  readonly #engine: GitEngine;
  readonly #chain: CommitChain;
  #kept: { tip: string; inForce: string | undefined; view: TipView } | undefined;

  constructor(engine: GitEngine, chain: CommitChain) {
    this.#engine = engine;
    this.#chain = chain;
  }

  async open(): Promise<Lanes> {
    const { state, refused } = this.#engine;
    if (refused && state.commit === undefined) throw nothingInForce(refused);
    const inForce = this.#lane(state, state.commit);
    if (!refused) return { inForce, branch: inForce, view: undefined };
    if (this.#kept?.tip !== refused.tip || this.#kept.inForce !== state.commit)
      this.#kept = { tip: refused.tip, inForce: state.commit, view: await readTipView(this.#engine, refused) };
    const { view } = this.#kept;
    return { inForce, branch: this.#lane(view.state, refused.tip), view };
  }

  /** The lanes' writes are in force. */
  publish({ inForce, branch, view }: Lanes): void {
    const { state } = this.#engine;
    if (inForce.tip !== inForce.from) state.apply(candidateOf(inForce));
    if (!view || !this.#kept) return;
    if (branch.tip !== branch.from) {
      view.state.apply(candidateOf(branch));
      this.#engine.extendRefused(branch.tip!);
    }
    this.#kept = { tip: branch.tip!, inForce: state.commit, view };
  }

  #lane(state: GitEngine['state'], tip: string | undefined): Lane {
    const { folder, manifests, registry } = this.#engine.options;
    const readBlob = (id: string) => this.#chain.readBlob(id);
    return { overlay: new FileOverlay({ state, folder, manifests, registry, readBlob }), from: tip, tip };
  }
}

/** A write would be a root commit beside the branch: nothing that comes later would descend from it. */
function nothingInForce({ tip, problems }: RefusedTip): StatusError {
  const why = problems[0]?.message ?? 'it was refused';
  return serviceUnavailable(
    `the tracked branch is at ${tip.slice(0, 12)}, which is not in force (${why}), and nothing else is: push a commit that mends it first`,
  );
}

const candidateOf = ({ overlay, tip }: Lane): Candidate => overlay.candidate(tip!);
