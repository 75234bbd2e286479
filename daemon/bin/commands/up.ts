/**
 * `reflet up`: control plane and agent on this host, until stopped.
 */

import { type RawUpOptions, readUpOptions } from '../options.ts';
import { dataDirOption, podCidrOption, type RegisterCommand, serviceCidrOption } from './command.ts';

export const registerUp: RegisterCommand = (program, context) => {
  const { out, log } = context;
  program
    .command('up')
    .description('run control plane and agent on this host, until stopped')
    .addOption(dataDirOption(context))
    .option('--port <port>', 'port of the API', '6443')
    .option('--repo <url|path>', 'follow this remote (https, ssh) or repository of the host instead of hosting one')
    .option('--branch <name>', 'branch to follow', 'main')
    .option('--path <folder>', 'folder of the repository that holds the manifests', '')
    .option('--node-name <name>', 'name of this node (default: the host’s)')
    .addOption(podCidrOption())
    .addOption(serviceCidrOption())
    .option(
      '--allow-remote <remotes...>',
      'HOST[:PORT] that may be called though at this host’s own addresses, or without TLS',
    )
    .option(
      '--allowed-signers <file>',
      'take only commits signed by those in this file (ssh-keygen’s form, GPG keys too)',
    )
    .option('--no-demonstration', 'begin a new repository empty, without a first application')
    .addHelpText(
      'after',
      '\nExamples:\n  reflet up\n  reflet up --repo /srv/desired.git --branch production\n  reflet up --repo https://git.example.org/ops/desired.git\n  reflet up --repo git@git.example.org:ops/desired.git\n  reflet up --data-dir /srv/reflet --port 7443\n',
    )
    .action(async (raw: RawUpOptions) => {
      const { up } = await import('../up.ts');
      // What nobody waited for must not end the daemon; nor must a reader of its output who has gone.
      process.on('unhandledRejection', (reason) => log.error({ err: reason }, 'a failure that nobody handled'));
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
      const running = await up(readUpOptions(raw, context.environment.gitToken), log, out);
      await stopSignal();
      out.line('reflet: stopping; containers go on running (reflet down removes them)');
      await running.stop();
    });
};

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
