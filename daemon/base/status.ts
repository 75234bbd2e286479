/**
 * `meta/v1` Status: how the API answers errors, and the one error class that carries it.
 * Messages are those of the Kubernetes API server (`apimachinery/pkg/api/errors`), because kubectl prints them verbatim.
 */

import { aggregateMessage, type FieldError, toCause } from './field.ts';

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** An error that is an answer: everything a client is told about it stands in `status`. */
export class StatusError extends Error {
  readonly status: Status;
  /** What there was to warn of before it failed; told beside the error. */
  warnings: readonly string[] = [];

  constructor(code: number, reason: string, message: string, details?: StatusDetails, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StatusError';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    };
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

/** The error, telling `warnings` too. */
export function withWarnings(error: unknown, warnings: readonly string[]): unknown {
  if (error instanceof StatusError) error.warnings = [...warnings, ...error.warnings];
  return error;
}

/** The plural resource an error speaks of: `{group: 'apps', resource: 'deployments'}`. */
export interface GroupResource {
  group: string;
  resource: string;
}

/** `deployments.apps`, or `pods` for the core group. */
function formatGroupResource({ group, resource }: GroupResource): string {
  return group ? `${resource}.${group}` : resource;
}

const detailsOf = (resource: GroupResource, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(resource.group ? { group: resource.group } : {}),
  ...(resource.resource ? { kind: resource.resource } : {}),
});

export function notFound(resource: GroupResource, name: string): StatusError {
  const message = `${formatGroupResource(resource)} "${name}" not found`;
  return new StatusError(404, 'NotFound', message, detailsOf(resource, name));
}

export function alreadyExists(resource: GroupResource, name: string): StatusError {
  const message = `${formatGroupResource(resource)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, detailsOf(resource, name));
}

export function conflict(resource: GroupResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${formatGroupResource(resource)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, detailsOf(resource, name));
}

/** The conflict of an update that carries a stale resourceVersion. */
export function staleObject(resource: GroupResource, name: string): StatusError {
  return conflict(
    resource,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function forbidden(resource: GroupResource, name: string, why: string): StatusError {
  const subject = resource.resource ? `${formatGroupResource(resource)} ` : '';
  const named = subject ? `${subject}"${name}" is forbidden: ${why}` : `forbidden: ${why}`;
  const message = !name && subject ? `${subject}is forbidden: ${why}` : named;
  return new StatusError(403, 'Forbidden', message, detailsOf(resource, name));
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function unauthorized(message = 'Unauthorized'): StatusError {
  return new StatusError(401, 'Unauthorized', message);
}

export function methodNotSupported(resource: GroupResource, action: string): StatusError {
  const message = `${action} is not supported on resources of kind "${formatGroupResource(resource)}"`;
  return new StatusError(405, 'MethodNotAllowed', message, detailsOf(resource, ''));
}

/** 410: the revision asked for has been compacted away. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, 'TooManyRequests', message, { retryAfterSeconds });
}

export function internalError(cause: unknown): StatusError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const message = `Internal error occurred: ${text}`;
  return new StatusError(500, 'InternalError', message, { causes: [{ message: text }] }, { cause });
}

/** `retryAfterSeconds` 0: nothing is said of when to try again. */
export function serviceUnavailable(message: string, retryAfterSeconds = 1): StatusError {
  return new StatusError(503, 'ServiceUnavailable', message, retryAfterSeconds > 0 ? { retryAfterSeconds } : undefined);
}

/** As much of a name as an answer repeats: whoever sent a longer one knows it. */
const NAME_SHOWN_MAX = 1_024;

/** 422: an object that is well-formed and wrong. `errors` must not be empty. */
export function invalid(
  kind: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const qualified = kind.group ? `${kind.kind}.${kind.group}` : kind.kind;
  const shown = name.length > NAME_SHOWN_MAX ? `${name.slice(0, NAME_SHOWN_MAX).toWellFormed()}…` : name;
  const details: StatusDetails = {
    ...(shown ? { name: shown } : {}),
    ...(kind.group ? { group: kind.group } : {}),
    ...(kind.kind ? { kind: kind.kind } : {}),
    causes: errors.map(toCause),
  };
  return new StatusError(422, 'Invalid', `${qualified} "${shown}" is invalid: ${aggregateMessage(errors)}`, details);
}

/** Turns whatever was thrown into a StatusError; a programmer's error becomes 500 and keeps its cause. */
export function asStatusError(error: unknown): StatusError {
  return error instanceof StatusError ? error : internalError(error);
}

/** True when `error` is a StatusError with that reason, for example `NotFound`. */
export function isReason(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}
