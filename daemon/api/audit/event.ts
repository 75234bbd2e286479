/**
 * One audit event (`audit.k8s.io/v1` Event): a request at one stage, as plain JSON. Pure.
 */

import type { Attributes, UserInfo } from '../../auth/user.ts';
import type { Status } from '../../base/status.ts';
import type { AuditLevel, AuditStage } from './policy.ts';

/** The commit that a write became. */
export const COMMIT_ANNOTATION = 'reflet.dev/commit';
/** Bodies that are larger are left out of the event, which then says so: a line must stay readable, and the log bounded. */
export const BODY_BYTES_MAX = 1024 * 1024;
export const TRUNCATED_ANNOTATION = 'audit.k8s.io/truncated';

export interface AuditEvent {
  kind: 'Event';
  apiVersion: 'audit.k8s.io/v1';
  level: AuditLevel;
  auditID: string;
  stage: AuditStage;
  requestURI: string;
  verb: string;
  user: object;
  impersonatedUser?: object;
  sourceIPs?: readonly string[];
  userAgent?: string;
  objectRef?: Record<string, string>;
  responseStatus?: object;
  requestObject?: unknown;
  responseObject?: unknown;
  requestReceivedTimestamp: string;
  stageTimestamp: string;
  annotations?: Record<string, string>;
}

export function auditedUser({ username, uid, groups, extra }: UserInfo): object {
  return {
    username,
    ...(uid ? { uid } : {}),
    groups,
    ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** Undefined for a request that names no resource. */
export function objectReferenceOf(attributes: Attributes): Record<string, string> | undefined {
  if (!('resource' in attributes)) return undefined;
  const { resource, namespace, name, group, version, subresource } = attributes;
  const all = { resource, namespace, name, apiGroup: group, apiVersion: version, subresource };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

export function responseStatusOf(code: number, failure: Status | undefined): object {
  if (!failure) return { metadata: {}, code };
  const { status, message, reason, details } = failure;
  return { metadata: {}, status, message, reason, ...(details ? { details } : {}), code };
}

/** The same without `metadata.managedFields`, of an object or of each of a list. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { metadata, items, ...rest } = value as { metadata?: Record<string, unknown>; items?: unknown[] };
  const { managedFields: _, ...kept } = metadata ?? {};
  return {
    ...rest,
    ...(metadata ? { metadata: kept } : {}),
    ...(Array.isArray(items) ? { items: items.map(withoutManagedFields) } : items === undefined ? {} : { items }),
  };
}
