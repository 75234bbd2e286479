#!/usr/bin/env node
/**
 * The `reflet` command line: one file a command in `commands/`.
 */

import { Command } from 'commander';
import { readEnvironment } from '../base/env.ts';
import { createLogger } from '../base/log.ts';
import type { RegisterCommand } from './commands/command.ts';
import { registerConfirm } from './commands/confirm.ts';
import { registerDiff } from './commands/diff.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerDown } from './commands/down.ts';
import { registerGet } from './commands/get.ts';
import { registerKubeconfig } from './commands/kubeconfig.ts';
import { registerLog } from './commands/log.ts';
import { registerPlan } from './commands/plan.ts';
import { registerRecovery } from './commands/recovery.ts';
import { registerSeal } from './commands/seal.ts';
import { registerStatus } from './commands/status.ts';
import { registerToken } from './commands/token.ts';
import { registerUp } from './commands/up.ts';
import { registerWhy } from './commands/why.ts';
import { createOutput } from './output.ts';
import { readOwnPackage } from './version.ts';

/** In the order of `reflet --help`. */
const COMMANDS: readonly RegisterCommand[] = [
  registerUp,
  registerDown,
  registerStatus,
  registerPlan,
  registerLog,
  registerConfirm,
  registerGet,
  registerDiff,
  registerWhy,
  registerSeal,
  registerRecovery,
  registerDoctor,
  registerKubeconfig,
  registerToken,
];

const environment = readEnvironment();
const out = createOutput(process.stdout, environment.colour);
// People at a terminal read the progress lines; a service's log wants more.
const log = createLogger(environment.logLevel ?? (process.argv[2] === 'up' && !process.stderr.isTTY ? 'info' : 'warn'));

const program = new Command('reflet')
  .description('Makes this host follow a git ref: Kubernetes manifests in git, containers in podman.')
  .version(readOwnPackage().version)
  .showHelpAfterError('(reflet --help shows what there is)');
for (const register of COMMANDS) register(program, { environment, out, log });

// `reflet why --rules | head` has all it wants. The daemon stays when its reader goes (commands/up.ts).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (process.argv[2] === 'up') return;
  process.exit(error.code === 'EPIPE' ? (process.exitCode ?? 0) : 1);
});

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`reflet: ${error instanceof Error ? error.message : String(error)}\n`);
  if (environment.logLevel === 'debug') process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  process.exit(1);
}
