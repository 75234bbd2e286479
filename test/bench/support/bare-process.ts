/** Starts `bare-server.ts` and speaks to it. */

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { start } from '../../../daemon/base/process.ts';

export interface BareServer {
  readonly port: number;
  readonly pid: number;
  /** Writes this many events to every watcher. */
  writeEvents(count: number): void;
  stop(): Promise<void>;
}

export async function startBareServer(keysDirectory: string, file: string): Promise<BareServer> {
  const program = fileURLToPath(new URL('./bare-server.ts', import.meta.url));
  const child = start(process.execPath, [program, keysDirectory, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  return {
    port: Number(line.toString('utf8')),
    pid: child.pid!,
    writeEvents: (count) => void child.stdin!.write(`${count}\n`),
    async stop() {
      child.stdin!.end();
      await once(child, 'exit');
    },
  };
}
