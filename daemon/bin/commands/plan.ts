/**
 * `reflet plan`: what a commit would change, before it does.
 */

import { Option } from 'commander';
import { pathsOf } from '../paths.ts';
import { dataDirOption, type RegisterCommand } from './command.ts';

const HELP = `
Without a revision: what is checked out here, or outside of a clone the tracked branch. A commit that was not
pushed yet is sent along for this one question. A branch that the tracked one has left behind is planned as merged.

Exit codes: 0 nothing changes, 2 something does, 1 it would be refused, or there is no plan.

Examples:
  reflet plan                            the commit that is checked out
  reflet plan my-branch                  against what is in force
  reflet plan main..my-branch            what the branch brings beyond main
  reflet plan HEAD~1                     going back
  reflet plan -o markdown > comment.md   for a pull request
`;

interface PlanOptions {
  dataDir: string;
  kubeconfig?: string;
  output: string;
}

export const registerPlan: RegisterCommand = (program, context) => {
  program
    .command('plan')
    .description('what a commit would change: objects, pods on each host, services; exit code 2 when anything does')
    .argument('[revision]', 'a branch, a commit, or a range A..B')
    .addOption(dataDirOption(context))
    .option('--kubeconfig <file>', 'how to reach the daemon, from another host; default: the administrator’s')
    .addOption(new Option('-o, --output <form>', 'how to print').choices(['text', 'json', 'markdown']).default('text'))
    .addHelpText('after', HELP)
    .action(async (revision: string | undefined, options: PlanOptions) => {
      const { openAdminClient } = await import('../kubeconfig.ts');
      const { askForPlan } = await import('../plan-client.ts');
      const { printPlan } = await import('../plan-output.ts');
      const client = await openAdminClient(options.kubeconfig ?? pathsOf(options.dataDir).kubeconfig);
      try {
        const plan = await askForPlan(client, { revision, directory: process.cwd() });
        process.exitCode = printPlan(plan, options.output, context.out);
      } finally {
        client.close();
      }
    });
};
