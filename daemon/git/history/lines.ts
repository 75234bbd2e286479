/**
 * Looks up on which line of its file a field stands. Bounded: what goes beyond shows its object's line.
 */

import type { FieldChange } from '../../base/field-changes.ts';
import type { DesiredObject } from '../desired-state.ts';
import type { GitEngine } from '../engine.ts';
import { LINES_LOOKED_UP_MAX } from '../limits.ts';
import type { ChangedField } from './compare.ts';

export class LineFinder {
  readonly #engine: GitEngine;
  #left = LINES_LOOKED_UP_MAX;

  constructor(engine: GitEngine) {
    this.#engine = engine;
  }

  /** 1-based; of the nearest field around it that the file has. */
  async find({ file, document }: DesiredObject, fieldPath: string): Promise<{ line: number; column: number }> {
    const { line, column } = document;
    if (this.#left-- <= 0) return { line, column };
    const { reader, options } = this.#engine;
    const path = [document.itemPath, fieldPath].filter(Boolean).join('.');
    const blob = await reader.read(file.blob);
    return blob ? options.manifests.positionOf(blob.content, file.path, document.document, path) : { line, column };
  }

  /** `old`: where to look for fields that `object` has not got any more. */
  async addTo(
    fields: readonly FieldChange[],
    object: DesiredObject,
    old: DesiredObject | undefined,
  ): Promise<ChangedField[]> {
    const placed: ChangedField[] = [];
    for (const field of fields) {
      const where = field.after === undefined && old ? old : object;
      placed.push({ ...field, line: (await this.find(where, field.path)).line });
    }
    return placed;
  }
}
