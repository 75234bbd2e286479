/**
 * `reflet seal`: encrypts the Secrets of a manifest file.
 */

import { join } from 'node:path';
import { pathsOf } from '../paths.ts';
import type { Recipients } from '../seal-recipients.ts';
import { type CommandContext, dataDirOption, outputOption, type RegisterCommand, withAdminClient } from './command.ts';

interface SealCommandOptions {
  dataDir: string;
  output: string;
  recipient: string[];
  rotate: boolean;
  identity?: string;
}

export const registerSeal: RegisterCommand = (program, context) => {
  program
    .command('seal')
    .description(
      'encrypt the Secrets of a manifest file (SOPS and age), in place; everything else in it stays as it is',
    )
    .argument('[file]', 'the file; - or none: standard input, to standard output', '-')
    .option('-r, --recipient <age1…>', 'who can open it; several times for several', collect, [])
    .option('--rotate', 'encrypt anew what is encrypted: new data key, exactly these recipients', false)
    .option('--identity <file>', 'age identities that open it, for --rotate (default: the daemon’s)')
    .addOption(dataDirOption(context))
    .addOption(outputOption())
    .addHelpText(
      'after',
      [
        '',
        'Recipients: --recipient; else those of the nearest .sops.yaml; else the daemon’s of this host (reflet status).',
        '',
        'Examples:',
        '  reflet seal shop/db.yaml',
        '  reflet seal --recipient age1… shop/db.yaml',
        '  kubectl create secret generic db --from-literal=password=… --dry-run=client -o yaml | reflet seal > db.yaml',
        '  reflet seal --rotate shop/db.yaml',
        '',
      ].join('\n'),
    )
    .action((file: string, options: SealCommandOptions) => seal(file, options, context));
};

const collect = (value: string, before: string[]): string[] => [...before, value];

async function seal(file: string, options: SealCommandOptions, { out }: CommandContext): Promise<void> {
  const { readSource, replaceFile, rotateText, sealText } = await import('../seal.ts');
  const { systemClock } = await import('../../base/clock.ts');
  const { recipients, from } = await findRecipients(file, options);
  const bytes = await readSource(file);
  const sealing = { recipients, now: systemClock.now() };
  const name = file === '-' ? 'standard input' : file;
  const report = options.rotate
    ? await rotateText(name, bytes, await openIdentities(options), sealing)
    : await sealText(name, bytes, sealing);
  const isJson = options.output === 'json';
  if (file !== '-') await replaceFile(file, report.text);
  else if (!isJson) process.stdout.write(report.text);
  if (isJson) {
    out.line(
      JSON.stringify(
        { file, recipients, objects: report.objects, ...(file === '-' ? { text: report.text } : {}) },
        null,
        2,
      ),
    );
    return;
  }
  // Beside the text on standard output, only standard error is left for words.
  const say = file === '-' ? (line: string) => void process.stderr.write(`${line}\n`) : out.line;
  for (const { name: object, state, note } of report.objects) {
    const whom = state === 'encrypted' ? ` for ${recipients.join(', ')} (${from})` : '';
    say(`${name}: ${object} ${state}${whom}${note ? `, ${note}` : ''}`);
  }
}

async function findRecipients(file: string, { recipient, dataDir }: SealCommandOptions): Promise<Recipients> {
  if (recipient.length > 0) return { recipients: recipient, from: '--recipient' };
  const { recipientsOfSopsFile } = await import('../seal-recipients.ts');
  const ruled = await recipientsOfSopsFile(file === '-' ? join(process.cwd(), 'standard-input.yaml') : file);
  if (ruled) return ruled;
  const { readStatusDocument } = await import('../status.ts');
  const status = await withAdminClient(dataDir, readStatusDocument).catch(() => undefined);
  const recipients = status?.secrets?.recipients ?? [];
  if (recipients.length > 0) return { recipients, from: 'the daemon' };
  throw new Error(
    'nobody to encrypt for: give --recipient age1… (reflet status on the host shows it), or write a .sops.yaml',
  );
}

async function openIdentities({ identity, dataDir }: SealCommandOptions) {
  const { keyFilePath, readKeyFile } = await import('../../sops/key-file.ts');
  const path = identity ?? keyFilePath(pathsOf(dataDir).keys);
  const keyring = await readKeyFile(path);
  if (!keyring) throw new Error(`${path}: there is no such file; expected age identities (--identity FILE)`);
  return keyring;
}
