/**
 * What an attempt of a probe came to, and the words for it.
 */

export interface ProbeOutcome {
  success: boolean;
  message: string;
  /** The probe could not be made at all (no such command, no such port): it says nothing of the container, and does not count. */
  errored?: true;
  /** It succeeded, but its author may have meant something else; `message` says what. */
  warning?: true;
}

export const errored = (message: string): ProbeOutcome => ({ success: false, message, errored: true });

/** Go's JoinHostPort. */
export const joinHostPort = (host: string, port: number) =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ECONNRESET: 'read: connection reset by peer',
  ENOTFOUND: 'lookup: no such host',
};

export const reasonOf = (error: NodeJS.ErrnoException) => REASONS[error.code ?? ''] ?? error.message;
