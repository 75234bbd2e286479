/**
 * Paths inside volumes and hosts: relative ones must stay below where they start.
 */

import { type FieldError, type FieldPath, invalidValue } from '../../../base/field.ts';

/** No `..` among the path's elements. */
export function checkNoBacksteps(errors: FieldError[], at: FieldPath, path: string): boolean {
  if (!path.includes('..') || !path.split('/').includes('..')) return true;
  errors.push(invalidValue(at, path, "must not contain '..'"));
  return false;
}

/** Relative, without `..`. */
export function checkDescendingPath(errors: FieldError[], at: FieldPath, path: string): void {
  if (path.startsWith('/')) errors.push(invalidValue(at, path, 'must be a relative path'));
  checkNoBacksteps(errors, at, path);
}

/** Relative, without `..`, and not a name that starts with `..` (reserved for the atomic writer). */
export function checkNonReservedPath(errors: FieldError[], at: FieldPath, path: string): void {
  checkDescendingPath(errors, at, path);
  if (path.startsWith('..') && !path.startsWith('../')) {
    errors.push(invalidValue(at, path, "must not start with '..'"));
  }
}

/** A file mode: 0 to 0777. */
export function checkFileMode(errors: FieldError[], at: FieldPath, mode: number | undefined): void {
  if (mode === undefined || (mode >= 0 && mode <= 0o777)) return;
  errors.push(invalidValue(at, mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
}
