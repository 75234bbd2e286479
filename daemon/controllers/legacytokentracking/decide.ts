/**
 * A ConfigMap tells since when the last use of tokens in Secrets is kept on them, so that who cleans up knows what a Secret without a date means
 * (`pkg/controlplane/controller/legacytokentracking`). Pure.
 */

import { formatTime } from '../../base/clock.ts';
import type { Decision } from '../../runtime/loop.ts';
import type { TrackingAction, TrackingSnapshot } from './actions.ts';

export const NAMESPACE = 'kube-system';
export const NAME = 'kube-apiserver-legacy-service-account-token-tracking';
/** It is made anew no oftener: another server, of another opinion, may be taking it away. */
const CREATION_MS_MIN = 30 * 60_000;

export function decide({ existing, createdMs }: TrackingSnapshot, now: number): Decision<TrackingAction> {
  const since = formatTime(now).slice(0, 10);
  if (existing) {
    if (isDate(existing.data?.['since'] ?? '')) return { actions: [] };
    return {
      actions: [{ type: 'updateConfigMap', configMap: { ...existing, data: { ...existing.data, since } } }],
    };
  }
  const afterMs = createdMs === undefined ? 0 : createdMs + CREATION_MS_MIN - now;
  if (afterMs > 0) {
    const message = `${NAMESPACE}/${NAME} was made less than half an hour ago`;
    return { actions: [], waiting: [{ reason: 'CreatedRecently', message, afterMs }] };
  }
  const metadata = { name: NAME, namespace: NAMESPACE };
  return {
    actions: [
      { type: 'createConfigMap', configMap: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { since } } },
    ],
  };
}

/** `2026-11-29`, of a day that there is. */
function isDate(text: string): boolean {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(ms) && formatTime(ms).startsWith(text);
}
