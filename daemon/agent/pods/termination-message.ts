/**
 * A container's last words: its termination message, or the end of its log (`terminationMessagePolicy`).
 */

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Container } from '../../kinds/types.generated.ts';
import { LineSplitter, parseLogLine, renderLogLine } from '../logs/log-line.ts';

/** `MaxContainerTerminationMessageLength` and its log counterparts. */
const MESSAGE_BYTES_MAX = 4096;
const LOG_BYTES_MAX = 2048;
const LOG_LINES_MAX = 80;
/** Log lines carry a time and a stream each: enough for the message's bytes. */
const LOG_READ_BYTES = 16 * 1024;

/** At most `bytes` from the end (or, with `head`, from the beginning) of a file; `''` when it cannot be read. Links are not followed. */
function readPart(path: string, bytes: number, head: boolean): Buffer {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return Buffer.alloc(0);
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const length = readSync(descriptor, buffer, 0, buffer.length, head ? 0 : Math.max(0, size - bytes));
    return buffer.subarray(0, length);
  } catch {
    return Buffer.alloc(0);
  } finally {
    closeSync(descriptor);
  }
}

export function readTerminationMessage(
  container: Readonly<Container>,
  exitCode: number,
  messagePath: string,
  logPath: string,
): string {
  const own = readPart(messagePath, MESSAGE_BYTES_MAX, true).toString('utf8');
  if (own !== '' || container.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return own;
  const lines: Buffer[] = [];
  for (const line of new LineSplitter().push(readPart(logPath, LOG_READ_BYTES, false))) {
    const parsed = parseLogLine(line);
    if (parsed) lines.push(renderLogLine(parsed, false));
  }
  const text = Buffer.concat(lines.slice(-LOG_LINES_MAX));
  return text.subarray(Math.max(0, text.length - LOG_BYTES_MAX)).toString('utf8');
}
