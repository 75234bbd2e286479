/**
 * A process to be killed: the git layer on a durable store, writing through the API's persistence as fast as it can.
 * Prints `ready <revision>`, then one line an acknowledged write. Arguments: folder, name of this run, `once` to end after recovering.
 */

import { join } from 'node:path';
import { createStore } from '../../../daemon/store/create-store.ts';
import { openFileLog } from '../../../daemon/store/file-log.ts';
import { openGit } from './world.ts';
import { create } from './writes.ts';

const [folder = '', run = '', once] = process.argv.slice(2);
const store = await createStore(await openFileLog(join(folder, 'store')));
const git = await openGit(store, join(folder, 'data'));
const names = store.range('/registry/core/configmaps/default/').entries.map(({ value }) => value.metadata!.name);
process.stdout.write(`ready ${store.revision} ${git.status().commit ?? ''} ${names.join(',')}\n`);
for (let number = 0; !once; number++) {
  const writes = ['a', 'b', 'c'].map(async (suffix) => {
    const name = `w-${run}-${number}-${suffix}`;
    const { ok } = await create({ store, git }, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    if (ok) process.stdout.write(`${name}\n`);
  });
  await Promise.all(writes);
}
await git.stop();
await store.close();
