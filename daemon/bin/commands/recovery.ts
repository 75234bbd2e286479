/**
 * `reflet recovery`: after a rebuild, which nodes have not reported yet, and what they are waited for; `--force` decides not to wait.
 */

import { dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

export const registerRecovery: RegisterCommand = (program, context) => {
  program
    .command('recovery')
    .description('after a rebuild: which nodes have not reported yet')
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .option('--force [node]', 'do not wait for this node any longer (without a name: for none)')
    .addHelpText(
      'after',
      '\nUntil every node has reported, no pod is evicted, scaled down or run again.\n' +
        '\nExit codes: 0 nothing is waited for, 1 nodes are waited for or an error.\n' +
        '\nExamples:\n  reflet recovery\n  reflet recovery --force host-3\n  reflet recovery --force\n',
    )
    .action(async (options: { dataDir: string; output: string; force?: string | true }) => {
      const { recovery } = await import('../recovery.ts');
      process.exitCode = await withAdminClient(options.dataDir, (client) =>
        recovery(client, { json: options.output === 'json', force: options.force }, context.out),
      );
    });
};
