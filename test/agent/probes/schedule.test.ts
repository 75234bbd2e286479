import { describe, expect, it } from 'vitest';
import { firstState, nextState, type ProbeType, summarise } from '../../../daemon/agent/probes/schedule.ts';

/** Plays results (`+`, `-`) one after the other and tells when each attempt began and what the results then meant. */
function play(type: ProbeType, probe: object, results: string): string[] {
  let state = firstState(type, probe, 0, 0, false, 0);
  const said: string[] = [];
  for (const one of results) {
    const at = state.nextMs;
    state = nextState(state, probe, one === '+', at);
    said.push(`${at} ${one} ${state.result ?? 'open'}`);
  }
  return said;
}

describe('probe schedule', () => {
  it('waits for the initial delay, then keeps the period', () => {
    expect(play('liveness', { initialDelaySeconds: 3, periodSeconds: 5 }, '++')).toEqual([
      '3000 + true',
      '8000 + true',
    ]);
  });

  it('fails liveness only after the threshold, in a row', () => {
    expect(play('liveness', { periodSeconds: 1, failureThreshold: 2 }, '-+--')).toEqual([
      '0 - open',
      '1000 + true',
      '2000 - true',
      '3000 - false',
    ]);
  });

  it('looks eagerly for the first readiness, without counting those failures', () => {
    expect(play('readiness', { periodSeconds: 1, failureThreshold: 2 }, '-----++')).toEqual([
      '0 - open',
      '50 - open',
      '150 - open',
      '350 - open',
      '750 - open',
      '1000 + true',
      '2000 + true',
    ]);
  });

  it('is steady once it was ready', () => {
    expect(play('readiness', { periodSeconds: 10, failureThreshold: 1 }, '+-+')).toEqual([
      '0 + true',
      '10000 - false',
      '20000 + true',
    ]);
  });

  it('holds readiness and liveness back until started', () => {
    const startup = firstState('startup', {}, 0, 0, false, 0);
    expect(summarise({ startup })).toEqual({ started: false, ready: false, live: true });
    expect(summarise({ startup: { ...startup, result: false } })).toEqual({
      started: false,
      ready: false,
      live: false,
    });
    expect(summarise({ startup: { ...startup, result: true } })).toEqual({ started: true, ready: true, live: true });
  });

  it('spreads adopted containers’ probes over a period', () => {
    expect(firstState('liveness', { periodSeconds: 10 }, 0, 5000, true, 0.5).nextMs).toBe(10_000);
  });
});
