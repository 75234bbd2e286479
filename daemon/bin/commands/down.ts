/**
 * `reflet down`: removes what reflet made on this host.
 */

import { dataDirOption, podCidrOption, type RegisterCommand, serviceCidrOption } from './command.ts';

export const registerDown: RegisterCommand = (program, context) => {
  program
    .command('down')
    .description('remove every container, network and rule that reflet made on this host; state and repository stay')
    .addOption(dataDirOption(context))
    .addOption(podCidrOption())
    .addOption(serviceCidrOption())
    .addHelpText('after', '\nExample:\n  reflet down --data-dir /srv/reflet\n')
    .action(async (options: { dataDir: string; podCidr: string; serviceCidr: string }) => {
      const { down } = await import('../down.ts');
      await down(options, context.log, context.out);
    });
};
