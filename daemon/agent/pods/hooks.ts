/**
 * Lifecycle hooks: postStart and preStop by exec, HTTP or sleep.
 */

import type { Clock } from '../../base/clock.ts';
import { sleep } from '../../base/clock.ts';
import type { Container, LifecycleHandler } from '../../kinds/types.generated.ts';
import type { RuntimeExec } from '../exec/runtime-exec.ts';
import { attempt } from '../probes/attempt.ts';

export interface HookTarget {
  containerId: string;
  container: Readonly<Container>;
  ip: string;
}

export interface HookOutcome {
  ok: boolean;
  message: string;
}

/** Ends at `timeoutMs` at the latest, or when `signal` is aborted; then it counts as failed. */
export async function runHook(
  handler: Readonly<LifecycleHandler>,
  target: HookTarget,
  { exec, clock, timeoutMs, signal }: { exec: RuntimeExec; clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<HookOutcome> {
  if (handler.exec) {
    const { exitCode, output } = await exec.run(target.containerId, { command: handler.exec.command ?? [], timeoutMs });
    if (exitCode === 0) return { ok: true, message: '' };
    return { ok: false, message: `command exited with ${exitCode}: ${output.trim()}` };
  }
  if (handler.sleep) {
    await sleep(clock, Math.min(timeoutMs, handler.sleep.seconds * 1000), signal);
    return { ok: !signal.aborted, message: signal.aborted ? 'interrupted' : '' };
  }
  if (!handler.httpGet) return { ok: true, message: '' };
  const probe = { httpGet: handler.httpGet, timeoutSeconds: timeoutMs / 1000 };
  const { success, message } = await attempt(probe, target, exec);
  return { ok: success, message };
}
