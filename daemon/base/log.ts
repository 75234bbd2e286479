/**
 * Structured logs (pino). A component gets a `Logger` by argument; secrets' values must never be passed to it.
 */

import { pino } from 'pino';

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: Record<string, string>): Logger;
}

/** One that writes somewhere. */
export interface OutputLogger extends Logger {
  /** Calls `written` when all that was logged so far is. */
  flush(written: () => void): void;
}

/** JSON lines on standard error, so that standard output stays the command's own. */
export function createLogger(level: string): OutputLogger {
  return pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false, minLength: 1 }), // without a length, `flush` waits for nothing
  );
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};
