/**
 * Which files of a tree are manifests (design: every .yaml, .yml and .json under `--path`, except dot-folders, `reflet.yaml` and what
 * `.refletignore` names), and which entries are refused for what they are. Pure.
 */

import { CONFIGURATION_FILE } from './configuration/read.ts';
import type { IgnoreRules } from './ignore.ts';
import { PATH_BYTES_MAX } from './limits.ts';
import type { TreeChange } from './tree.ts';

export type PathRole =
  | { role: 'manifest' }
  | { role: 'other' }
  | { role: 'refused'; message: string; expected: string };

const MANIFEST_NAME = /\.(?:ya?ml|json)$/i;
const OTHER: PathRole = { role: 'other' };
const MANIFEST: PathRole = { role: 'manifest' };

/** `folder`: the `--path` that manifests are under, `''` for the root. Ignore patterns are relative to it. */
export function roleOfPath(change: TreeChange, folder: string, ignore: IgnoreRules): PathRole {
  const { path } = change;
  if (path === CONFIGURATION_FILE || (folder && !path.startsWith(`${folder}/`))) return OTHER;
  const hostile = hostilePath(change);
  if (hostile) return { role: 'refused', message: hostile, expected: 'a plain relative path in UTF-8' };
  const inside = folder ? path.slice(folder.length + 1) : path;
  if (inside.split('/').some((segment) => segment.startsWith('.'))) return OTHER;
  if (ignore.ignores(inside)) return OTHER;
  if (inside === CONFIGURATION_FILE) {
    return {
      role: 'refused',
      message: 'reflet is configured at the root of the repository only',
      expected: `${CONFIGURATION_FILE} there, or the path named in .refletignore`,
    };
  }
  if (change.mode === 'submodule') {
    return {
      role: 'refused',
      message: 'submodules are not followed',
      expected: 'the manifests themselves, or the path named in .refletignore',
    };
  }
  if (!MANIFEST_NAME.test(inside)) return OTHER;
  if (change.mode === 'link') {
    return {
      role: 'refused',
      message: 'symbolic links are not followed',
      expected: 'a regular file, or the path named in .refletignore',
    };
  }
  return MANIFEST;
}

function hostilePath({ path, badPath }: TreeChange): string | undefined {
  if (badPath) return 'the path is not UTF-8';
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) return `the path is longer than ${PATH_BYTES_MAX} bytes`;
  if (/[\x00-\x1f\x7f]/.test(path)) return 'the path holds control characters';
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'the path holds an empty, "." or ".." segment';
  }
  if (segments.some((segment) => /^(?:\.git|git~\d+)$/i.test(segment))) return 'the path leads into a .git folder';
  return undefined;
}
