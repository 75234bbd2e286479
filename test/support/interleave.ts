/**
 * The order of test files: end-to-end files, which mostly wait and take the host one at a time, are spread among the unit tests, so that both are
 * done at about the same time.
 */

import { BaseSequencer, type TestSpecification } from 'vitest/node';

export class Interleave extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isEndToEnd = ({ project }: TestSpecification) => project.name === 'e2e';
    const rows = [sorted.filter(isEndToEnd), sorted.filter((file) => !isEndToEnd(file))];
    const placed = rows.flatMap((row) => row.map((file, index) => ({ file, place: index / row.length })));
    return placed.sort((a, b) => a.place - b.place).map(({ file }) => file);
  }
}
