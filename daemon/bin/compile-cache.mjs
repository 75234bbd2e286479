/**
 * Keeps what Node makes of the program's text (types removed, compiled): every start but the first takes a third of the time.
 * Plain JavaScript: it comes before the program.
 *
 * Invariant: code is read only from a directory that is this user's own and that nobody else can write to.
 */

import { mkdirSync, statSync } from 'node:fs';
import { enableCompileCache, flushCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A daemon may be killed later: it keeps what it has read when its start is over. */
const FLUSH_AFTER_MS = 20_000;
const WRITABLE_BY_OTHERS = 0o022;

/** Without effect where there is no such directory. `NODE_COMPILE_CACHE` and `NODE_DISABLE_COMPILE_CACHE` are Node's own and hold as always. */
export function keepCompiled() {
  const directory = ownDirectory();
  if (!directory) return;
  enableCompileCache(directory);
  setTimeout(flushCompileCache, FLUSH_AFTER_MS).unref();
}

/** `$XDG_CACHE_HOME/reflet`, else `~/.cache/reflet` (XDG Base Directory Specification). */
function ownDirectory() {
  const { XDG_CACHE_HOME } = process.env;
  const base = XDG_CACHE_HOME?.startsWith('/') ? XDG_CACHE_HOME : join(homedir(), '.cache');
  const directory = join(base, 'reflet');
  try {
    // Under sudo the home may be somebody else's.
    if (!XDG_CACHE_HOME && !isOwn(homedir())) return undefined;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return isOwn(base) && isOwn(directory) ? directory : undefined;
  } catch {
    return undefined; // a home that is read-only, or none
  }
}

function isOwn(path) {
  const { uid, mode } = statSync(path);
  return uid === process.getuid() && (mode & WRITABLE_BY_OTHERS) === 0;
}
