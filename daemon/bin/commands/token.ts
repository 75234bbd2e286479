/**
 * `reflet token`: bootstrap tokens, made, listed and deleted.
 */

import type { Command } from 'commander';
import { type CommandContext, dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

const DEFAULT_GROUP = 'system:bootstrappers:reflet:default-node-token';

export const registerToken: RegisterCommand = (program, context) => {
  const token = program
    .command('token')
    .description('bootstrap tokens, by which a host or a tool asks for its first certificate')
    .addHelpText(
      'after',
      [
        '',
        'Each is a Secret bootstrap-token-ID of kube-system. Tokens of ServiceAccounts: kubectl create token NAME.',
        '',
        'Examples:',
        '  reflet token create --ttl 1h --description "rack 4"',
        '  reflet token list',
        '  reflet token delete abcdef',
        '',
      ].join('\n'),
    );
  registerCreate(token, context);
  registerList(token, context);
  registerDelete(token, context);
  token
    .command('generate')
    .description('print a new token, and make none: for reflet token create TOKEN')
    .action(async () => {
      const [{ generateToken }, { systemIds }] = await Promise.all([
        import('../tokens.ts'),
        import('../../base/clock.ts'),
      ]);
      context.out.line(generateToken(systemIds));
    });
};

interface CreateOptions {
  ttl: string;
  description?: string;
  usages: string;
  groups: string;
  dataDir: string;
  output: string;
}

function registerCreate(token: Command, context: CommandContext): void {
  token
    .command('create [token]')
    .description('make a token and print it')
    .option('--ttl <time>', 'how long it lasts: 30m, 24h, 7d; 0: until it is deleted', '24h')
    .option('--description <text>', 'what it is for')
    .option('--usages <list>', 'what it is good for: authentication, signing', 'authentication,signing')
    .option('--groups <list>', 'groups of whoever shows it, beside system:bootstrappers', DEFAULT_GROUP)
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .addHelpText(
      'after',
      [
        '',
        'Who shows the token may do what its groups may. For certificates of nodes:',
        '  kubectl create clusterrolebinding bootstrap --clusterrole system:node-bootstrapper --group system:bootstrappers',
        '',
        'Examples:',
        '  reflet token create',
        '  reflet token create --ttl 0 --usages authentication --groups "" -o json',
        '  reflet token create "$(reflet token generate)"',
        '',
      ].join('\n'),
    )
    .action(async (given: string | undefined, options: CreateOptions) => {
      const [{ createToken, parseTtl }, { systemClock: clock, systemIds: ids }] = await Promise.all([
        import('../tokens.ts'),
        import('../../base/clock.ts'),
      ]);
      const wanted = {
        ...(given === undefined ? {} : { token: given }),
        ...(options.description ? { description: options.description } : {}),
        ttlMs: parseTtl(options.ttl),
        usages: listOf(options.usages),
        groups: listOf(options.groups),
      };
      const made = await withAdminClient(options.dataDir, (client) => createToken(client, wanted, { clock, ids }));
      context.out.line(options.output === 'json' ? JSON.stringify(made, null, 2) : made.token);
    });
}

const listOf = (text: string): string[] => text.split(',').filter(Boolean);

function registerList(token: Command, context: CommandContext): void {
  token
    .command('list')
    .description('tokens there are, whole: they are secrets')
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  reflet token list\n  reflet token list -o json\n')
    .action(async ({ dataDir, output }: { dataDir: string; output: string }) => {
      const [{ listTokens, printTokens }, { systemClock }] = await Promise.all([
        import('../tokens.ts'),
        import('../../base/clock.ts'),
      ]);
      const tokens = await withAdminClient(dataDir, listTokens);
      if (output === 'json') context.out.line(JSON.stringify(tokens, null, 2));
      else printTokens(tokens, systemClock.now(), context.out);
    });
}

function registerDelete(token: Command, context: CommandContext): void {
  token
    .command('delete <token...>')
    .description('delete tokens, by themselves or their ids: from then on they let nobody in')
    .addOption(dataDirOption(context))
    .addHelpText('after', '\nExamples:\n  reflet token delete abcdef\n  reflet token delete abcdef.0123456789abcdef\n')
    .action(async (which: string[], { dataDir }: { dataDir: string }) => {
      const { deleteToken } = await import('../tokens.ts');
      await withAdminClient(dataDir, async (client) => {
        for (const one of which) context.out.line(`bootstrap token "${await deleteToken(client, one)}" deleted`);
      });
    });
}
