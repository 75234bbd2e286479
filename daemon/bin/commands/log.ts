/**
 * `reflet log`: the branch's commits and what became of them.
 */

import { dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

/** More than the daemon keeps: refused ones are among them. */
const COMMITS_READ_MAX = 100_000;

const HELP = `
States: admitted (in force), progressing, healthy, failed (its rollout), superseded (by a later commit, before it was healthy), refused
(never in force), pending (not judged yet). * marks the commit in force.

Examples:
  reflet log -n 5
  reflet log -o json
`;

export const registerLog: RegisterCommand = (program, context) => {
  program
    .command('log')
    .description('commits of the followed branch, what became of each, and which one is in force')
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .option('-n, --max-count <number>', 'how many', '20')
    .addHelpText('after', HELP)
    .action(async (options: { dataDir: string; output: string; maxCount: string }) => {
      const limit = Number(options.maxCount);
      if (!Number.isInteger(limit) || limit < 1)
        throw new Error(`--max-count ${options.maxCount}: expected a number from 1`);
      const { readStatusDocument } = await import('../status.ts');
      const { printLog, readCommits } = await import('../commit-log.ts');
      const [status, commits] = await withAdminClient(options.dataDir, (client) =>
        Promise.all([readStatusDocument(client), readCommits(client, COMMITS_READ_MAX)]),
      );
      const json = options.output === 'json';
      process.exitCode = await printLog({ status, commits, limit, json }, context.out);
    });
};
