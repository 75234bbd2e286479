/** `configz`: the agent's settings as a KubeletConfiguration (`kubelet.config.k8s.io/v1beta1`): what is so, not what could be set. Pure. */

import { LOG_BYTES_MAX, LOG_FILES_MAX } from '../logs/rotate.ts';
import { evictionThresholds, PODS_MAX } from '../node/render-node.ts';

export interface ConfigurationFacts {
  clusterDomain: string;
  clusterDns: string;
  /** `cgroupfs` or `systemd` */
  cgroupManager: string;
  podmanSocket: string;
}

export function kubeletConfiguration(facts: ConfigurationFacts): object {
  return {
    kubeletconfig: {
      clusterDomain: facts.clusterDomain,
      clusterDNS: [facts.clusterDns],
      nodeStatusUpdateFrequency: '10s',
      nodeStatusReportFrequency: '5m0s',
      nodeLeaseDurationSeconds: 40,
      cgroupDriver: facts.cgroupManager,
      cgroupsPerQOS: false,
      cpuManagerPolicy: 'none',
      memoryManagerPolicy: 'None',
      topologyManagerPolicy: 'none',
      maxPods: PODS_MAX,
      podPidsLimit: -1,
      serializeImagePulls: false,
      evictionHard: evictionThresholds(),
      enableControllerAttachDetach: true,
      containerLogMaxSize: `${LOG_BYTES_MAX / 2 ** 20}Mi`,
      containerLogMaxFiles: LOG_FILES_MAX,
      configMapAndSecretChangeDetectionStrategy: 'Watch',
      failSwapOn: false,
      enableSystemLogHandler: false,
      containerRuntimeEndpoint: `unix://${facts.podmanSocket}`,
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
    },
  };
}
