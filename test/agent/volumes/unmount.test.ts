import { describe, expect, it } from 'vitest';
import { readMountPoints, unescapeMountPath } from '../../../daemon/agent/volumes/unmount.ts';

describe('the mount table', () => {
  it('reads paths as the kernel escapes them', () => {
    expect(unescapeMountPath('/a\\040b\\011c\\012d\\134e')).toBe('/a b\tc\nd\\e');
    expect(unescapeMountPath('/größe\\040x')).toBe('/größe x');
    expect(unescapeMountPath('/plain')).toBe('/plain');
    expect(unescapeMountPath('/not\\9octal\\')).toBe('/not\\9octal\\');
  });

  it('finds the root', async () => {
    expect(await readMountPoints()).toContain('/');
  });
});
