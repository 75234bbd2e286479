/** Pushes in the audit log: however many objects one changes, each of them is told, and the log's queue is not overrun. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../daemon/base/log.ts';
import { openAudit } from '../../daemon/bin/audit.ts';
import type { GitEngine } from '../../daemon/git/engine.ts';
import { HOST_ADMINISTRATOR } from '../../daemon/git/ports.ts';
import type { Publication } from '../../daemon/git/publish.ts';
import { configMap } from '../../daemon/kinds/configmaps/kind.ts';

/** More than the log holds in memory. */
const OBJECTS = 12_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reflet-audit-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('tells every object of a large push, those of the first push first', async () => {
  const audit = await openAudit({}, folder, silentLogger);
  let publish: (publication: Publication) => void = () => {};
  const engine = {
    onPublished(listener: typeof publish) {
      publish = listener;
    },
    onRefused() {},
  };
  audit.follow(engine as unknown as GitEngine);
  const publication = (commit: string, count: number): Publication => ({
    commit,
    parent: undefined,
    revision: 1,
    atMs: 0,
    user: HOST_ADMINISTRATOR,
    outcomes: Array.from({ length: count }, (_, index) => {
      const key = { namespace: 'default', name: `c-${index}` };
      return { names: { kind: configMap, key, storeKey: '' }, action: 'created' as const };
    }),
  });
  publish(publication('first', OBJECTS));
  publish(publication('second', 1));
  await audit.close();
  const lines = (await readFile(join(folder, 'audit', 'audit.log'), 'utf8')).trimEnd().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { verb: string; annotations: Record<string, string> });
  expect(events.filter(({ verb }) => verb === 'create')).toHaveLength(OBJECTS + 1);
  expect(events.filter(({ verb }) => verb === 'push')).toHaveLength(2);
  expect(events.slice(-2).map(({ annotations }) => annotations['reflet.dev/commit'])).toEqual(['second', 'second']);
});
