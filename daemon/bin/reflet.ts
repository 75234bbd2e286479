#!/usr/bin/env node
/**
 * The `reflet` command line. Commands do their work in files of their own; here they only get their options and their exit codes.
 */

import { Command, Option } from 'commander';
import { readEnvironment } from '../base/env.ts';
import { createLogger } from '../base/log.ts';
import { openAdminClient } from './kubeconfig.ts';
import { pathsOf, type RawUpOptions, readUpOptions } from './options.ts';
import { createOutput } from './output.ts';
import { readOwnPackage } from './version.ts';

const environment = readEnvironment();
const out = createOutput(process.stdout, environment.colour);
// People at a terminal read the progress lines; a service's log wants more.
const log = createLogger(environment.logLevel ?? (process.argv[2] === 'up' && !process.stderr.isTTY ? 'info' : 'warn'));

const program = new Command('reflet')
  .description('Makes this host follow a git ref: Kubernetes manifests in git, containers in podman.')
  .version(readOwnPackage().version)
  .showHelpAfterError('(reflet --help shows what there is)');

const dataDir = () =>
  new Option('--data-dir <dir>', 'where state, keys and the repository are kept').default(
    environment.dataDir ?? '/var/lib/reflet',
  );
const podCidr = () => new Option('--pod-cidr <cidr>', 'network of the pods').default('10.244.0.0/16');
const serviceCidr = () => new Option('--service-cidr <cidr>', 'network of the services').default('10.96.0.0/16');
const json = () => new Option('-o, --output <form>', 'how to print').choices(['text', 'json']).default('text');

program
  .command('up')
  .description('run control plane and agent on this host, until stopped')
  .addOption(dataDir())
  .option('--port <port>', 'port of the API', '6443')
  .option('--repo <path>', 'follow this repository of the host instead of hosting one')
  .option('--branch <name>', 'branch to follow', 'main')
  .option('--path <folder>', 'folder of the repository that holds the manifests', '')
  .option('--node-name <name>', 'name of this node (default: the host’s)')
  .addOption(podCidr())
  .addOption(serviceCidr())
  .option('--no-demonstration', 'begin a new repository empty, without a first application')
  .addHelpText(
    'after',
    '\nExamples:\n  reflet up\n  reflet up --repo /srv/desired.git --branch production\n  reflet up --data-dir /srv/reflet --port 7443\n',
  )
  .action(async (raw: RawUpOptions) => {
    const { up } = await import('./up.ts');
    // What nobody waited for must not end the daemon; nor must a reader of its output who has gone.
    process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'a failure that nobody handled'));
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
    const running = await up(readUpOptions(raw), log, out);
    await stopSignal();
    out.line('reflet: stopping; containers go on running (reflet down removes them)');
    await running.stop();
  });

program
  .command('down')
  .description('remove every container, network and rule that reflet made on this host; state and repository stay')
  .addOption(dataDir())
  .addOption(podCidr())
  .addOption(serviceCidr())
  .addHelpText('after', '\nExample:\n  reflet down --data-dir /srv/reflet\n')
  .action(async (options: { dataDir: string; podCidr: string; serviceCidr: string }) => {
    const { down } = await import('./down.ts');
    await down(options, log, out);
  });

program
  .command('status')
  .description('the commit in force, the nodes and the workloads; exit code 1 while something is not healthy')
  .addOption(dataDir())
  .addOption(json())
  .addHelpText('after', '\nExamples:\n  reflet status\n  reflet status -o json\n')
  .action(async (options: { dataDir: string; output: string }) => {
    const { readStatus, printStatus } = await import('./status.ts');
    const client = await openAdminClient(pathsOf(options.dataDir).kubeconfig);
    process.exitCode = printStatus(await readStatus(client), options.output === 'json', out);
    client.close();
  });

program
  .command('log')
  .description('commits of the followed branch, and which one is in force')
  .addOption(dataDir())
  .addOption(json())
  .option('-n, --max-count <number>', 'how many', '20')
  .addHelpText('after', '\nExample:\n  reflet log -n 5\n')
  .action(async (options: { dataDir: string; output: string; maxCount: string }) => {
    const limit = Number(options.maxCount);
    if (!Number.isInteger(limit) || limit < 1)
      throw new Error(`--max-count ${options.maxCount}: expected a number from 1`);
    const { readStatusDocument } = await import('./status.ts');
    const { printLog } = await import('./commit-log.ts');
    const client = await openAdminClient(pathsOf(options.dataDir).kubeconfig);
    const status = await readStatusDocument(client);
    client.close();
    process.exitCode = await printLog(status.repository, status.ref, limit, status, options.output === 'json', out);
  });

program
  .command('doctor')
  .description(
    'check this host: podman, iptables, git, kernel settings, ports, disk; exit code 1 when something must be mended',
  )
  .addOption(dataDir())
  .option('--port <port>', 'port that the API would take', '6443')
  .addOption(json())
  .addHelpText('after', '\nExample:\n  reflet doctor -o json\n')
  .action(async (options: { dataDir: string; port: string; output: string }) => {
    const { doctor } = await import('./doctor.ts');
    const { tryRuntime } = await import('./podman-environment.ts');
    const settings = { dataDir: options.dataDir, port: Number(options.port), json: options.output === 'json' };
    process.exitCode = await doctor({ ...settings, tryRuntime: () => tryRuntime(log) }, out);
  });

program
  .command('kubeconfig')
  .description('print the administrator’s kubeconfig')
  .addOption(dataDir())
  .addHelpText('after', '\nExample:\n  reflet kubeconfig > ~/.kube/config\n')
  .action(async (options: { dataDir: string }) => {
    const { readFile } = await import('node:fs/promises');
    const path = pathsOf(options.dataDir).kubeconfig;
    const text = await readFile(path, 'utf8').catch(() => {
      throw new Error(`${path}: there is none yet: start reflet with \`reflet up\``);
    });
    process.stdout.write(text);
  });

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => {}, 1 << 30);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        clearInterval(keepAlive);
        resolve();
      });
    }
  });
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`reflet: ${error instanceof Error ? error.message : String(error)}\n`);
  if (environment.logLevel === 'debug') process.stderr.write(`${error instanceof Error ? error.stack : ''}\n`);
  process.exit(1);
}
