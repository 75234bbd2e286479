/**
 * `reflet kubeconfig`: prints the administrator's kubeconfig.
 */

import { pathsOf } from '../paths.ts';
import { dataDirOption, type RegisterCommand } from './command.ts';

export const registerKubeconfig: RegisterCommand = (program, context) => {
  program
    .command('kubeconfig')
    .description('print the administrator’s kubeconfig')
    .addOption(dataDirOption(context))
    .addHelpText('after', '\nExample:\n  reflet kubeconfig > ~/.kube/config\n')
    .action(async (options: { dataDir: string }) => {
      const { readFile } = await import('node:fs/promises');
      const path = pathsOf(options.dataDir).kubeconfig;
      const text = await readFile(path, 'utf8').catch(() => {
        throw new Error(`${path}: there is none yet: start reflet with \`reflet up\``);
      });
      process.stdout.write(text);
    });
};
