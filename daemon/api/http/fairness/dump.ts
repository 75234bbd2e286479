/**
 * `/debug/api_priority_and_fairness/…`: what is being served and what waits, as comma-separated lines for people
 * (`apiserver/pkg/util/flowcontrol/controller_debug.go`). Without query strings: those may hold what is nobody's business.
 */

import type { Level, Ticket } from './level.ts';

const PREFIX = '/debug/api_priority_and_fairness/';

const LEVELS =
  'PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests';
const QUEUES = 'PriorityLevelName, Index, PendingRequests, ExecutingRequests, SeatsInUse, NextDispatchR';
const REQUESTS =
  'PriorityLevelName, FlowSchemaName, QueueIndex, RequestIndexInQueue, FlowDistingsher, WaitedSeconds, InitialSeats';
const DETAILS = 'UserName, Verb, APIPath';

/** The text at a path; undefined where nothing is. */
export function dumpFairness(
  path: string,
  levels: readonly Level[],
  { nowMs, details }: { nowMs: number; details: boolean },
): string | undefined {
  switch (path) {
    case `${PREFIX}dump_priority_levels`:
      return table(LEVELS, levels.map(levelLine));
    case `${PREFIX}dump_queues`:
      return table(QUEUES, levels.flatMap(queueLines));
    case `${PREFIX}dump_requests`:
      return table(
        details ? `${REQUESTS}, ${DETAILS}` : REQUESTS,
        levels.flatMap((level) => requestLines(level, nowMs, details)),
      );
    default:
      return undefined;
  }
}

const table = (head: string, lines: readonly (readonly unknown[])[]) =>
  `${[head, ...lines.map((line) => line.join(', '))].join('\n')}\n`;

function levelLine({ settings, queues, waiting, executing, counts }: Level): unknown[] {
  const active = queues.filter((queue) => queue.waiting.length > 0 || queue.executing > 0).length;
  const { dispatched, rejected, timedOut, cancelled } = counts;
  const isIdle = waiting === 0 && executing === 0;
  return [settings.name, active, isIdle, false, waiting, executing, dispatched, rejected, timedOut, cancelled];
}

function queueLines({ settings, queues, seatsInUse }: Level): unknown[][] {
  return queues.map(({ index, waiting, executing, virtual }) => [
    settings.name,
    index,
    waiting.length,
    executing,
    seatsInUse,
    virtual.toFixed(3),
  ]);
}

/** What a user chose, on one line. */
const quoted = (text: string) => JSON.stringify(text);

function requestLines({ settings, queues }: Level, nowMs: number, details: boolean): unknown[][] {
  return queues.flatMap(({ index, waiting }) =>
    waiting.map((ticket, place) => [
      settings.name,
      ticket.schema,
      index,
      place,
      quoted(ticket.flow),
      ((nowMs - ticket.arrivedMs) / 1000).toFixed(3),
      ticket.seats,
      ...(details ? detailsOf(ticket) : []),
    ]),
  );
}

const detailsOf = ({ user, verb, path }: Ticket) => [quoted(user), verb, quoted(path)];
