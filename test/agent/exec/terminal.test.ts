import { expect, it } from 'vitest';
import { createSharedAttach } from '../../../daemon/agent/exec/shared-attach.ts';
import { openAttach } from '../../../daemon/agent/exec/terminal.ts';
import type { PodmanHttp } from '../../../daemon/agent/podman/http.ts';
import { systemClock } from '../../../daemon/base/clock.ts';

const failing = (message: string) => ({ upgrade: () => Promise.reject(new Error(message)) }) as unknown as PodmanHttp;
const GONE =
  "failed to connect to container's attach socket: /root/overlay-containers/e8/userdata/attach: no such file or directory";

it.each([
  [GONE, 'the container has ended'],
  ['you can only attach to created or running containers', 'you can only attach to created or running containers'],
])('attach: %s', async (said, told) => {
  const podman = failing(said);
  const onEnd = () => () => {};
  await expect(
    openAttach({ podman, clock: systemClock, onEnd }, 'id', { container: 'main', tty: false }),
  ).rejects.toThrow(told);
  const shared = createSharedAttach({ podman, clock: systemClock, onEnd });
  await expect(shared.open('id', { container: 'main', tty: false })).rejects.toThrow(told);
});
