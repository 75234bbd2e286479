/**
 * A process to be killed: the git layer on a durable store, writing through the API's persistence as fast as it can.
 * Prints `ready <revision> <commit> <names> <ledger>`, then one line an acknowledged write. Snapshots, checkpoints and the ledger's file are written all
 * the time, so that a kill finds each of them half done. Arguments: folder, name of this run, `once` to end after recovering, `serve` to take pushes.
 */

import { join } from 'node:path';
import { createStore } from '../../../daemon/store/create-store.ts';
import { openFileLog } from '../../../daemon/store/file-log.ts';
import { openGit } from './world.ts';
import { create } from './writes.ts';

const [folder = '', run = '', mode] = process.argv.slice(2);
const store = await createStore(await openFileLog(join(folder, 'store')), { snapshotBatches: 7 });
const git = await openGit(store, join(folder, 'data'), { stateKey: Buffer.alloc(32, 1) });
const names = store.range('/registry/core/configmaps/default/').entries.map(({ value }) => value.metadata!.name);
const { ledger } = git.engine;
const commits = Array.from({ length: ledger.length }, (_, index) => ledger.at(index)!.commit);
process.stdout.write(`ready ${store.revision} ${git.status().commit ?? ''} ${names.join(',')} ${commits.join(',')}\n`);
if (mode === 'serve') await new Promise(() => setInterval(() => {}, 1_000));
for (let number = 0; !mode; number++) {
  const writes = ['a', 'b', 'c'].map(async (suffix) => {
    const name = `w-${run}-${number}-${suffix}`;
    const { ok } = await create({ store, git }, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    if (ok) process.stdout.write(`${name}\n`);
  });
  await Promise.all(writes);
  if (number % 3 === 0) void git.checkpoint().catch(() => {});
}
await git.stop();
await store.close();
