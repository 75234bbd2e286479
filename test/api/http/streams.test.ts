/** How many streams one user and all of them may have. */

import { describe, expect, it } from 'vitest';
import { readRequestInfo } from '../../../daemon/api/http/request-info.ts';
import { createStreams, isStream } from '../../../daemon/api/http/streams.ts';

const user = (username: string) => ({ username, groups: ['system:masters'] });

describe('streams', () => {
  it.each([
    ['/api/v1/pods', false],
    ['/api/v1/pods?watch=1', true],
    ['/api/v1/watch/pods', true],
    ['/api/v1/namespaces/x/pods/p/log', true],
    ['/api/v1/namespaces/x/pods/p/exec?command=sh', true],
    ['/readyz', false],
  ])('%s: %s', (url, wanted) => {
    expect(isStream(readRequestInfo('GET', url))).toBe(wanted);
  });

  it('are bounded by user and in all, administrators’ too; a place is given back once', () => {
    const streams = createStreams({ perUserMax: 2, max: 3 });
    const leave = streams.enter(user('a'));
    streams.enter(user('a'));
    const refusal = expect.objectContaining({
      code: 429,
      status: expect.objectContaining({ details: { retryAfterSeconds: 1 } }),
    });
    expect(() => streams.enter(user('a'))).toThrow(refusal);
    streams.enter(user('b'));
    expect(() => streams.enter(user('c'))).toThrow(refusal);
    leave();
    leave();
    streams.enter(user('c'));
    expect(() => streams.enter(user('d'))).toThrow(refusal);
  });
});
