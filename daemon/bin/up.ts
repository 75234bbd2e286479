/**
 * `reflet up`: control plane and agent in one process on this host, until it is told to stop.
 */

import { mkdir } from 'node:fs/promises';
import { formatIpv4Range, parseIpv4Range } from '../base/ipv4.ts';
import type { Logger, OutputLogger } from '../base/log.ts';
import { hostRepository } from '../git/repository.ts';
import type { GitService } from '../git/service.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { ensureHelloImage, HELLO_PORT, seedRepository } from './demonstration.ts';
import { acquireDirectory, acquireHost } from './lock.ts';
import { type RunningNode, startNode } from './node.ts';
import type { UpOptions } from './options.ts';
import type { Output } from './output.ts';
import { pathsOf } from './paths.ts';
import { podmanEnvironment } from './podman-environment.ts';

/** This node's /24: the first of the pods' network, as the address controller gives to the first node. */
export function firstNodeCidr(podCidr: string): string {
  return formatIpv4Range({ base: parseIpv4Range(podCidr)!.base, bits: 24 });
}

export interface Up {
  readonly controlPlane: ControlPlane;
  readonly node: RunningNode;
  stop(): Promise<void>;
}

export async function up(options: UpOptions, log: OutputLogger, out: Output): Promise<Up> {
  const paths = pathsOf(options.dataDir);
  const progress = (text: string) => out.line(`reflet: ${text}`);
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const releaseDirectory = await acquireDirectory(paths.run, options.dataDir);
  const releaseHost = await acquireHost(options.dataDir);
  const fresh =
    options.demonstration &&
    !options.repository &&
    !options.remote &&
    (await seedFirstApplication(options, log, progress));
  let node: RunningNode | undefined;
  const controlPlane = await startControlPlane({ ...options, log, progress, nodes: () => node?.agent.nodeService });
  node = await startNode({
    client: controlPlane.kernel.clientFor(`system:node:${options.nodeName}`, ['system:nodes'], 'kubelet'),
    proxyClient: controlPlane.kernel.clientFor('system:kube-proxy', [], 'kube-proxy'),
    nodeName: options.nodeName,
    nodeIp: controlPlane.hostIp,
    podCidr: options.podCidr,
    nodeCidr: firstNodeCidr(options.podCidr),
    serviceCidr: options.serviceCidr,
    directory: paths.agent,
    log,
    progress,
  });
  const git = await controlPlane.follow();
  announce(options, controlPlane, git, fresh, out);
  return {
    controlPlane,
    node,
    async stop() {
      await node?.stop();
      await controlPlane.stop();
      await releaseHost();
      await releaseDirectory();
    },
  };
}

/** A new hosted repository begins with a small application; resolves with whether it was made now. */
async function seedFirstApplication(
  options: UpOptions,
  log: Logger,
  progress: (text: string) => void,
): Promise<boolean> {
  const paths = pathsOf(options.dataDir);
  await hostRepository(paths.hostedRepository, options.branch, `${options.dataDir}/hooks`);
  const seeded = await seedRepository(paths.hostedRepository, options.branch);
  if (!seeded) return false;
  progress('making the image of a first application (no registry needed)');
  await ensureHelloImage(await podmanEnvironment(paths.agent, log));
  return true;
}

function announce(
  options: UpOptions,
  { port, hostIp }: ControlPlane,
  { repository, engine }: GitService,
  fresh: boolean,
  out: Output,
): void {
  const { kubeconfig } = pathsOf(options.dataDir);
  out.line('reflet: ready');
  out.line('');
  out.line(`  repository   ${repository.gitDir} (branch ${options.branch})`);
  out.line(`               git clone ${repository.gitDir}`);
  if (repository.mirrorOf) out.line(`               a mirror of ${repository.mirrorOf}: push there`);
  else if (!options.repository) out.line(`               or over HTTPS: https://${hostIp}:${port}/git/desired.git`);
  out.line(`  kubeconfig   export KUBECONFIG=${kubeconfig}`);
  if (engine.secrets.recipients[0])
    out.line(`  secrets      encrypted for ${engine.secrets.recipients[0]} (reflet seal)`);
  if (fresh) out.line(`  application  http://127.0.0.1:${HELLO_PORT}/`);
  out.line('');
}
