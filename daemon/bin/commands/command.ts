/**
 * What every command is given: where it prints and logs, and the options that commands share.
 */

import { type Command, Option } from 'commander';
import type { Environment } from '../../base/env.ts';
import type { OutputLogger } from '../../base/log.ts';
import type { HttpClient } from '../../client/http.ts';
import type { Output } from '../output.ts';
import { pathsOf } from '../paths.ts';

export interface CommandContext {
  readonly environment: Environment;
  readonly out: Output;
  readonly log: OutputLogger;
}

/** Adds one command to the program. */
export type RegisterCommand = (program: Command, context: CommandContext) => void;

export const dataDirOption = ({ environment }: CommandContext): Option =>
  new Option('--data-dir <dir>', 'where state, keys and the repository are kept').default(
    environment.dataDir ?? '/var/lib/reflet',
  );

export const outputOption = (): Option =>
  new Option('-o, --output <form>', 'how to print').choices(['text', 'json']).default('text');

export const namespaceOption = (): Option => new Option('-n, --namespace <name>', 'namespace of the objects');

export const podCidrOption = (): Option =>
  new Option('--pod-cidr <cidr>', 'network of the pods').default('10.244.0.0/16');

export const serviceCidrOption = (): Option =>
  new Option('--service-cidr <cidr>', 'network of the services').default('10.96.0.0/16');

/** Runs with the administrator's client and closes it. */
export async function withAdminClient<T>(dataDir: string, use: (client: HttpClient) => Promise<T>): Promise<T> {
  const { openAdminClient } = await import('../kubeconfig.ts'); // `--help` needs none
  const client = await openAdminClient(pathsOf(dataDir).kubeconfig);
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
