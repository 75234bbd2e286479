/**
 * Writing while the branch's tip is refused: the files as the tip has them, and which of them may be written. A write is made twice then: on the tip,
 * where the branch goes on, and on what is in force, where it takes effect for its object. It changes nothing by itself.
 */

import type { PlannedWrite } from '../../api/rest/persist.ts';
import { conflict, StatusError } from '../../base/status.ts';
import { loadCandidate } from '../candidate.ts';
import type { Candidate, DesiredState } from '../desired-state.ts';
import type { GitEngine, RefusedTip } from '../engine.ts';
import { HOST_ADMINISTRATOR } from '../ports.ts';
import { formatProblem, type PushProblem } from '../problem.ts';
import { routeWrite } from './route.ts';

export interface TipView {
  /** What the branch would say if it were not refused; the writes made on top of it included. */
  readonly state: DesiredState;
  /** How the refused commit differs from what is in force. */
  readonly candidate: Candidate;
}

export async function readTipView(engine: GitEngine, { tip, problems }: RefusedTip): Promise<TipView> {
  // Nothing is written on top of what is wrong as a whole; nor is it read, for nobody may have vouched for it.
  if (problems.some(isAboutWhole))
    return { state: engine.state, candidate: { commit: tip, ignore: engine.state.ignore, files: new Map() } };
  const { repository, folder, manifests, registry, admission } = engine.options;
  const { environment } = admission;
  const source = { place: repository, folder, reader: engine.reader, manifests, registry, environment };
  const { candidate } = await loadCandidate(source, engine.state, tip);
  const state = engine.state.copy();
  state.apply(candidate);
  return { state, candidate };
}

/** Why the write cannot be made on top of the tip; undefined: it can. */
export async function refuseOnTip(
  engine: GitEngine,
  refused: RefusedTip,
  view: TipView,
  write: PlannedWrite,
): Promise<StatusError | undefined> {
  const { state } = engine;
  const because = (why: string) => conflictWith(write, refused, why);
  const whole = refused.problems.find(isAboutWhole);
  if (whole) return because(whole.message);
  const canSeal = engine.secrets.recipients.length > 0;
  if (routeWrite(write, view.state, canSeal).to !== routeWrite(write, state, canSeal).to)
    return because('it says otherwise where this object is defined');
  const file = view.state.objects.get(write.key)?.file.path;
  if (file === undefined) return undefined;
  const own = refused.problems.find((one) => one.file === file || one.other?.replace(/:\d+$/, '') === file);
  if (own) return because(formatProblem(own));
  if (!view.candidate.files.has(file)) return undefined;
  const [problem] = await engine.judgeFile(view.candidate, file, HOST_ADMINISTRATOR);
  return problem && because(formatProblem(problem));
}

const isAboutWhole = ({ file }: PushProblem): boolean => file === '';

function conflictWith(
  { kind, next, old, subresource }: PlannedWrite,
  { commit }: RefusedTip,
  why: string,
): StatusError {
  const { group, plural: resource } = kind.resource;
  const message = `the branch is at ${commit.slice(0, 12)}, which is not in force: ${why}; push a commit that mends it first`;
  const refusal = conflict({ group, resource }, (next ?? old)?.metadata?.name ?? '', message);
  // `kubectl scale` tries again for five minutes and says nothing when the reason is Conflict; trying again does not help here.
  return subresource === 'scale' ? new StatusError(409, 'Forbidden', refusal.message, refusal.status.details) : refusal;
}
