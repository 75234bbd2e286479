/**
 * `reflet why`: where an object, a container or a firewall rule comes from.
 */

import { dataDirOption, namespaceOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

interface WhyOptions {
  namespace?: string;
  rules?: boolean;
  output: string;
  dataDir: string;
}

export const registerWhy: RegisterCommand = (program, context) => {
  program
    .command('why')
    .description('where an object, a container or a firewall rule comes from: owners, file and line, commit, author')
    .argument('[what]', 'KIND/NAME, a container’s id or name, a chain (REFLET-…), or a rule as iptables-save prints it')
    .argument('[part]', 'of an object: a field (spec.replicas); of a chain: the number of a rule')
    .option(
      '--rules',
      'every rule of this host that is in a chain of reflet or leads to one; exit code 1 when one is foreign',
    )
    .addOption(namespaceOption())
    .addOption(outputOption())
    .addOption(dataDirOption(context))
    .addHelpText(
      'after',
      `
Examples:
  reflet why deployment/web
  reflet why deployment/web spec.replicas
  reflet why pod/web-5d8f-abcde -n shop -o json
  reflet why 3f2a9c01d4e5
  reflet why REFLET-SVC-ABCDEFGHIJKLMNOP 1
  reflet why -- '-A REFLET-IP -d 10.96.0.12/32 -p tcp … -j REFLET-SVC-ABCDEFGHIJKLMNOP'
  reflet why --rules
`,
    )
    .action(async (what: string | undefined, part: string | undefined, options: WhyOptions) => {
      if ((what === undefined) !== (options.rules ?? false))
        throw new Error('expected what to explain (reflet why deployment/web), or --rules alone');
      const { why, whyRules } = await import('../why/why.ts');
      const { readLiveRules } = await import('../why/live-rules.ts');
      const { readContainerLabels } = await import('../why/container-labels.ts');
      const settings = {
        json: options.output === 'json',
        out: context.out,
        readLiveRules,
        readContainerLabels,
        namespace: options.namespace,
      };
      process.exitCode = await withAdminClient(options.dataDir, (client) =>
        what === undefined ? whyRules(client, settings) : why(client, what, part, settings),
      );
    });
};
