/**
 * A program: the control plane alone (no node) in a process of its own, so that what asks it does not share its processor time, and so that it can be
 * killed. Arguments: the data directory, the port, optionally a repository. Prints one JSON line when it serves, and for each line of its input how long
 * its event loop was held at most since the last one, and whether all is done that it puts off until after its start; ends when its input ends.
 */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createLogger } from '../../../daemon/base/log.ts';
import { startControlPlane } from '../../../daemon/bin/control-plane.ts';

const [dataDir = '', port = '0', repository] = process.argv.slice(2);
await mkdir(join(dataDir, 'run'), { recursive: true });
/** Milliseconds since the process began at which each step of starting began. */
const steps: { text: string; atMs: number }[] = [];
const controlPlane = await startControlPlane({
  dataDir,
  port: Number(port),
  ...(repository ? { repository } : {}),
  branch: 'main',
  path: '',
  nodeName: 'bench',
  podCidr: '10.244.0.0/16',
  serviceCidr: '10.96.0.0/16',
  demonstration: false,
  allowedRemotes: [],
  log: createLogger('warn'),
  nodes: () => undefined,
  progress: (text) => steps.push({ text, atMs: performance.now() }),
});
await controlPlane.follow();
process.stdout.write(`${JSON.stringify({ port: controlPlane.port, steps, readyMs: performance.now() })}\n`);
const held = monitorEventLoopDelay({ resolution: 1 });
held.enable();
let isWarm = false;
void controlPlane.warmed.then(() => {
  isWarm = true;
});
process.stdin.on('data', () => {
  process.stdout.write(`${JSON.stringify({ heldMsMax: held.max / 1e6, isWarm })}\n`);
  held.reset();
});
process.stdin.on('end', () => void controlPlane.stop().then(() => process.exit(0)));
process.stdin.resume();
