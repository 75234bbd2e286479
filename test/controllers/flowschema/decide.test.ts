import { describe, expect, it } from 'vitest';
import { decide } from '../../../daemon/controllers/flowschema/decide.ts';
import type { FlowSchema } from '../../../daemon/kinds/types.generated.ts';

const flowSchema: FlowSchema = { metadata: { name: 'a' }, spec: { priorityLevelConfiguration: { name: 'p' } } };
const NOW = Date.parse('2026-01-02T03:04:05Z');
const next = (schema: FlowSchema, hasLevel: boolean, now = NOW) =>
  decide({ key: 'a', flowSchema: schema, hasLevel }, now).actions[0]?.flowSchema;

describe('a flow schema', () => {
  it('says whether its level is there, and since when, once', () => {
    const found = next(flowSchema, true)!;
    expect(found.status?.conditions).toEqual([
      {
        type: 'Dangling',
        status: 'False',
        lastTransitionTime: '2026-01-02T03:04:05Z',
        reason: 'Found',
        message: 'This FlowSchema references the PriorityLevelConfiguration object named "p" and it exists',
      },
    ]);
    expect(next(found, true, NOW + 9_000)).toBeUndefined();
    expect(next(found, false, NOW + 9_000)?.status?.conditions).toEqual([
      {
        type: 'Dangling',
        status: 'True',
        lastTransitionTime: '2026-01-02T03:04:14Z',
        reason: 'NotFound',
        message:
          'This FlowSchema references the PriorityLevelConfiguration object named "p" but there is no such object',
      },
    ]);
  });
});
