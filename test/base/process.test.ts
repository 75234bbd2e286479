/** What a program prints comes whole. */

import { expect, it } from 'vitest';
import { run, runBinary } from '../../daemon/base/process.ts';

const BYTES = '\\0\\377\\n';

it('bytes, a newline at the end among them', async () => {
  const { exitCode, stdout } = await runBinary('printf', [BYTES], '');
  expect(exitCode).toBe(0);
  expect([...stdout]).toEqual([0, 0xff, 0x0a]);
});

it('text, with its last newline', async () => {
  expect(await run('printf', ['a\\n'])).toMatchObject({ exitCode: 0, stdout: 'a\n' });
});
