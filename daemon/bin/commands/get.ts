/**
 * `reflet get --at`: objects as they were.
 */

import { dataDirOption, namespaceOption, type RegisterCommand, withAdminClient } from './command.ts';

export const registerGet: RegisterCommand = (program, context) => {
  program
    .command('get')
    .description('objects as a past commit, time or revision had them; for the present there is kubectl')
    .argument('<kind>', 'deployment, deploy, deployments.apps, …')
    .argument('[name]', 'one object; without it all of the kind')
    .requiredOption('--at <moment>', 'commit, branch or tag, time (2024-05-01T12:00:00Z, "2h ago"), or revision')
    .addOption(namespaceOption())
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('-l, --selector <labels>', 'only objects with these labels')
    .option('-o, --output <form>', 'table, wide, name, yaml or json', 'table')
    .addOption(dataDirOption(context))
    .addHelpText(
      'after',
      '\nExamples:\n  reflet get deployment web --at HEAD~3 -o yaml\n  reflet get configmaps -A --at "2h ago"\n  reflet get svc -n shop --at 1842\n\nBeyond what memory holds, git answers: desired objects only; what is not known is said as a warning.\n',
    )
    .action(async (kind: string, name: string | undefined, options: Parameters<typeof readRequest>[2]) => {
      const { getAt } = await import('../get-at.ts');
      const request = readRequest(kind, name, options);
      const warn = (text: string) => void process.stderr.write(`Warning: ${text}\n`);
      await withAdminClient(options.dataDir, (client) => getAt(client, request, context.out, warn));
    });
};

function readRequest(
  kind: string,
  name: string | undefined,
  options: {
    at: string;
    namespace?: string;
    allNamespaces?: boolean;
    selector?: string;
    output: string;
    dataDir: string;
  },
) {
  const [kindName = '', slashName] = kind.split('/', 2);
  const named = name ?? slashName;
  if (named !== undefined && options.allNamespaces)
    throw new Error('one object by name is in one namespace: leave out -A');
  if (!FORMS.includes(options.output))
    throw new Error(`--output ${options.output}: expected one of ${FORMS.join(', ')}`);
  return {
    kind: kindName,
    at: options.at,
    output: options.output,
    allNamespaces: options.allNamespaces ?? false,
    ...(named === undefined ? {} : { name: named }),
    ...(options.allNamespaces ? {} : { namespace: options.namespace ?? 'default' }),
    ...(options.selector ? { labelSelector: options.selector } : {}),
  };
}

const FORMS = ['table', 'wide', 'name', 'yaml', 'json'];
