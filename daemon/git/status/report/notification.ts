/**
 * What is told to a webhook: the whole status as JSON, or one line as chat systems (Slack, Mattermost, Rocket.Chat) take it. Pure.
 */

import type { CommitEvent, Notification } from '../../configuration/configuration.ts';
import type { OutgoingRequest } from '../../outgoing/outgoing.ts';
import { inert } from '../../problem.ts';
import { type CommitStatus, describeStatus } from '../commit-status.ts';

export interface Told {
  event: CommitEvent;
  status: CommitStatus;
  /** First line of the commit's message; `''`: it is not known. */
  subject: string;
  /** `refs/heads/main` */
  ref: string;
  /** What is to be said besides the status. */
  message?: string;
}

export function notificationRequest(target: Notification, token: string | undefined, told: Told): OutgoingRequest {
  return {
    method: 'POST',
    url: target.url,
    headers: {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(target.format === 'chat' ? { text: chatText(told) } : document(told)),
  };
}

function document({ event, status, subject, ref, message }: Told): object {
  const { order: _order, content: _content, ...shown } = status;
  return { event, ref, subject, message: message ?? describeStatus(status), status: shown };
}

const MARKS: Partial<Record<CommitEvent, string>> = {
  healthy: '✅',
  failed: '❌',
  refused: '⛔',
  reverted: '↩️',
  degraded: '⚠️',
};

function chatText({ event, status, subject, ref, message }: Told): string {
  const branch = ref.replace(/^refs\/heads\//, '');
  const title = [status.commit.slice(0, 12), subject && `“${subject}”`, status.by && `by ${status.by}`];
  const line = `${title.filter(Boolean).join(' ')} on ${branch} is ${event}: ${message ?? describeStatus(status)}`;
  return [MARKS[event], escapeChat(inert(line))].filter(Boolean).join(' ');
}

/** Slack's three control characters: text of a commit must not mention a channel or make a link. */
const escapeChat = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
