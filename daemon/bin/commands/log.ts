/**
 * `reflet log`: the branch's commits and what became of them.
 */

import { dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

export const registerLog: RegisterCommand = (program, context) => {
  program
    .command('log')
    .description('commits of the followed branch, and which one is in force')
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .option('-n, --max-count <number>', 'how many', '20')
    .addHelpText('after', '\nExample:\n  reflet log -n 5\n')
    .action(async (options: { dataDir: string; output: string; maxCount: string }) => {
      const limit = Number(options.maxCount);
      if (!Number.isInteger(limit) || limit < 1)
        throw new Error(`--max-count ${options.maxCount}: expected a number from 1`);
      const { readStatusDocument } = await import('../status.ts');
      const { printLog } = await import('../commit-log.ts');
      const status = await withAdminClient(options.dataDir, readStatusDocument);
      const json = options.output === 'json';
      process.exitCode = await printLog(status.repository, status.ref, limit, status, json, context.out);
    });
};
