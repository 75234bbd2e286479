import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { followEvents, type PodmanEvent } from '../../../daemon/agent/podman/events.ts';
import type { PodmanHttp } from '../../../daemon/agent/podman/http.ts';
import { silentLogger } from '../../../daemon/base/log.ts';
import { SimClock } from '../../support/sim-clock.ts';

const event = (type: string, action: string, id: string) => ({
  Type: type,
  Action: action,
  Actor: { ID: id, Attributes: { name: 'n' } },
});

it('an image that was built is told of, though podman gives it no id; a container without one is not', async () => {
  const lines = [event('image', 'build', ''), event('container', 'died', ''), event('container', 'died', 'c1')];
  const http = { stream: async () => Readable.from(lines.map((line) => `${JSON.stringify(line)}\n`)) };
  const stopped = new AbortController();
  const seen: PodmanEvent[] = [];
  await followEvents({
    http: http as unknown as PodmanHttp,
    clock: new SimClock(),
    log: silentLogger,
    signal: stopped.signal,
    onGap() {},
    onEvent(one) {
      seen.push(one);
      if (one.id === 'c1') stopped.abort();
    },
  });
  expect(seen.map(({ type, action, id }) => `${type} ${action} ${id}`)).toEqual(['image build ', 'container died c1']);
});
