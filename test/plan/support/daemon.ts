/** The endpoint of plans and `reflet plan`'s client over a planned world, with HTTP left out; simulations in their thread. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { UserInfo } from '../../../daemon/auth/user.ts';
import { systemClock } from '../../../daemon/base/clock.ts';
import { asStatusError } from '../../../daemon/base/status.ts';
import type { EndpointContext } from '../../../daemon/bin/endpoints.ts';
import { askForPlan } from '../../../daemon/bin/plan-client.ts';
import { answerPlan } from '../../../daemon/bin/plan-endpoint.ts';
import type { HttpClient } from '../../../daemon/client/http.ts';
import { HOST_ADMINISTRATOR } from '../../../daemon/git/ports.ts';
import type { PlanDocument } from '../../../daemon/plan/document.ts';
import { createSimulations } from '../../../daemon/plan/run-simulation.ts';
import { schemas } from '../../git/support/world.ts';
import type { PlannedWorld } from './planned-world.ts';

export interface DaemonUnderTest {
  /** As `reflet plan [revision]` run in `directory`. */
  plan(revision: string | undefined, directory: string, user?: UserInfo): Promise<PlanDocument>;
  /** Packs that the client sent. */
  readonly packs: number[];
  close(): Promise<void>;
}

export function createDaemon(world: PlannedWorld): DaemonUnderTest {
  const packs: number[] = [];
  const simulations = createSimulations(systemClock);
  const context = {
    kernel: { context: { schemas, clock: systemClock, admission: {} } },
    git: () => world.git,
    network: { podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' },
    simulations,
    directory: world.folder,
  } as unknown as EndpointContext;
  const rawAs = (user: UserInfo) => async (_method: string, path: string, body?: Uint8Array) => {
    if (path === '/reflet/v1/status')
      return { code: 200, body: JSON.stringify({ commit: world.git.engine.state.commit }) };
    if (body) packs.push(body.length);
    const request = Object.assign(new PassThrough(), { url: path, headers: {} }) as unknown as IncomingMessage;
    (request as unknown as PassThrough).end(body);
    let text = '';
    const response = {
      setHeader: () => {},
      end: (answer: string | Buffer) => {
        text = String(answer);
      },
    } as unknown as ServerResponse;
    try {
      await answerPlan({ request, response, user } as Parameters<typeof answerPlan>[0], context);
      return { code: 200, body: text };
    } catch (error) {
      const { code, message } = asStatusError(error);
      return { code, body: JSON.stringify({ message }) };
    }
  };
  return {
    packs,
    close: () => simulations.close(),
    plan: (revision, directory, user = HOST_ADMINISTRATOR) =>
      askForPlan({ raw: rawAs(user) } as unknown as HttpClient, { revision, directory }),
  };
}
