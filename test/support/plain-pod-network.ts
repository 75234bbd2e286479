/** A pod network for tests of the agent alone: a namespace and one cable a pod, straight to the host; no bridge, no rules. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { PodAttachment, PodNetwork } from '../../daemon/agent/ports.ts';
import { run } from '../../daemon/base/process.ts';

export interface PlainPodNetwork extends PodNetwork {
  attached(): string[];
}

async function must(...words: string[]): Promise<void> {
  const { exitCode, stderr } = await run('ip', words);
  if (exitCode !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
}

/** `subnet`: three octets, `10.201.7`, of this test's own. `prefix`: of links and namespaces, at most 8 letters. */
export function createPlainPodNetwork(subnet: string, prefix: string): PlainPodNetwork {
  const pods = new Map<string, PodAttachment & { link: string; netns: string }>();
  /** From the uid alone, so that the next agent finds it; a clash of two pods in one test is unlikely enough. */
  const namesOf = (uid: string) => {
    const number = 2 + (createHash('sha256').update(uid).digest().readUInt32BE() % 250);
    const netns = `${prefix}-${uid.slice(0, 13)}`;
    return { ip: `${subnet}.${number}`, netnsPath: `/run/netns/${netns}`, link: `${prefix}${number}`, netns };
  };
  const make = async (uid: string) => {
    const { ip, link, netns } = namesOf(uid);
    pods.set(uid, namesOf(uid));
    if (existsSync(`/run/netns/${netns}`)) return;
    await must('netns', 'add', netns);
    await must('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', netns);
    await must('link', 'set', link, 'up');
    await must('route', 'replace', `${ip}/32`, 'dev', link);
    await must('-n', netns, 'link', 'set', 'lo', 'up');
    await must('-n', netns, 'addr', 'add', `${ip}/32`, 'dev', 'eth0');
    await must('-n', netns, 'link', 'set', 'eth0', 'up');
    await must('-n', netns, 'route', 'add', 'default', 'dev', 'eth0');
  };
  return {
    dnsAddress: `${subnet}.1`,
    attached: () => [...pods.keys()],
    async attach(uid) {
      if (!pods.has(uid)) await make(uid);
      const { ip, netnsPath } = pods.get(uid)!;
      return { ip, netnsPath };
    },
    async detach(uid) {
      const { link, netns, netnsPath } = namesOf(uid);
      pods.delete(uid);
      if (!existsSync(netnsPath)) return;
      await run('ip', ['link', 'del', link]);
      await run('ip', ['netns', 'del', netns]);
    },
  };
}
