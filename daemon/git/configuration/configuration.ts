/**
 * What `reflet.yaml` configures, in the daemon's terms: every value present, times in milliseconds. The file's own form is
 * `schemas/reflet.dev/v1/Configuration.json`.
 */

export type WriteMode = 'commit' | 'branch' | 'runtime' | 'deny';
export type CommitEvent =
  | 'admitted'
  | 'refused'
  | 'progressing'
  | 'healthy'
  | 'failed'
  | 'superseded'
  | 'reverted'
  | 'degraded';
export type Provider = 'github' | 'gitlab' | 'gitea';

export interface Configuration {
  readonly follow: { readonly pollMs: number };
  readonly apiWrites: {
    /** Undefined: as the repository is, hosted or followed. */
    readonly mode: WriteMode | undefined;
    readonly namespaces: Readonly<Record<string, WriteMode>>;
    readonly proposalPrefix: string;
  };
  readonly autoRevert: { readonly enabled: boolean };
  readonly prune: { readonly maxShare: number; readonly minObjects: number };
  readonly trust: {
    readonly signatures: 'none' | 'required';
    readonly allowedSigners: readonly AllowedSigner[];
    /** Armored. */
    readonly gpgKeys: readonly string[];
    /** Fingerprints. */
    readonly revoked: readonly string[];
  };
  readonly secrets: { readonly plainText: 'warn' | 'refuse'; readonly recipients: readonly string[] };
  readonly notifications: readonly Notification[];
  readonly commitStatus: CommitStatusTarget | undefined;
  readonly webhooks: { readonly provider: Provider; readonly secretFile: string } | undefined;
  readonly suspend: { readonly reason: string; readonly untilMs: number | undefined } | undefined;
}

export interface AllowedSigner {
  readonly principal: string;
  readonly sshKey: string;
  readonly validAfterMs: number | undefined;
  readonly validBeforeMs: number | undefined;
}

export interface Notification {
  readonly name: string;
  readonly url: string;
  readonly format: 'json' | 'chat';
  readonly events: readonly CommitEvent[];
  /** Name of a file below `DIR/keys`. */
  readonly tokenFile: string | undefined;
}

export interface CommitStatusTarget {
  readonly provider: Provider;
  readonly url: string;
  readonly project: string;
  readonly tokenFile: string;
  readonly context: string;
}

/** Without a `reflet.yaml`. */
export const DEFAULT_CONFIGURATION: Configuration = {
  follow: { pollMs: 30_000 },
  apiWrites: { mode: undefined, namespaces: {}, proposalPrefix: 'reflet/' },
  autoRevert: { enabled: false },
  prune: { maxShare: 0.5, minObjects: 10 },
  trust: { signatures: 'none', allowedSigners: [], gpgKeys: [], revoked: [] },
  secrets: { plainText: 'warn', recipients: [] },
  notifications: [],
  commitStatus: undefined,
  webhooks: undefined,
  suspend: undefined,
};

/** The events that are told when a notification names none. */
export const DEFAULT_EVENTS: readonly CommitEvent[] = ['healthy', 'failed', 'refused', 'reverted'];
