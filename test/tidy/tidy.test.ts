/**
 * House rules that no compiler checks: who may import whom, what may only be done in one place, how long things may get.
 * Each ban has its reason beside it.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findFunctions } from './functions.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DAEMON = join(ROOT, 'daemon');

const files = readdirSync(DAEMON, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort()
  .map((name) => ({ name, folder: name.split('/')[0]!, text: readFileSync(join(DAEMON, name), 'utf8') }));

/** What each folder may import besides itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  schema: ['base'],
  yaml: ['base'],
  // Encrypted manifests: text and keys, no kinds.
  sops: ['base', 'yaml'],
  // An expression knows no kinds: types come from schemas, values from JSON, and who may do what is asked through a port.
  cel: ['base'],
  merge: ['base', 'schema'],
  kinds: ['base', 'schema', 'cel', 'merge'],
  // The store knows nothing of kinds: a value is an object with metadata.
  store: ['base'],
  client: ['base', 'kinds'],
  runtime: ['base', 'kinds', 'client'],
  // Calling out needs no more than where to: the shapes of clientConfig.
  webhook: ['base', 'kinds'],
  // Roles are read where they are stored; judging them needs no API.
  auth: ['base', 'kinds', 'store'],
  admission: ['base', 'schema', 'cel', 'merge', 'kinds', 'store', 'auth'],
  // Git publishes into the store itself, under the very admission that the API uses; the API never reaches into git.
  git: ['base', 'schema', 'merge', 'yaml', 'sops', 'kinds', 'store', 'auth', 'admission', 'api'],
  api: ['base', 'schema', 'merge', 'kinds', 'store', 'client', 'auth', 'admission'],
  // Loops see the cluster through the API client only: admission, authorization and commits cannot be bypassed.
  controllers: ['base', 'schema', 'kinds', 'client', 'runtime'],
  scheduler: ['base', 'schema', 'kinds', 'client', 'runtime'],
  agent: ['base', 'schema', 'kinds', 'client', 'runtime'],
  network: ['base', 'schema', 'kinds', 'client', 'runtime'],
  proxy: ['base', 'schema', 'kinds', 'client', 'runtime'],
  dns: ['base', 'schema', 'kinds', 'client', 'runtime'],
  // A plan plays the whole system through on a copy: it is a second wiring of everything that decides.
  plan: [
    ...['base', 'schema', 'merge', 'kinds', 'store', 'client', 'runtime', 'auth', 'admission', 'api'],
    ...['git', 'controllers', 'scheduler', 'proxy'],
  ],
};

const IMPORT = /^(?:import|export)\s[^'"]*?from\s+'(\.[^']+)'|^import\s+'(\.[^']+)'/gm;

function importsOf({ name, text }: { name: string; text: string }): string[] {
  return [...text.matchAll(IMPORT)].map((match) => normalize(join(dirname(name), (match[1] ?? match[2])!)));
}

/** The exceptions, each with its reason. */
const EXCEPTIONS: ReadonlySet<string> = new Set([
  // The in-process client is the API's own verbs called directly: that is its whole purpose.
  'client/in-process.ts',
  'client/in-process-watch.ts',
]);

describe('arrows', () => {
  it('every folder is known', () => {
    expect(
      [...new Set(files.map(({ folder }) => folder))].filter((folder) => folder !== 'bin' && !(folder in MAY_IMPORT)),
    ).toEqual([]);
  });

  it('no folder imports what it may not', () => {
    const wrong = files
      .filter(({ folder, name }) => folder !== 'bin' && !EXCEPTIONS.has(name))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => {
            const to = target.split('/')[0]!;
            return to !== file.folder && !MAY_IMPORT[file.folder]?.includes(to);
          })
          .map((target) => `${file.name} → ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('controllers do not import each other (only their starter knows them all)', () => {
    const wrong = files
      .filter(({ folder }) => folder === 'controllers')
      .flatMap((file) =>
        importsOf(file)
          .filter(
            (target) =>
              file.name !== 'controllers/start-controllers.ts' &&
              target.startsWith('controllers/') &&
              target.split('/').length > 2 &&
              target.split('/')[1] !== file.name.split('/')[1] &&
              target.split('/')[1] !== 'shared',
          )
          .map((target) => `${file.name} → ${target}`),
      );
    expect(wrong).toEqual([]);
  });
});

/** What may stand in one place only, so that everything else can be replayed, audited and tested. */
const BANS: { pattern: RegExp; allowed: (name: string) => boolean; reason: string }[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    allowed: (name) => name === 'base/clock.ts',
    reason: 'time is an argument (Clock)',
  },
  {
    pattern: /\bMath\.random\(|\brandomUUID\(/,
    allowed: (name) => name === 'base/clock.ts',
    reason: 'chance and ids are arguments (Random, Ids)',
  },
  {
    pattern: /from 'node:child_process'/,
    allowed: (name) => name === 'base/process.ts' || name === 'git/http-backend.ts' || name === 'git/object-reader.ts',
    reason: 'only base/process.ts starts processes (a type may be imported)',
  },
  {
    pattern: /\bprocess\.env\b/,
    allowed: (name) => name === 'base/env.ts' || name === 'base/process.ts',
    reason: 'only base/env.ts reads the environment',
  },
  {
    pattern: /\bconsole\./,
    allowed: (name) => name === 'schema/generate-types.ts',
    reason: 'logs go to the Logger, output to the Output',
  },
  { pattern: /^export default/m, allowed: () => false, reason: 'named exports only' },
  { pattern: /\/work\/|\/tmp\/k8s/, allowed: () => false, reason: 'no path of a developer’s machine' },
];

const withoutTypeImports = (text: string) =>
  text.replace(/^import type .*$/gm, '').replace(/^\s*(\*|\/\/|\/\*\*).*$/gm, '');

describe('bans', () => {
  it.each(BANS)('$reason', ({ pattern, allowed }) => {
    expect(
      files
        .filter(({ name, text }) => !allowed(name) && pattern.test(withoutTypeImports(text)))
        .map(({ name }) => name),
    ).toEqual([]);
  });
});

const LINES_MAX_FUNCTION = 70; // a function fits a screen
/** Functions that are still longer. The list may only get shorter: an entry that is not needed any more fails too. */
const STILL_LONGER: readonly string[] = [
  'agent/agent.ts startAgent',
  'agent/probes/start-probes.ts startProbes',
  'agent/volumes/create-volumes.ts createVolumes',
];
const LINES_MAX_FILE = 450; // a file has one subject; what is longer has two

describe('shape', () => {
  const own = files.filter(({ name }) => !name.endsWith('.generated.ts'));

  it('every file says first what it is', () => {
    expect(own.filter(({ text }) => !text.startsWith('/**') && !text.startsWith('#!')).map(({ name }) => name)).toEqual(
      [],
    );
  });

  it(`no file is longer than ${LINES_MAX_FILE} lines`, () => {
    expect(own.filter(({ text }) => text.split('\n').length > LINES_MAX_FILE).map(({ name }) => name)).toEqual([]);
  });

  it(`no function is longer than ${LINES_MAX_FUNCTION} lines`, () => {
    const longer = own.flatMap(({ name, text }) =>
      findFunctions(text)
        .filter(({ length }) => length > LINES_MAX_FUNCTION)
        .map((one) => `${name} ${one.name}`),
    );
    expect(longer).toEqual(STILL_LONGER);
  });

  it('functions are found in every form they are written in', () => {
    const text = `export async function* first(): AsyncIterable<string> {
  if (true) {
    for (const one of []) {
    }
  }
}

const second = async (a: string) => {
  const third = () => {
    return 1;
  };
};

class Fourth {
  async #fifth<T>(a: T): Promise<void> {
    return;
  }
}

function sixth(
  a: string,
): void {
}

const object = {
  seventh: async (a) => {
  },
};
`;
    expect(findFunctions(text).map(({ name, length }) => `${name} ${length}`)).toEqual([
      'first 6',
      'second 5',
      'third 3',
      '#fifth 3',
      'sixth 4',
      'seventh 2',
    ]);
  });

  it('no file is named after nothing in particular', () => {
    expect(
      own
        .filter(({ name }) => /(^|\/)(util|utils|helpers|misc|common|index)\.ts$/.test(name))
        .map(({ name }) => relative('.', name)),
    ).toEqual([]);
  });
});
