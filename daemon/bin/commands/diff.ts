/**
 * `reflet diff`: two commits' desired states, or git against what lives.
 */

import { dataDirOption, namespaceOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

interface DiffOptions {
  live?: boolean;
  foreign?: boolean;
  namespace?: string;
  output: string;
  dataDir: string;
}

export const registerDiff: RegisterCommand = (program, context) => {
  program
    .command('diff')
    .description('how desired states differ; exit code 0: not at all, 1: they do, 2: it cannot be told')
    .argument('[from]', 'commit, branch or tag, time, or revision')
    .argument('[to]', 'the same; without it what is in force')
    .option('--live', 'compare what git says with what lives: fields that others changed, objects that are missing')
    .option('--foreign', 'with --live: also fields that others own in objects of git')
    .addOption(namespaceOption())
    .addOption(outputOption())
    .addOption(dataDirOption(context))
    .addHelpText(
      'after',
      '\nExamples:\n  reflet diff HEAD~1\n  reflet diff v1.4 v1.5 -n shop\n  reflet diff "2h ago" -o json\n  reflet diff --live\n',
    )
    .action(async (from: string | undefined, to: string | undefined, options: DiffOptions) => {
      try {
        if (options.live ? from !== undefined : from === undefined || options.foreign)
          throw new Error('expected either two moments (reflet diff HEAD~1), or --live without any');
        const { readDiff, printDiff } = await import('../diff.ts');
        const request = { ...options, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
        const report = await withAdminClient(options.dataDir, (client) => readDiff(client, request));
        process.exitCode = printDiff(report, options.output === 'json', context.out);
      } catch (error) {
        // As diff(1): 1 is an answer, trouble is 2.
        process.stderr.write(`reflet: ${error instanceof Error ? error.message : String(error)}\n`);
        process.exitCode = 2;
      }
    });
};
