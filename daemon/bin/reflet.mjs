#!/usr/bin/env node
/** The `reflet` command: runs under Node 24 or newer, from the source where it lies beside this file (a checkout), else from the build (a package). */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, 'reflet.ts');
const program = existsSync(source) ? source : join(here, '..', '..', 'dist', 'daemon', 'bin', 'reflet.js');
if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { keepCompiled } = await import('./compile-cache.mjs');
  keepCompiled();
  await import(program);
} else {
  const node = [
    join(here, '..', '..', 'node_modules', 'node', 'bin', 'node'),
    join(here, '..', '..', '..', 'node', 'bin', 'node'),
  ].find((path) => existsSync(path));
  if (!node) {
    process.stderr.write(`reflet: Node 24 or newer is needed, this is ${process.versions.node}\n`);
    process.exit(1);
  }
  process.exit(
    spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1,
  );
}
