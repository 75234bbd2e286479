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
  const make = async (uid: string) => {
    // Found again by the next agent; a clash of two pods in one test is unlikely enough.
    const number = 2 + (createHash('sha256').update(uid).digest().readUInt32BE() % 250);
    const netns = `${prefix}-${uid.slice(0, 13)}`;
    const link = `${prefix}${number}`;
    const ip = `${subnet}.${number}`;
    pods.set(uid, { ip, netnsPath: `/run/netns/${netns}`, link, netns });
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
      const known = pods.get(uid);
      if (!known) return;
      pods.delete(uid);
      await run('ip', ['link', 'del', known.link]);
      await run('ip', ['netns', 'del', known.netns]);
    },
  };
}
