/**
 * `pods/x/exec` and `pods/x/attach` over WebSocket and SPDY (`core/v1` PodExecOptions, PodAttachOptions).
 */

import { asStatusError, badRequest, StatusError } from '../../base/status.ts';
import type { AttachOptions, ExecOptions, Session } from '../../client/node-service.ts';
import type { Store } from '../../store/store.ts';
import { isTrue, type ResourceRequest } from '../http/request-info.ts';
import type { UpgradeCall } from '../http/server.ts';
import { acceptChannels, type Channels, type FinalStatus } from './channels.ts';
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
  const command = query.getAll('command');
  if (resource.subresource === 'exec' && command.length === 0)
    throw badRequest('you must specify at least one command for the container');
  const wants = (name: string) => query.has(name) && isTrue(query.get(name));
  const tty = wants('tty');
  if (tty && wants('stderr')) throw badRequest('tty and stderr cannot both be true');
  if (!wants('stdin') && !wants('stdout') && !wants('stderr'))
    throw badRequest('at least one of stdin, stdout, stderr must be true');
  const target = findPodTarget(store, nodes, resource, query.get('container'));
  const wanted = { stdin: wants('stdin'), stdout: wants('stdout'), stderr: wants('stderr'), tty };
  const channels = await acceptChannels(call, wanted);
  const streams: AttachOptions = {
    container: target.container,
    tty,
    ...(wanted.stdin ? { stdin: channels.stdin } : {}),
    ...(wanted.stdout ? { stdout: channels.stdout } : {}),
    ...(wanted.stderr ? { stderr: channels.stderr } : {}),
  };
  await runSession(channels, () => open(target, resource.subresource, { ...streams, command }));
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
