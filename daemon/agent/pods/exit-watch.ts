/**
 * Learns at once that a container has ended, from conmon's own exit files, and finds containers whose conmon has died.
 *
 * podman tells of an end some hundred milliseconds later, and of a killed conmon never. Where the exit files are is read off a conmon's own
 * command line, so it holds for every podman.
 */

import { type FSWatcher, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { killGroup, readOomKills } from './cgroup.ts';
import type { ContainerTable } from './container-table.ts';
import type { ObservedContainer } from './observed.ts';

/** A dead conmon is found within this; reading a few hundred lines of /proc costs about a millisecond. */
const CHECK_MS = 1_000;
const KILLED = 137;

export interface ExitWatchOptions {
  table: ContainerTable;
  clock: Clock;
  log: Logger;
}

export class ExitWatch {
  readonly #options: ExitWatchOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(options: ExitWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** A container has been started (or adopted): its conmon says where its end will be written. */
  follow(container: Readonly<ObservedContainer>): void {
    const directory = container.conmonPid > 0 ? exitDirectory(container.conmonPid) : undefined;
    if (directory === undefined) return;
    if (!this.#watchers.has(directory)) this.#watch(directory);
    // It may have ended before the watch was there.
    this.#read(directory, container.id);
  }

  #watch(directory: string): void {
    try {
      const watcher = watch(directory, { persistent: false }, (_, file) => {
        if (file) this.#read(directory, file);
      });
      watcher.on('error', () => this.#watchers.delete(directory));
      this.#watchers.set(directory, watcher);
    } catch (error) {
      this.#options.log.debug({ directory, error: String(error) }, 'exit files cannot be watched; events will do');
    }
  }

  #read(directory: string, id: string): void {
    const { table } = this.#options;
    const container = table.get(id);
    if (!container || container.state === 'exited') return;
    try {
      const path = join(directory, id);
      const exitCode = Number(readFileSync(path, 'utf8').trim());
      if (!Number.isInteger(exitCode)) return;
      // Asked now: the control group goes a moment after the container.
      const oomKilled = readOomKills(container.cgroupPath) > 0 && exitCode !== 0;
      table.markEnded(id, { exitCode, finishedMs: Math.round(statSync(path).mtimeMs), oomKilled });
    } catch {
      // Cleaned up already (podman's event tells), or not there yet.
    }
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#cancel = this.#options.clock.after(CHECK_MS, () => {
      for (const container of this.#options.table.running()) this.#check(container);
      this.#schedule();
    });
  }

  /** Without its conmon a container cannot be known to have ended, nor why: it is ended for good. */
  #check(container: Readonly<ObservedContainer>): void {
    if (container.conmonPid === 0 || isConmonOf(container.conmonPid, container.id)) return;
    const { table, clock, log } = this.#options;
    const directoryEntry = [...this.#watchers.keys()];
    for (const directory of directoryEntry) this.#read(directory, container.id);
    if (table.get(container.id)?.state !== 'running') return;
    // An ordinary end: podman is cleaning up and will say so.
    void table.refresh(container.id).then(() => {
      const now = table.get(container.id);
      if (now?.state !== 'running' || isConmonOf(now.conmonPid, now.id)) return;
      log.warn({ container: now.id, pod: `${now.namespace}/${now.pod}` }, 'a conmon has died; ending its container');
      killGroup(now.cgroupPath);
      table.markEnded(now.id, { exitCode: KILLED, finishedMs: clock.now(), lost: true });
    });
  }
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function conmonArgument(conmonPid: number, option: string): string | undefined {
  const words = commandLine(conmonPid);
  const index = words.indexOf(option);
  return index < 0 ? undefined : words[index + 1];
}

const exitDirectory = (conmonPid: number) => conmonArgument(conmonPid, '--exit-dir');

/** The FIFO by which a conmon is told to open its log anew. */
export function controlPathOf(conmonPid: number): string | undefined {
  const bundle = conmonPid > 0 ? conmonArgument(conmonPid, '-b') : undefined;
  return bundle === undefined ? undefined : join(bundle, 'ctl');
}

/** A pid may have been given to another process since. */
const isConmonOf = (pid: number, containerId: string) => pid > 0 && commandLine(pid).includes(containerId);
