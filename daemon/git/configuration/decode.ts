/**
 * From a structurally sound `reflet.yaml` to a {@link Configuration}: defaults, and what the schema cannot say. Pure.
 */

import { parseTime } from '../../base/clock.ts';
import { type FieldError, type FieldPath, invalidValue, notSupported, path, required } from '../../base/field.ts';
import type { Configuration as ConfigurationFile } from '../../kinds/types.generated.ts';
import { isRecipient } from '../../sops/keyring.ts';
import { type CommitEvent, type Configuration, DEFAULT_CONFIGURATION, DEFAULT_EVENTS } from './configuration.ts';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Oftener would be a load on the remote, more seldom would look like a failure. */
const POLL_MS_MIN = 5_000;
const POLL_MS_MAX = 24 * 3_600_000;
/** Lists in it: it is read at every commit. */
const ITEMS_MAX = 100;
const FILE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const PREFIX = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*[/-]?$/;
const SSH_KEY =
  /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+=*( .*)?$/;

const MODES = ['branch', 'commit', 'deny', 'runtime'];
const PROVIDERS = ['gitea', 'github', 'gitlab'];
const EVENTS = ['admitted', 'degraded', 'failed', 'healthy', 'progressing', 'refused', 'reverted', 'superseded'];

function checkOneOf(
  value: string | undefined,
  supported: readonly string[],
  at: FieldPath,
  errors: FieldError[],
): void {
  if (value !== undefined && !supported.includes(value)) errors.push(notSupported(at, value, supported));
}

/** `errors` empty: `configuration` may be used. */
export function decodeConfiguration(file: Readonly<ConfigurationFile>): {
  configuration: Configuration;
  errors: readonly FieldError[];
} {
  const errors: FieldError[] = [];
  const root = path();
  if (file.apiVersion !== 'reflet.dev/v1')
    errors.push(invalidValue(root.child('apiVersion'), file.apiVersion ?? '', 'must be reflet.dev/v1'));
  if (file.kind !== 'Configuration')
    errors.push(invalidValue(root.child('kind'), file.kind ?? '', 'must be Configuration'));
  const { notifications = [], trust = {}, secrets = {} } = file;
  for (const [name, list] of Object.entries({
    notifications,
    'trust.allowedSigners': trust.allowedSigners ?? [],
    'trust.gpgKeys': trust.gpgKeys ?? [],
    'trust.revoked': trust.revoked ?? [],
    'secrets.recipients': secrets.recipients ?? [],
  })) {
    if (list.length > ITEMS_MAX)
      errors.push(invalidValue(path(name), list.length, `must have at most ${ITEMS_MAX} items`));
  }
  const configuration: Configuration = {
    follow: { pollMs: decodePollInterval(file, errors) },
    apiWrites: decodeApiWrites(file, errors),
    autoRevert: { enabled: file.autoRevert?.enabled ?? false },
    prune: decodePrune(file, errors),
    trust: decodeTrust(trust, errors),
    secrets: decodeSecrets(secrets, errors),
    notifications: notifications.map((one, index) =>
      decodeNotification(one, root.child('notifications').index(index), errors),
    ),
    commitStatus: decodeCommitStatus(file, errors),
    webhooks: decodeWebhooks(file, errors),
    suspend: decodeSuspend(file, errors),
  };
  return { configuration, errors };
}

function decodePollInterval({ follow }: ConfigurationFile, errors: FieldError[]): number {
  const text = follow?.pollInterval;
  if (text === undefined) return DEFAULT_CONFIGURATION.follow.pollMs;
  const parts = /^(\d{1,8})(ms|s|m|h)$/.exec(text);
  const pollMs = parts ? Number(parts[1]) * UNITS_MS[parts[2]!]! : Number.NaN;
  if (!(pollMs >= POLL_MS_MIN && pollMs <= POLL_MS_MAX))
    errors.push(
      invalidValue(path('follow.pollInterval'), text, 'must be a duration between 5s and 24h, for example 30s'),
    );
  return pollMs;
}

function decodeApiWrites({ apiWrites = {} }: ConfigurationFile, errors: FieldError[]): Configuration['apiWrites'] {
  const { mode, namespaces = {}, proposalPrefix = DEFAULT_CONFIGURATION.apiWrites.proposalPrefix } = apiWrites;
  if (!PREFIX.test(proposalPrefix) || proposalPrefix.includes('..') || proposalPrefix.length > 100)
    errors.push(
      invalidValue(
        path('apiWrites.proposalPrefix'),
        proposalPrefix,
        'must be the beginning of a branch name, for example reflet/',
      ),
    );
  const at = path('apiWrites');
  checkOneOf(mode, MODES, at.child('mode'), errors);
  for (const [name, one] of Object.entries(namespaces))
    checkOneOf(one, MODES, at.child('namespaces').key(name), errors);
  return { mode, namespaces, proposalPrefix } as Configuration['apiWrites'];
}

function decodePrune({ prune = {} }: ConfigurationFile, errors: FieldError[]): Configuration['prune'] {
  const { maxShare = DEFAULT_CONFIGURATION.prune.maxShare, minObjects = DEFAULT_CONFIGURATION.prune.minObjects } =
    prune;
  if (!(maxShare >= 0 && maxShare <= 1))
    errors.push(invalidValue(path('prune.maxShare'), maxShare, 'must be between 0 and 1'));
  if (minObjects < 1) errors.push(invalidValue(path('prune.minObjects'), minObjects, 'must be greater than 0'));
  return { maxShare, minObjects };
}

function decodeTrust(trust: NonNullable<ConfigurationFile['trust']>, errors: FieldError[]): Configuration['trust'] {
  const { signatures = 'none', allowedSigners = [], gpgKeys = [], revoked = [] } = trust;
  const at = path('trust');
  checkOneOf(signatures, ['none', 'required'], at.child('signatures'), errors);
  for (const [index, { principal, sshKey }] of allowedSigners.entries()) {
    const signer = at.child('allowedSigners').index(index);
    if (!/^[^\s"',*?!#]{1,256}$/.test(principal ?? ''))
      errors.push(
        invalidValue(
          signer.child('principal'),
          principal ?? '',
          'must be a name without spaces, for example ada@example.org',
        ),
      );
    if (!SSH_KEY.test(sshKey ?? ''))
      errors.push(
        invalidValue(signer.child('sshKey'), sshKey ?? '', 'must be a public key as in an OpenSSH .pub file'),
      );
  }
  for (const [index, key] of gpgKeys.entries())
    if (!key.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----'))
      errors.push(invalidValue(at.child('gpgKeys').index(index), key.slice(0, 40), 'must be an armored public key'));
  for (const [index, fingerprint] of revoked.entries())
    if (!/^(SHA256:[A-Za-z0-9+/]{43}|[0-9A-Fa-f]{40})$/.test(fingerprint))
      errors.push(
        invalidValue(
          at.child('revoked').index(index),
          fingerprint,
          'must be SHA256:… of an SSH key or 40 hexadecimal digits of a GPG key',
        ),
      );
  if (signatures === 'required' && allowedSigners.length + gpgKeys.length === 0)
    errors.push(required(at.child('allowedSigners'), 'signatures are required, but nobody is allowed to sign'));
  return {
    signatures: signatures as 'none' | 'required',
    allowedSigners: allowedSigners.map(({ principal, sshKey, validAfter, validBefore }) => ({
      principal: principal ?? '',
      sshKey: sshKey ?? '',
      validAfterMs: timeOf(validAfter),
      validBeforeMs: timeOf(validBefore),
    })),
    gpgKeys,
    revoked,
  };
}

const timeOf = (text: string | undefined | null): number | undefined => (text ? parseTime(text) : undefined);

function decodeSecrets(
  secrets: NonNullable<ConfigurationFile['secrets']>,
  errors: FieldError[],
): Configuration['secrets'] {
  const { plainText = 'warn', recipients = [] } = secrets;
  checkOneOf(plainText, ['refuse', 'warn'], path('secrets.plainText'), errors);
  for (const [index, recipient] of recipients.entries())
    if (!isRecipient(recipient))
      errors.push(invalidValue(path('secrets.recipients').index(index), recipient, 'must be an age recipient (age1…)'));
  return { plainText: plainText as 'warn' | 'refuse', recipients };
}

function decodeNotification(
  file: NonNullable<ConfigurationFile['notifications']>[number],
  at: FieldPath,
  errors: FieldError[],
): Configuration['notifications'][number] {
  const { name = '', url = '', format = 'json', events, tokenFile } = file;
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
    errors.push(invalidValue(at.child('name'), name, 'must be lower-case letters, digits and "-"'));
  checkUrl(url, at.child('url'), errors);
  checkOneOf(format, ['chat', 'json'], at.child('format'), errors);
  for (const [index, event] of (events ?? []).entries())
    checkOneOf(event, EVENTS, at.child('events').index(index), errors);
  checkFileName(tokenFile, at.child('tokenFile'), errors);
  return {
    name,
    url,
    format,
    events: events ?? DEFAULT_EVENTS,
    tokenFile,
  } as Configuration['notifications'][number] & { events: CommitEvent[] };
}

function decodeCommitStatus({ commitStatus }: ConfigurationFile, errors: FieldError[]): Configuration['commitStatus'] {
  if (!commitStatus) return undefined;
  const { provider, url = '', project = '', tokenFile, context = 'reflet' } = commitStatus;
  const at = path('commitStatus');
  checkOneOf(provider ?? '', PROVIDERS, at.child('provider'), errors);
  checkUrl(url, at.child('url'), errors);
  if (!/^[\w.-]+(\/[\w.-]+)+$/.test(project))
    errors.push(invalidValue(at.child('project'), project, 'must be OWNER/NAME'));
  checkFileName(tokenFile ?? '', at.child('tokenFile'), errors);
  if (context === '' || context.length > 100)
    errors.push(invalidValue(at.child('context'), context, 'must have 1 to 100 characters'));
  return { provider, url, project, tokenFile, context } as Configuration['commitStatus'];
}

function decodeWebhooks({ webhooks }: ConfigurationFile, errors: FieldError[]): Configuration['webhooks'] {
  if (!webhooks) return undefined;
  checkOneOf(webhooks.provider ?? '', PROVIDERS, path('webhooks.provider'), errors);
  checkFileName(webhooks.secretFile ?? '', path('webhooks.secretFile'), errors);
  return { provider: webhooks.provider, secretFile: webhooks.secretFile } as Configuration['webhooks'];
}

function decodeSuspend({ suspend }: ConfigurationFile, errors: FieldError[]): Configuration['suspend'] {
  if (!suspend) return undefined;
  if (!suspend.reason)
    errors.push(required(path('suspend.reason'), 'say why, for those who wonder why nothing happens'));
  return { reason: suspend.reason ?? '', untilMs: timeOf(suspend.until) };
}

function checkUrl(url: string, at: FieldPath, errors: FieldError[]): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:'))
    errors.push(invalidValue(at, url, 'must be an https URL'));
  else if (parsed.username || parsed.password)
    errors.push(
      invalidValue(at, `${parsed.protocol}//…@${parsed.host}`, 'must not hold credentials; name a tokenFile'),
    );
}

function checkFileName(name: string | undefined, at: FieldPath, errors: FieldError[]): void {
  if (name !== undefined && !FILE_NAME.test(name))
    errors.push(invalidValue(at, name, "must be the name of a file in the daemon's keys directory, without folders"));
}
