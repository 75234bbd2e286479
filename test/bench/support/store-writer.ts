/** A program: writes to a store until it is killed, and prints `KEY TURN` for every acknowledged write. Arguments: directory, number of writers. */

import { createStore } from '../../../daemon/store/create-store.ts';
import { openFileLog } from '../../../daemon/store/file-log.ts';

const [directory = '', writers = '1'] = process.argv.slice(2);
const store = await createStore(await openFileLog(directory));

async function writeForever(writer: number): Promise<never> {
  const key = `/registry/core/configmaps/default/w${writer}`;
  for (let turn = 0; ; turn++) {
    await store.commit([
      { type: 'put', key, value: { metadata: { name: `w${writer}` }, data: { turn: String(turn) } } as never },
    ]);
    process.stdout.write(`${key} ${turn}\n`);
  }
}

await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => writeForever(writer)));
