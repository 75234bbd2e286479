/**
 * Opens the git layer over the kernel: the admission it shares with the API, readers and editors of manifests, Events.
 */

import { admitDelete } from '../admission/admit-delete.ts';
import { admitManifest } from '../admission/admit-manifest.ts';
import { admitTreeInSteps } from '../admission/admit-tree.ts';
import type { NodeServices } from '../api/stream/pod-target.ts';
import { systemClock, systemIds, systemRandom } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { StatusError } from '../base/status.ts';
import { createManifestEditor } from '../git/manifest-editor.ts';
import { createGitManifestReader } from '../git/manifest-reader.ts';
import { createOutgoing } from '../git/outgoing/outgoing.ts';
import type { AdmissionPort, EventSink } from '../git/ports.ts';
import { type GitService, startGit } from '../git/service.ts';
import { openStateKey } from '../git/state/sealed.ts';
import { createEventRecorder } from '../runtime/events.ts';
import { openKeyring } from '../sops/key-file.ts';
import type { ManifestReader } from '../yaml/pool.ts';
import type { Kernel } from './kernel.ts';
import type { UpOptions } from './options.ts';
import { pathsOf } from './paths.ts';
import { createPodLogs } from './pod-logs.ts';

function admissionPort({ context }: Kernel): AdmissionPort {
  const { admission, grants } = context;
  return {
    environment: admission,
    admitTreeInSteps,
    admitManifest,
    refuseDelete: async (kind, key, user, dryRun) => {
      const live = admission.cluster.get(kind.resource, key);
      return (await admitDelete(admission, { kind, key, user, live, dryRun }))?.message;
    },
    refuseGrant: (kind, next, old, user, pushed) => {
      try {
        grants.check(kind, next, old, user, { pushed });
        return undefined;
      } catch (error) {
        if (error instanceof StatusError) return error.message;
        throw error;
      }
    },
  };
}

function eventSink(kernel: Kernel, log: Logger): EventSink {
  const client = kernel.clientFor('system:reflet:git', ['system:masters'], 'reflet-git');
  const recorder = createEventRecorder(client, { clock: systemClock, log, component: 'reflet-git' });
  return { event: (about, type, reason, message) => recorder.record({ regarding: about, type, reason, message }) };
}

/** Resolves when the branch's tip is in force, and the API's writes go through git where they should. */
export async function openGit(
  kernel: Kernel,
  options: UpOptions & { nodes: NodeServices },
  manifests: ManifestReader,
  log: Logger,
): Promise<GitService> {
  const { context, store } = kernel;
  const keyring = await openKeyring(pathsOf(options.dataDir).keys, systemClock);
  const git = await startGit({
    dataDir: options.dataDir,
    ...(options.repository ? { repositoryPath: options.repository } : {}),
    ...(options.remote
      ? { remote: { remote: options.remote, token: options.gitToken, allowed: options.allowedRemotes } }
      : {}),
    branch: options.branch,
    ...(options.allowedSigners ? { allowedSigners: options.allowedSigners } : {}),
    folder: options.path,
    store,
    registry: context.registry,
    schemas: context.schemas,
    admission: admissionPort(kernel),
    authorizer: context.authorizer,
    manifests: createGitManifestReader(manifests, keyring),
    editor: createManifestEditor(context.schemas, keyring),
    recipients: keyring.recipients,
    stateKey: await openStateKey(pathsOf(options.dataDir).keys),
    clock: systemClock,
    ids: systemIds,
    random: systemRandom,
    podLogs: createPodLogs(options.nodes),
    outgoing: createOutgoing({ allowed: options.allowedRemotes }),
    log,
    events: eventSink(kernel, log),
  });
  kernel.persistWith((runtime) => git.persistence(runtime));
  kernel.rememberWith(git.history);
  return git;
}
