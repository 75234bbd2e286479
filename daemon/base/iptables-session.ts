/**
 * A kept-open `iptables-restore --noflush`: each batch ends with COMMIT (applied at once, atomically) and a comment that the program
 * echoes (`-v`) once it has read past the COMMIT: the acknowledgement. It saves fork, exec and tear-down for each change.
 *
 * Invariants: one batch in flight; a batch is acknowledged only after its COMMIT succeeded; any error ends the child, and the caller
 * must apply the batch another way. Only for iptables-nft (legacy holds the xtables lock differently). Must not retry by itself.
 */

import type { ChildProcess } from 'node:child_process';
import type { Clock } from './clock.ts';
import { type HostNamespace, inNamespace } from './host-namespace.ts';
import { start } from './process.ts';

/** A full load of 20,000 services takes about 8 s; a batch that takes longer than this is stuck. */
const ACK_MS_MAX = 30_000;
/** How much of the child's complaints is kept for the error message. */
const STDERR_CHARS_MAX = 4_000;

export class IptablesSession {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  #alive = true;
  #acks = 0;
  #stdout = '';
  #stderr = '';
  #waiting: { marker: string; resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(namespace: HostNamespace, clock: Clock) {
    this.#clock = clock;
    const { program, args } = inNamespace(namespace, 'stdbuf', [
      '-oL',
      'iptables-restore',
      '-v',
      '--noflush',
      '-w',
      '5',
    ]);
    this.#child = start(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stdin?.on('error', () => {}); // EPIPE: the exit is reported by 'close'
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_CHARS_MAX);
    });
    this.#child.on('error', (error) => this.#end(error.message));
    this.#child.on('close', (code) => this.#end(this.#stderr.trim() || `exit code ${code}`));
    this.#child.unref();
  }

  /** False once the child has ended; a new session is needed then. */
  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Resolves when the batch is in force; rejects (and ends the session) when it was refused or no answer came in time. */
  apply(batch: string): Promise<void> {
    if (!this.#alive) return Promise.reject(new Error(`iptables-restore session has ended: ${this.#stderr.trim()}`));
    if (this.#waiting) throw new Error('one batch at a time');
    const marker = `# reflet ${++this.#acks}`;
    return new Promise<void>((resolve, reject) => {
      const cancel = this.#clock.after(ACK_MS_MAX, () => this.#end(`no answer within ${ACK_MS_MAX} ms`));
      this.#waiting = {
        marker,
        resolve: () => {
          cancel();
          resolve();
        },
        reject: (error) => {
          cancel();
          reject(error);
        },
      };
      this.#child.stdin?.write(`${batch}${marker}\n`);
    });
  }

  stop(): void {
    this.#end('stopped');
  }

  #read(text: string): void {
    this.#stdout += text;
    const waiting = this.#waiting;
    if (waiting && this.#stdout.includes(`${waiting.marker}\n`)) {
      this.#waiting = undefined;
      this.#stdout = '';
      waiting.resolve();
    } else {
      this.#stdout = this.#stdout.slice(-STDERR_CHARS_MAX);
    }
  }

  #end(why: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#child.stdin?.destroy();
    this.#child.kill('SIGKILL');
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(new Error(`iptables-restore: ${why}`));
  }
}
