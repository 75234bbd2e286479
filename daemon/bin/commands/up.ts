/**
 * `reflet up`: control plane and agent on this host, until stopped.
 */

import type { Command } from 'commander';
import type { RawUpOptions } from '../options.ts';
import { dataDirOption, podCidrOption, type RegisterCommand, serviceCidrOption } from './command.ts';

/** Whom to know beside certificates and service accounts, as kube-apiserver's flags of these names. */
function addAuthentication(command: Command): Command {
  return command
    .option('--token-auth-file <file>', 'static tokens, one `token,user,uid,"group1,group2"` a line')
    .option(
      '--authentication-config <file>',
      'AuthenticationConfiguration: OpenID providers with rules and mappings, paths for anonymous requests',
    )
    .option('--oidc-issuer-url <url>', 'take ID tokens of this OpenID provider')
    .option('--oidc-client-id <id>', 'the audience that its tokens must have')
    .option('--oidc-username-claim <claim>', 'claim that is the user’s name (default: sub)')
    .option('--oidc-username-prefix <prefix>', 'put before it; `-` for none (default: the issuer and `#`)')
    .option('--oidc-groups-claim <claim>', 'claim that lists the user’s groups')
    .option('--oidc-groups-prefix <prefix>', 'put before each of them')
    .option('--oidc-required-claim <claim=value...>', 'claims that a token must have')
    .option('--oidc-signing-algs <algorithms>', 'JOSE algorithms to accept, by commas (default: RS256)')
    .option('--oidc-ca-file <file>', 'authorities by which to verify the provider, in PEM')
    .option(
      '--service-account-extend-token-expiration [true|false]',
      'let pods’ tokens be good for a year, and tell who uses one that is older than an hour (default: true)',
    );
}

/** What is written down of requests, as kube-apiserver's flags of these names. */
function addAudit(command: Command): Command {
  return command
    .option('--audit-policy-file <file>', 'audit.k8s.io/v1 Policy: of what how much (default: every write)')
    .option('--audit-log-path <file>', 'where to (default: audit/audit.log of the data directory)')
    .option('--audit-log-maxsize <MiB>', 'begin a new file at this size (default: 64)')
    .option('--audit-log-maxbackup <count>', 'older files to keep; 0 for all (default: 7)')
    .option('--audit-log-maxage <days>', 'days to keep them; 0 for ever (default: 30)');
}

export const registerUp: RegisterCommand = (program, context) => {
  const { out, log } = context;
  const command = program
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
    .option(
      '--admission-control-config-file <file>',
      'AdmissionConfiguration: defaults and exemptions of PodSecurity, limited resources of ResourceQuota',
    )
    .option('--no-demonstration', 'begin a new repository empty, without a first application');
  addAudit(addAuthentication(command))
    .addHelpText(
      'after',
      '\nExamples:\n  reflet up\n  reflet up --repo /srv/desired.git --branch production\n  reflet up --repo https://git.example.org/ops/desired.git\n  reflet up --repo git@git.example.org:ops/desired.git\n  reflet up --data-dir /srv/reflet --port 7443\n',
    )
    .action(async (raw: RawUpOptions) => {
      const { up } = await import('../up.ts');
      const { readUpOptions } = await import('../options.ts');
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
