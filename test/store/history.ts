/** The specification of the store as a program: what a history of commits, reads and watches may look like. Everything is judged afterwards. */

import type { LogOperation } from '../../daemon/store/log.ts';

export interface PlannedOperation {
  type: 'put' | 'delete';
  key: string;
  expect?: number | undefined;
}

export interface CommitCall {
  operations: readonly PlannedOperation[];
  /** The newest visible revisions when it was called and when it was answered. */
  calledAt: number;
  answeredAt?: number;
  /** Keys of commits that were on their way when it was called: it may fail for their sake, even when they fail afterwards. */
  contended: ReadonlySet<string>;
  answer: 'unknown' | 'rejected' | { ok: true; revision: number } | { ok: false };
}

/** Key → modRevision. */
export type State = ReadonlyMap<string, number>;

export interface ReadCall {
  revision: number;
  calledAt: number;
  state: State;
}

export interface WatchCall {
  /** The state that it began with (a list), and its revision. */
  from: number;
  batches: (readonly { revision: number; key: string; type: string }[])[];
}

export interface History {
  commits: CommitCall[];
  reads: ReadCall[];
  watches: WatchCall[];
  /** Everything that became durable, over all lives of the store; sooner or later it is visible. */
  durable: readonly (readonly LogOperation[])[];
}

/** What contradicts the specification; empty when nothing does. */
export function judgeHistory({ commits, reads, watches, durable }: History): string[] {
  const problems: string[] = [];
  const events = durable.flat();
  for (const [index, { revision }] of events.entries())
    if (revision !== index + 1) problems.push(`revision ${revision} is number ${index + 1} of what became durable`);
  const states = statesOf(events);
  const lastOf = new Map(durable.map((batch) => [batch.at(-1)!.revision, batch]));
  const acknowledged = new Set<number>();
  for (const call of commits) {
    const { answer } = call;
    if (typeof answer !== 'object') continue;
    if (answer.ok) {
      if (acknowledged.has(answer.revision)) problems.push(`two commits were told revision ${answer.revision}`);
      acknowledged.add(answer.revision);
      problems.push(...judgeAcknowledged(call, answer.revision, lastOf.get(answer.revision), states));
    } else if (!wasUnmet(call, states) && !call.operations.some(({ key }) => call.contended.has(key)))
      problems.push(`a commit failed although its conditions held all the time: ${textOf(call)}`);
  }
  // What nobody was told must be a commit that was cut off.
  for (const [revision, batch] of lastOf) {
    const isKnown =
      acknowledged.has(revision) || commits.some((call) => call.answer === 'unknown' && isBatch(call, batch));
    if (!isKnown) problems.push(`revision ${revision} became durable and no commit was acknowledged or cut off`);
  }
  for (const read of reads) {
    if (read.revision < 0) continue;
    if (!sameState(read.state, states[read.revision])) problems.push(`a read at ${read.revision} saw another state`);
  }
  for (const watch of watches) problems.push(...judgeWatch(watch, durable));
  return problems;
}

function statesOf(events: readonly LogOperation[]): State[] {
  const states: State[] = [new Map()];
  for (const { type, key, revision } of events) {
    const next = new Map(states.at(-1));
    if (type === 'put') next.set(key, revision);
    else next.delete(key);
    states.push(next);
  }
  return states;
}

const holdsIn = (state: State, { type, key, expect }: PlannedOperation): boolean =>
  (expect === undefined || expect === (state.get(key) ?? 0)) && (type === 'put' || state.has(key));

const isBatch = ({ operations }: CommitCall, batch: readonly LogOperation[]): boolean =>
  operations.length === batch.length &&
  operations.every(({ type, key }, index) => batch[index]!.type === type && batch[index]!.key === key);

function judgeAcknowledged(
  call: CommitCall,
  revision: number,
  batch: readonly LogOperation[] | undefined,
  states: readonly State[],
): string[] {
  if (!batch || !isBatch(call, batch))
    return [`revision ${revision} was acknowledged and is not there whole: ${textOf(call)}`];
  const problems: string[] = [];
  const before = states[revision - batch.length]!;
  if (revision <= call.calledAt) problems.push(`revision ${revision} is older than its call (${call.calledAt})`);
  if (!call.operations.every((operation) => holdsIn(before, operation)))
    problems.push(`revision ${revision} was written although its conditions did not hold: ${textOf(call)}`);
  return problems;
}

/** Some state between call and answer, or one that was on its way then, does not meet the conditions. */
function wasUnmet(call: CommitCall, states: readonly State[]): boolean {
  for (let revision = call.calledAt; revision <= (call.answeredAt ?? states.length - 1); revision++)
    if (!call.operations.every((operation) => holdsIn(states[revision]!, operation))) return true;
  return false;
}

function judgeWatch({ from, batches }: WatchCall, durable: History['durable']): string[] {
  const seen = batches.map((batch) => batch.map(({ revision, key, type }) => `${revision} ${type} ${key}`).join());
  const expected = durable
    .filter((batch) => batch.at(-1)!.revision > from)
    .map((batch) =>
      batch
        .filter(({ revision }) => revision > from)
        .map(({ revision, key, type }) => `${revision} ${type} ${key}`)
        .join(),
    );
  const last = seen.length;
  return seen.join(' | ') === expected.slice(0, last).join(' | ')
    ? []
    : [`a watch from ${from} saw ${seen.join(' | ')} and not ${expected.slice(0, last).join(' | ')}`];
}

const sameState = (a: State, b: State | undefined): boolean =>
  b !== undefined && a.size === b.size && [...a].every(([key, revision]) => b.get(key) === revision);

const textOf = ({ operations, calledAt, answeredAt }: CommitCall): string =>
  `${JSON.stringify(operations)} between ${calledAt} and ${answeredAt}`;
