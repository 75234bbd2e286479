/**
 * `reflet confirm`: what a commit removes is meant to go; or, signed, a commit may come into force although its own signatures are not good enough.
 */

import { dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

interface ConfirmOptions {
  dataDir: string;
  output: string;
  sshKey?: string;
  gpgKey?: string;
  signature?: string;
  statement: boolean;
}

export const registerConfirm: RegisterCommand = (program, context) => {
  program
    .command('confirm <commit>')
    .description('let a commit pass that is held back; exit code 1 while it is not in force')
    .option('--ssh-key <file>', 'sign the confirmation with this SSH key (or its .pub, with the agent)')
    .option('--gpg-key <id>', 'sign the confirmation with this GPG key')
    .option('--signature <file>', 'a signature over the statement that was made elsewhere')
    .option('--statement', 'only print what is to be signed', false)
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .addHelpText(
      'after',
      [
        '',
        'A commit that removes much, or rewrites the history, needs the right to POST to /reflet/v1/confirm. One whose signatures are not good',
        'enough needs the signature of an allowed signer over the statement too: no right replaces it. The commit is named by its full id.',
        '',
        'Examples:',
        '  reflet confirm 4b0c8e0f5d2a1c3e5f7a9b1d3c5e7f9a1b3d5c7e',
        '  reflet confirm --ssh-key ~/.ssh/id_ed25519 4b0c8e0f5d2a1c3e5f7a9b1d3c5e7f9a1b3d5c7e',
        '  reflet confirm --statement 4b0c8e0f5d2a1c3e5f7a9b1d3c5e7f9a1b3d5c7e | ssh-keygen -Y sign -n reflet-confirm -f KEY > sig',
        '  reflet confirm --signature sig 4b0c8e0f5d2a1c3e5f7a9b1d3c5e7f9a1b3d5c7e',
        '',
      ].join('\n'),
    )
    .action(async (commit: string, options: ConfirmOptions) => {
      if (!/^[0-9a-f]{40}$/.test(commit)) throw new Error(`${commit}: expected the full id of a commit, 40 digits`);
      const { confirmStatement } = await import('../../git/trust/trust.ts');
      const statement = confirmStatement(commit);
      if (options.statement) {
        process.stdout.write(statement);
        return;
      }
      const { signStatement } = await import('../sign-statement.ts');
      const signature = await signStatement(statement, options);
      const answer = await withAdminClient(options.dataDir, async (client) => {
        const body = { commit, ...(signature === undefined ? {} : { signature }) };
        const { code, body: text } = await client.raw('POST', '/reflet/v1/confirm', body);
        const parsed = JSON.parse(text) as { message?: string; inForce: boolean; problems: string[] };
        if (code !== 200) throw new Error(parsed.message ?? text);
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
