/**
 * What a hook hands over, decoded. Pure. The sender is the host's administrator (the socket is 0600), but what it repeats comes from a push.
 */

import { REF_UPDATES_MAX } from '../limits.ts';
import { HOOK_ENVIRONMENT, HOOK_NAMES, type HookName } from './program.ts';

export interface RefUpdate {
  readonly ref: string;
  /** Undefined: did not exist, or (reference-transaction) any. */
  readonly from: string | undefined;
  /** Undefined: deleted. */
  readonly to: string | undefined;
}

export interface HookRequest {
  readonly hook: HookName;
  /** `prepared`, `committed` or `aborted` of a reference-transaction. */
  readonly argument: string;
  /** The git process that runs the hook. */
  readonly parentPid: number;
  readonly environment: Readonly<Partial<Record<(typeof HOOK_ENVIRONMENT)[number], string>>>;
  /** `git push -o …` */
  readonly options: readonly string[];
  readonly updates: readonly RefUpdate[];
  /** Of a pre-receive: how many there are; of more than may be moved only the first are in {@link updates}. */
  readonly updatesTotal: number;
}

/** Throws an Error for what no hook program of ours sends. */
export function parseHookRequest(bytes: Buffer): HookRequest {
  const end = bytes.indexOf('\0\0');
  if (end < 0) throw new Error('hook request: no end of its pairs');
  const environment: Record<string, string> = {};
  const options: string[] = [];
  const fields: Record<string, string> = {};
  for (const pair of bytes.toString('utf8', 0, end).split('\0')) {
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals);
    const value = pair.slice(equals + 1);
    if (name === 'option') options.push(value);
    else if ((HOOK_ENVIRONMENT as readonly string[]).includes(name)) environment[name] = value;
    else fields[name] = value;
  }
  const hook = HOOK_NAMES.find((name) => name === fields['hook']);
  if (!hook) throw new Error(`hook request: unknown hook ${JSON.stringify(fields['hook'])}`);
  return {
    hook,
    argument: fields['argument'] ?? '',
    parentPid: Number(fields['parent'] ?? 0),
    environment,
    options,
    ...readUpdates(bytes.subarray(end + 2), hook === 'pre-receive' ? REF_UPDATES_MAX : Number.POSITIVE_INFINITY),
  };
}

/** Whoever pushes chooses how many there are: those beyond `countMax` are counted only. */
function readUpdates(bytes: Buffer, countMax: number): Pick<HookRequest, 'updates' | 'updatesTotal'> {
  let updatesTotal = 0;
  let end = bytes.length;
  for (let at = bytes.indexOf('\n'); at >= 0; at = bytes.indexOf('\n', at + 1)) {
    updatesTotal++;
    if (updatesTotal === countMax) end = at + 1;
  }
  return { updates: parseUpdates(bytes.toString('utf8', 0, end)), updatesTotal };
}

function parseUpdates(text: string): RefUpdate[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const parts = /^([0-9a-f]{40}) ([0-9a-f]{40}) (.+)$/.exec(line);
      if (!parts) throw new Error(`hook request: not a ref update: ${JSON.stringify(line.slice(0, 200))}`);
      return { from: objectId(parts[1]!), to: objectId(parts[2]!), ref: parts[3]! };
    });
}

const objectId = (text: string): string | undefined => (/^0+$/.test(text) ? undefined : text);
