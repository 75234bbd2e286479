/**
 * The daemon's own documents and actions beside Kubernetes' API, at `/reflet/v1/<name>`: what the `reflet` commands ask for.
 * Authorized as any non-resource path (RBAC `nonResourceURLs`). One entry an endpoint; the work is done elsewhere.
 */

import { PLAIN_JSON, sendValue } from '../api/http/respond.ts';
import type { Call } from '../api/http/server.ts';
import { StatusError, serviceUnavailable } from '../base/status.ts';
import type { GitService } from '../git/service.ts';
import type { Simulations } from '../plan/run-simulation.ts';
import { answerCommits } from './commits-endpoint.ts';
import { answerConfirm } from './confirm.ts';
import { answerDiff, answerDrift, answerHistory } from './history-endpoints.ts';
import type { Kernel } from './kernel.ts';
import { answerPlan } from './plan-endpoint.ts';
import type { StatusDocument } from './status-document.ts';
import { answerRules, answerWhy } from './why/endpoints.ts';

export interface EndpointContext {
  readonly kernel: Kernel;
  /** Undefined while the repository is being opened. */
  git(): GitService | undefined;
  status(): StatusDocument;
  /** This host's node, and the cluster's networks. */
  readonly network: { readonly nodeName: string; readonly podCidr: string; readonly serviceCidr: string };
  readonly simulations: Simulations;
  /** Where what lives no longer than a request may lie. */
  readonly directory: string;
}

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Answers; what it throws becomes the answer's Status. */
  answer(call: Call, context: EndpointContext): Promise<void>;
}

const PREFIX = '/reflet/v1/';

/** By name: `status` is `/reflet/v1/status`. */
const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  confirm: {
    method: 'POST',
    answer: async ({ request, response }, context) =>
      sendValue(response, 200, PLAIN_JSON, await answerConfirm(request, requireGit(context))),
  },
  plan: { method: 'POST', answer: answerPlan },
  status: {
    method: 'GET',
    answer: async ({ response }, { status }) => sendValue(response, 200, PLAIN_JSON, status()),
  },
  commits: { method: 'GET', answer: async (call, context) => answerCommits(call, requireGit(context)) },
  history: { method: 'GET', answer: answerHistory },
  diff: { method: 'GET', answer: answerDiff },
  drift: { method: 'GET', answer: answerDrift },
  why: { method: 'GET', answer: answerWhy },
  rules: { method: 'GET', answer: answerRules },
};

/** The endpoint of a path; undefined when the path is none of ours. Throws 405 for another method. */
export function findEndpoint(path: string, method: string): Endpoint | undefined {
  const name = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
  const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined;
  if (endpoint && endpoint.method !== method) {
    throw new StatusError(405, 'MethodNotAllowed', `${path} takes ${endpoint.method}, not ${method}`);
  }
  return endpoint;
}

/** The opened repository; throws 503 while there is none. */
export function requireGit({ git }: EndpointContext): GitService {
  const service = git();
  if (!service) throw serviceUnavailable('the repository is being opened: try again in a moment');
  return service;
}
