/**
 * `reflet doctor`: checks this host.
 */

import { dataDirOption, outputOption, type RegisterCommand } from './command.ts';

export const registerDoctor: RegisterCommand = (program, context) => {
  program
    .command('doctor')
    .description(
      'check this host: podman, iptables, git, kernel settings, ports, disk; exit code 1 when something must be mended',
    )
    .addOption(dataDirOption(context))
    .option('--port <port>', 'port that the API would take', '6443')
    .addOption(outputOption())
    .addHelpText('after', '\nExample:\n  reflet doctor -o json\n')
    .action(async (options: { dataDir: string; port: string; output: string }) => {
      const { doctor } = await import('../doctor.ts');
      const { tryRuntime } = await import('../podman-environment.ts');
      const settings = { dataDir: options.dataDir, port: Number(options.port), json: options.output === 'json' };
      process.exitCode = await doctor({ ...settings, tryRuntime: () => tryRuntime(context.log) }, context.out);
    });
};
