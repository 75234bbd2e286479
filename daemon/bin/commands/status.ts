/**
 * `reflet status`: the commit in force, nodes and workloads.
 */

import { dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

export const registerStatus: RegisterCommand = (program, context) => {
  program
    .command('status')
    .description('the commit in force, the nodes and the workloads; exit code 1 while something is not healthy')
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  reflet status\n  reflet status -o json\n')
    .action(async (options: { dataDir: string; output: string }) => {
      const { readStatus, printStatus } = await import('../status.ts');
      const report = await withAdminClient(options.dataDir, readStatus);
      process.exitCode = printStatus(report, options.output === 'json', context.out);
    });
};
