/** The small pure parts: rollout health, push options, problems' text, the hook's request, the lease. */

import { describe, expect, it } from 'vitest';
import { parseHookRequest } from '../../daemon/git/hooks/request.ts';
import { LeaseTimeout, WriteLease } from '../../daemon/git/lease.ts';
import { formatProblem, formatRefusal } from '../../daemon/git/problem.ts';
import { healthOf } from '../../daemon/git/progress/health.ts';
import { parsePushOptions } from '../../daemon/git/progress/push-options.ts';
import { plainSecret } from '../../daemon/git/write-back/secret-text.ts';
import { SimClock } from '../support/sim-clock.ts';

describe('healthOf', () => {
  const web = (status: object, spec: object = { replicas: 3 }) =>
    healthOf({ kind: 'Deployment', metadata: { generation: 2 }, spec, status } as never);

  it.each([
    [{ observedGeneration: 1 }, 'progressing', 'waiting for the controller'],
    [
      { observedGeneration: 2, replicas: 3, updatedReplicas: 1, readyReplicas: 3 },
      'progressing',
      '1/3 ready, 1 of 3 updated',
    ],
    [
      { observedGeneration: 2, replicas: 4, updatedReplicas: 3, readyReplicas: 3 },
      'progressing',
      // The status does not tell which of the ready ones is the old one.
      '2/3 ready, 1 old one is ending',
    ],
    [
      { observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 2, availableReplicas: 2 },
      'progressing',
      '2/3 ready',
    ],
    [
      { observedGeneration: 2, replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 },
      'healthy',
      '3/3 ready',
    ],
    [
      {
        observedGeneration: 2,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      },
      'failed',
      '0/3 ready: exceeded its progress deadline',
    ],
  ])('%j', (status, state, text) => {
    expect(web(status)).toEqual({ state, text });
  });
});

describe('healthOf a Job', () => {
  const condition = (type: string, message?: string) => ({ type, status: 'True', message });

  it.each<[object, object, string, string]>([
    [{}, { succeeded: 1 }, 'progressing', '1/3 succeeded'],
    [{}, { succeeded: 3, conditions: [condition('SuccessCriteriaMet')] }, 'progressing', '3/3 succeeded'],
    [{}, { succeeded: 3, conditions: [condition('Complete')] }, 'healthy', '3/3 succeeded'],
    [{ suspend: true }, {}, 'healthy', '0/3 succeeded, suspended'],
    [{}, { conditions: [condition('Failed', 'too often')] }, 'failed', 'failed: too often'],
  ])('%j %j', (spec, status, state, text) => {
    expect(healthOf({ kind: 'Job', spec: { completions: 3, ...spec }, status } as never)).toEqual({ state, text });
  });
});

describe('parsePushOptions', () => {
  it.each([
    [['wait'], 630_000, []],
    [['wait=90'], 90_000, []],
    [['wait=5m'], 300_000, []],
    [['wait=999999h'], 3_600_000, []],
    [['wait=', 'hurry'], undefined, ['wait=', 'hurry']],
  ])('%j', (options, waitMs, unknown) => {
    expect(parsePushOptions(options)).toEqual({ waitMs, unknown });
  });
});

describe('problems', () => {
  it('name place, object, field, reason and what was expected', () => {
    const problem = {
      file: 'a.yaml',
      line: 3,
      column: 5,
      object: 'pod default/x',
      fieldPath: 'spec.x',
      message: 'wrong',
      expected: 'right',
    };
    expect(formatProblem(problem)).toBe('a.yaml:3:5: pod default/x: spec.x: wrong; expected: right');
    expect(formatProblem({ file: '', message: 'a\u001b[2J\nb' })).toBe('a\\x1b[2J\\x0ab');
  });

  it('are bounded', () => {
    const lines = formatRefusal(Array.from({ length: 25 }, (_, number) => ({ file: `f${number}`, message: 'm' })));
    expect(lines).toHaveLength(22);
    expect(lines.at(-2)).toBe('reflet: … and 5 more');
    expect(lines.at(-1)).toBe('reflet: refused: 25 problems; nothing was changed');
  });
});

describe('parseHookRequest', () => {
  it('reads pairs, options and updates', () => {
    const zero = '0'.repeat(40);
    const one = '1'.repeat(40);
    const text = `hook=pre-receive\0argument=\0parent=42\0REFLET_PUSH=p1\0EVIL=x\0option=wait\0\0${zero} ${one} refs/heads/main\n`;
    expect(parseHookRequest(Buffer.from(text))).toEqual({
      hook: 'pre-receive',
      argument: '',
      parentPid: 42,
      environment: { REFLET_PUSH: 'p1' },
      options: ['wait'],
      updates: [{ from: undefined, to: one, ref: 'refs/heads/main' }],
      updatesTotal: 1,
    });
  });

  it.each(['', 'hook=other\0\0', 'hook=pre-receive\0\0nonsense\n'])('refuses %j', (text) => {
    expect(() => parseHookRequest(Buffer.from(text))).toThrow(/hook request/);
  });
});

describe('WriteLease', () => {
  it('is given in order, and waiting ends', async () => {
    const clock = new SimClock();
    const lease = new WriteLease(clock);
    const first = await lease.acquire(1_000);
    const order: number[] = [];
    const second = lease.acquire(1_000).then((held) => {
      order.push(2);
      return held;
    });
    const third = lease.acquire(500);
    const late = expect(third).rejects.toBeInstanceOf(LeaseTimeout);
    clock.advance(600);
    await late;
    first.release();
    first.release();
    (await second).release();
    expect(order).toEqual([2]);
    expect(lease.held).toBe(false);
  });
});

describe('plainSecret', () => {
  const secret = (more: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, ...more });
  it('keeps values where the file has them', () => {
    const present = secret({ stringData: { a: 'old', b: 'keep' } });
    const wanted = secret({ stringData: { a: 'old', b: 'keep' }, data: { a: btoa('new'), c: btoa('c') } });
    expect(plainSecret(present, wanted)).toEqual(
      secret({ stringData: { a: 'new', b: 'keep' }, data: { c: btoa('c') } }),
    );
  });
});
