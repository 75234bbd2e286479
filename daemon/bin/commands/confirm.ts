/**
 * `reflet confirm`: what a commit removes is meant to go.
 */

import { dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

export const registerConfirm: RegisterCommand = (program, context) => {
  program
    .command('confirm <commit>')
    .description('let a commit pass that the prune guard holds back; exit code 1 while it is not in force')
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  reflet confirm 4b0c8e0f5d2a1c3e5f7a9b1d3c5e7f9a1b3d5c7e\n')
    .action(async (commit: string, options: { dataDir: string; output: string }) => {
      const answer = await withAdminClient(options.dataDir, async (client) => {
        const { code, body } = await client.raw('POST', '/reflet/v1/confirm', { commit });
        const parsed = JSON.parse(body) as { message?: string; inForce: boolean; problems: string[] };
        if (code !== 200) throw new Error(parsed.message ?? body);
        return parsed;
      });
      if (options.output === 'json') context.out.line(JSON.stringify(answer, null, 2));
      else if (answer.inForce) context.out.line(`${commit.slice(0, 12)} is in force`);
      else {
        context.out.line(`${commit.slice(0, 12)} is confirmed; it comes into force when it is the tip of the branch`);
        for (const problem of answer.problems) context.out.line(`  ${problem}`);
      }
      process.exitCode = answer.inForce ? 0 : 1;
    });
};
