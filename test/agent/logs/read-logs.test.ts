import { appendFile, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rotatedName } from '../../../daemon/agent/logs/paths.ts';
import { type ReadLogsRequest, readLogs } from '../../../daemon/agent/logs/read-logs.ts';
import { systemClock } from '../../../daemon/base/clock.ts';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reflet-logs-'));
  path = join(directory, '0.log');
});
afterEach(() => rm(directory, { recursive: true }));

const line = (second: number, text: string, tag = 'F') =>
  `2026-11-21T10:00:${String(second).padStart(2, '0')}.000000000+00:00 stdout ${tag} ${text}\n`;

async function read(options: ReadLogsRequest['options'] = {}): Promise<string> {
  const request = {
    path,
    options,
    isRunning: () => false,
    clock: { ...systemClock, now: () => Date.parse('2026-11-21T10:00:10Z') },
    signal: new AbortController().signal,
  };
  const pieces: Uint8Array[] = [];
  for await (const piece of readLogs(request)) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('reading logs', () => {
  it('shows the content, joins partial lines, and times on request', async () => {
    await writeFile(path, line(1, 'one') + line(2, 'tw', 'P') + line(3, 'o') + line(4, ''));
    expect(await read()).toBe('one\ntwo\n\n');
    expect(await read({ timestamps: true, tailLines: 1 })).toBe('2026-11-21T10:00:04.000000000Z \n');
    expect(await read({ timestamps: true, tailLines: 3 })).toBe(
      '2026-11-21T10:00:02.000000000Z two\n2026-11-21T10:00:04.000000000Z \n',
    );
  });

  it('reads rotated files first, and tails across them', async () => {
    await writeFile(rotatedName(path, Date.parse('2026-11-21T09:00:00Z'), 0), line(1, 'a') + line(2, 'b'));
    await writeFile(path, line(3, 'c') + line(4, 'd'));
    expect(await read()).toBe('a\nb\nc\nd\n');
    expect(await read({ tailLines: 3 })).toBe('b\nc\nd\n');
    expect(await read({ tailLines: 2 })).toBe('c\nd\n');
    expect(await read({ tailLines: 0 })).toBe('');
    expect(await read({ tailLines: 99 })).toBe('a\nb\nc\nd\n');
  });

  it('cuts by time and by bytes', async () => {
    await writeFile(path, line(1, 'old') + line(6, 'new'));
    expect(await read({ sinceSeconds: 5 })).toBe('new\n');
    expect(await read({ sinceTime: '2026-11-21T10:00:05Z' })).toBe('new\n');
    expect(await read({ limitBytes: 5 })).toBe('old\nn');
  });

  it('never follows a link', async () => {
    await writeFile(join(directory, 'secret'), line(1, 'secret'));
    await symlink('secret', path);
    expect(await read()).toBe('');
  });

  it('ignores a line that a crash cut short', async () => {
    await writeFile(path, `garbage\n${line(1, 'fine')}2026-11-21T10`);
    expect(await read()).toBe('fine\n');
  });
});

describe('following', () => {
  it('loses nothing over rotations, and ends with the container', async () => {
    await writeFile(path, '');
    let running = true;
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const piece of readLogs({
        path,
        options: { follow: true },
        isRunning: () => running,
        clock: systemClock,
        signal: stop.signal,
      }))
        seen.push(Buffer.from(piece).toString());
    })();
    const expected: string[] = [];
    for (let round = 0; round < 4; round++) {
      for (let count = 0; count < 50; count++) {
        expected.push(`${round}-${count}`);
        await appendFile(path, line(round, `${round}-${count}`));
      }
      if (round === 3) break;
      const moved = rotatedName(path, systemClock.now(), round);
      await rename(path, moved);
      // conmon goes on writing to the moved file until it is told.
      expected.push(`${round}-late`);
      await appendFile(moved, line(round, `${round}-late`));
      await writeFile(path, '');
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    running = false;
    await reading;
    expect(seen.join('').trim().split('\n')).toEqual(expected);
    expect((await readdir(directory)).length).toBe(4);
  });
});
