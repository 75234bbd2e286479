/**
 * `pods/x/exec` and `pods/x/attach` over WebSocket and SPDY (`core/v1` PodExecOptions, PodAttachOptions).
 */

import { asStatusError, badRequest, StatusError } from '../../base/status.ts';
import type { AttachOptions, ExecOptions, Session } from '../../client/node-service.ts';
import type { Store } from '../../store/store.ts';
import { isTrue, type ResourceRequest } from '../http/request-info.ts';
import type { UpgradeCall } from '../http/server.ts';
import { acceptChannels, type Channels, type FinalStatus, type WantedChannels } from './channels.ts';
import { findPodTarget, type NodeServices, type PodTarget } from './pod-target.ts';

const SUCCESS = { metadata: {}, status: 'Success' };

/** The words and causes from which kubectl takes the exit code. */
function exitStatus(code: number): FinalStatus {
  if (code === 0) return SUCCESS;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

export async function answerExec(
  call: UpgradeCall & { resource: ResourceRequest },
  store: Store,
  nodes: NodeServices,
): Promise<void> {
  const { info, resource } = call;
  const { query } = info;
  const target = findPodTarget(store, nodes, resource, query.get('container'));
  const command = query.getAll('command');
  if (resource.subresource === 'exec' && command.length === 0)
    throw badRequest('you must specify at least one command for the container');
  const wanted = wantedChannels(query);
  const channels = await acceptChannels(call, wanted);
  const streams: AttachOptions = {
    container: target.container,
    tty: wanted.tty,
    ...(wanted.stdin ? { stdin: channels.stdin } : {}),
    ...(wanted.stdout ? { stdout: channels.stdout } : {}),
    ...(wanted.stderr ? { stderr: channels.stderr } : {}),
  };
  await runSession(channels, () => open(target, resource.subresource, { ...streams, command }));
}

/** A terminal has one output: `stderr` beside `tty` is passed over, as the kubelet does; dashboards always ask for both. Throws 400. */
function wantedChannels(query: URLSearchParams): WantedChannels {
  const wants = (name: string) => query.has(name) && isTrue(query.get(name));
  const [stdin, stdout, stderr, tty] = [wants('stdin'), wants('stdout'), wants('stderr'), wants('tty')];
  const wanted = { stdin, stdout, stderr: stderr && !tty, tty };
  if (!wanted.stdin && !wanted.stdout && !wanted.stderr)
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  return wanted;
}

function open({ node, reference }: PodTarget, subresource: string, options: ExecOptions): Promise<Session> {
  return subresource === 'attach' ? node.attach(reference, options) : node.exec(reference, options);
}

/** After the handshake an error can only travel as the final Status. */
async function runSession(channels: Channels, begin: () => Promise<Session>): Promise<void> {
  try {
    const session = await begin();
    channels.onResize((size) => session.resize(size));
    channels.onClose(() => session.close());
    channels.finish(exitStatus(await session.exit));
  } catch (error) {
    const failure = error instanceof StatusError ? error : asStatusError(error);
    channels.finish({ ...failure.status });
  }
}
