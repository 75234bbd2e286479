import { describe, expect, it } from 'vitest';
import { VolumeProblem } from '../../../daemon/agent/volumes/payload.ts';
import { subPathOf } from '../../../daemon/agent/volumes/sub-path-name.ts';

const VARIABLES = new Map([
  ['NAME', 'foo'],
  ['EMPTY', ''],
  ['ROOT', '/tmp'],
  ['UP', '..'],
]);
const named = (mount: object) => subPathOf({ name: 'v', mountPath: '/v', ...mount }, () => VARIABLES);

describe('the path of a volume that a mount names', () => {
  it.each([
    [{}, undefined],
    [{ subPath: '$(NAME)' }, '$(NAME)'],
    [{ subPathExpr: '$(NAME)/data' }, 'foo/data'],
    [{ subPathExpr: '$$(NAME)' }, '$(NAME)'],
  ])('%j → %s', (mount, expected) => expect(named(mount)).toBe(expected));

  it.each([
    [{ subPathExpr: '$(ROOT)' }, 'error SubPath `/tmp` must not be an absolute path'],
    [{ subPathExpr: '$(UP)/etc' }, "unable to provision SubPath `../etc`: must not contain '..'"],
    [{ subPathExpr: '$(EMPTY)/$(NAME)' }, 'missing value for EMPTY'],
    [{ subPathExpr: '$(NONE)/$(EMPTY)/$(NONE)' }, 'missing value for EMPTY, NONE'],
  ])('%j is refused as the kubelet does', (mount, message) => {
    expect(() => named(mount)).toThrow(new VolumeProblem(message));
  });
});
