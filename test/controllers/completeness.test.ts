import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACTING_USERS } from '../../daemon/controllers/accounts.ts';
import { CONTROLLERS } from '../../daemon/controllers/start-controllers.ts';

const root = new URL('../../daemon/controllers/', import.meta.url);
const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
  .map(({ name }) => name);

describe('every controller', () => {
  it('is started', () => {
    expect(Object.keys(CONTROLLERS).sort()).toEqual(folders.sort());
  });

  it('acts as a user', () => {
    expect(Object.keys(ACTING_USERS).sort()).toEqual(folders.sort());
  });

  it.each(folders)('%s has the same files', (folder) => {
    for (const file of ['actions.ts', 'observe.ts', 'decide.ts', 'act.ts', 'loop.ts']) {
      expect(existsSync(new URL(`${folder}/${file}`, root)), `${folder}/${file}`).toBe(true);
    }
  });
});
