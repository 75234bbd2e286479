/**
 * The one way to iptables: batches for `iptables-restore --noflush`, text from `iptables-save`, and word of foreign changes.
 *
 * Invariants: batches are applied one at a time, in order, each table of a batch atomically; a refused batch changes nothing of its table
 * and rejects with iptables' own words. Rules of others are never touched here: what a batch says is its author's responsibility.
 */

import type { Clock } from './clock.ts';
import { type HostNamespace, inNamespace } from './host-namespace.ts';
import { type IptablesMonitor, startIptablesMonitor } from './iptables-monitor.ts';
import { IptablesSession } from './iptables-session.ts';
import type { Logger } from './log.ts';
import { minimalEnvironment, run, start } from './process.ts';

export type IptablesTable = 'nat' | 'filter' | 'mangle';

/** Chains named by a foreign change; undefined: unknown, anything may have changed. */
export type ForeignChangeHandler = (chains: ReadonlySet<string> | undefined) => void;

export interface Iptables {
  /** Applies `*table … COMMIT` text. Rejects with an Error carrying iptables' message; then the batch's table is unchanged. */
  restore(batch: string): Promise<void>;
  /** The table as `iptables-save -t` prints it. */
  save(table: IptablesTable): Promise<string>;
  /** Called after any foreign transaction that mentions a `REFLET-` chain, and periodically (undefined) where no events can be had. */
  onForeignChange(handler: ForeignChangeHandler): void;
  stop(): void;
}

export interface IptablesOptions {
  namespace: HostNamespace;
  clock: Clock;
  log: Logger;
}

/** Without events rules are looked at this often: half of the 5 s within which a flush must be repaired. */
const POLL_MS = 2_500;
/** xtables-monitor gives up when a large load overruns its buffer: one that had lived a while is started again almost at once. */
const MONITOR_HEALTHY_MS = 5_000;
const MONITOR_RESTART_MS = 300;
/** Own transactions' events arrive within milliseconds; pids older than this many batches are forgotten. */
const OWN_PIDS_MAX = 64;

/** Starts the event source and (lazily) the kept-open restore. Never rejects: missing tools show in `restore`'s error. */
export function createIptables(options: IptablesOptions): Iptables {
  return new SystemIptables(options);
}

class SystemIptables implements Iptables {
  readonly #options: IptablesOptions;
  readonly #handlers: ForeignChangeHandler[] = [];
  readonly #ownPids = new Set<number>();
  #isNft: Promise<boolean> | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #session: IptablesSession | undefined;
  #monitor: IptablesMonitor | undefined;
  #cancelTimer = () => {};
  #isLossLogged = false;
  #stopped = false;

  constructor(options: IptablesOptions) {
    this.#options = options;
  }

  restore(batch: string): Promise<void> {
    const result = this.#tail.then(() => this.#apply(batch));
    this.#tail = result.catch(() => {});
    return result;
  }

  async save(table: IptablesTable): Promise<string> {
    const { program, args } = inNamespace(this.#options.namespace, 'iptables-save', ['-t', table]);
    const result = await run(program, args);
    if (result.exitCode !== 0) throw new Error(`iptables-save -t ${table}: ${result.stderr.trim()}`);
    return result.stdout;
  }

  onForeignChange(handler: ForeignChangeHandler): void {
    this.#handlers.push(handler);
    if (this.#handlers.length === 1) void this.#watch();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer();
    this.#monitor?.stop();
    this.#session?.stop();
  }

  async #apply(batch: string): Promise<void> {
    if (await this.#nft()) {
      if (!this.#session?.alive) {
        this.#session = new IptablesSession(this.#options.namespace, this.#options.clock);
        this.#own(this.#session.pid);
      }
      try {
        return await this.#session.apply(batch);
      } catch (error) {
        // The one-shot run below repeats it (a batch is idempotent) and has the last word.
        this.#options.log.debug({ error: String(error) }, 'kept-open iptables-restore ended');
      }
    }
    await this.#applyOnce(batch);
  }

  #applyOnce(batch: string): Promise<void> {
    const { program, args } = inNamespace(this.#options.namespace, 'iptables-restore', ['--noflush', '-w', '5']);
    const child = start(program, args, {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: minimalEnvironment(),
      timeout: 60_000,
    });
    this.#own(child.pid);
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < 10_000) stderr += chunk.toString('utf8');
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(batch);
    return new Promise((resolve, reject) => {
      child.on('error', (error) => reject(new Error(`cannot run ${program}: ${error.message}`)));
      child.on('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`iptables-restore refused the rules: ${stderr.trim() || `exit code ${code}`}`));
      });
    });
  }

  #nft(): Promise<boolean> {
    this.#isNft ??= run('iptables', ['--version']).then((result) => result.stdout.includes('nf_tables'));
    return this.#isNft;
  }

  #own(pid: number | undefined): void {
    if (pid === undefined) return;
    this.#ownPids.add(pid);
    for (const oldest of this.#ownPids) {
      if (this.#ownPids.size <= OWN_PIDS_MAX) break;
      if (oldest !== this.#session?.pid) this.#ownPids.delete(oldest);
    }
  }

  #tell(chains: ReadonlySet<string> | undefined): void {
    for (const handler of this.#handlers) handler(chains);
  }

  async #watch(): Promise<void> {
    const { clock, log, namespace } = this.#options;
    const isNft = await this.#nft();
    if (this.#stopped) return;
    if (!isNft) {
      log.info({}, 'iptables-legacy tells of no changes; rules are looked at every 2.5 s');
      return this.#lookEvery();
    }
    const startedAt = clock.monotonic();
    this.#monitor = startIptablesMonitor({
      namespace,
      isOwnPid: (pid) => this.#ownPids.has(pid),
      changed: (chains) => this.#tell(chains),
      lost: (reason) => {
        const isHealthy = clock.monotonic() - startedAt >= MONITOR_HEALTHY_MS;
        if (!isHealthy && !this.#isLossLogged)
          log.warn({ reason }, 'no events about firewall changes; looking every 2.5 s');
        this.#isLossLogged = !isHealthy;
        // What happened meanwhile is found by looking once events flow again; without events this is the polling.
        this.#later(isHealthy ? MONITOR_RESTART_MS : POLL_MS, () => {
          void this.#watch();
          this.#tell(undefined);
        });
      },
    });
  }

  #lookEvery(): void {
    this.#later(POLL_MS, () => {
      this.#tell(undefined);
      this.#lookEvery();
    });
  }

  #later(delayMs: number, callback: () => void): void {
    if (this.#stopped) return;
    this.#cancelTimer = this.#options.clock.after(delayMs, () => {
      if (!this.#stopped) callback();
    });
  }
}
