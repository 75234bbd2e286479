/** What a commit's status makes of its Jobs. */

import { expect, it } from 'vitest';
import type { KubeObject } from '../../../daemon/base/object.ts';
import { decideStatus, type TrackedObject } from '../../../daemon/git/status/decide-status.ts';

const MINUTE = 60_000;

/** The Job of a commit that came into force at 0, as it is told after each of these looks at it. */
function told(...looks: readonly (readonly [minutes: number, status: object | undefined])[]): string[] {
  let tracked: TrackedObject = {
    key: '/registry/batch/jobs/default/work',
    object: 'job default/work',
    action: 'created',
    health: { state: 'progressing', text: '' },
    step: '',
    stepMs: 0,
  };
  return looks.map(([minutes, status]) => {
    const job = { kind: 'Job', spec: { completions: 1 }, status } as KubeObject;
    const live = () => (status ? job : undefined);
    const input = { objects: [tracked], sinceMs: 0, now: minutes * MINUTE, live, failedCondition: () => undefined };
    tracked = decideStatus(input).objects[0]!;
    return tracked.health.state;
  });
}

it('one that runs may take its time', () => {
  expect(told([0, { active: 1, ready: 1 }], [600, { active: 1, ready: 1 }])).toEqual(['progressing', 'progressing']);
});

it('one of which nothing runs fails the commit after 10 minutes', () => {
  expect(told([0, { active: 1, ready: 0 }], [9, { active: 1 }], [11, { active: 1 }])).toEqual([
    'progressing',
    'progressing',
    'failed',
  ]);
});
