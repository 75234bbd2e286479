/**
 * What `reflet get --at` and `reflet diff` ask for: objects of the past in the API's own forms, and comparisons of desired states.
 * Objects are given only to who may get or list them, as through the API.
 */

import { sendList } from '../api/http/list-answer.ts';
import { negotiate } from '../api/http/negotiate.ts';
import { includeObject } from '../api/http/parameters.ts';
import { sendObject } from '../api/http/read-answers.ts';
import { PLAIN_JSON, sendValue } from '../api/http/respond.ts';
import type { Call } from '../api/http/server.ts';
import { setWarnings } from '../api/http/warnings.ts';
import { attributesOf, authorizeRequest } from '../api/rest/authorize.ts';
import { groupResource } from '../api/rest/get.ts';
import { listPresentOrPast, type PastPage, pageOfPast } from '../api/rest/past.ts';
import type { ListParameters, Scope } from '../api/rest/requests.ts';
import { formatTime } from '../base/clock.ts';
import { badRequest, notFound } from '../base/status.ts';
import type { Moment } from '../git/history/git-history.ts';
import type { GitService } from '../git/service.ts';
import { type EndpointContext, requireGit } from './endpoints.ts';
import { findKind } from './find-kind.ts';

/** A moment as documents name it. */
export interface MomentDocument {
  commit: string;
  revision?: number;
  /** When it came into force, RFC 3339. */
  time?: string;
}

function momentDocument({ commit, revision, timeMs }: Moment): MomentDocument {
  return {
    commit,
    ...(revision === undefined ? {} : { revision }),
    ...(timeMs === undefined ? {} : { time: formatTime(timeMs) }),
  };
}

const parameter = (query: URLSearchParams, name: string): string | undefined => query.get(name) || undefined;

function required(query: URLSearchParams, name: string): string {
  const value = parameter(query, name);
  if (value === undefined) throw badRequest(`the parameter ${JSON.stringify(name)} is missing`);
  return value;
}

/** `GET /reflet/v1/history?at=…&kind=…[&namespace=…][&name=…][&labelSelector=…]` */
export async function answerHistory(call: Call, endpoints: EndpointContext): Promise<void> {
  const { info, request, response, user } = call;
  const { context } = endpoints.kernel;
  const kind = findKind(context.registry, required(info.query, 'kind'));
  const name = parameter(info.query, 'name');
  const namespace = kind.resource.namespaced ? parameter(info.query, 'namespace') : undefined;
  const scope: Scope = { kind, user, namespace };
  authorizeRequest(context, user, attributesOf({ ...scope, ...(name ? { name } : {}) }, name ? 'get' : 'list'));
  const git = requireGit(endpoints);
  const moment = await git.history.find(required(info.query, 'at'));
  const fieldSelector = name ? `metadata.name=${name.replace(/[\\,=]/g, '\\$&')}` : undefined;
  const page = await readAt(endpoints, git, scope, moment, {
    labelSelector: parameter(info.query, 'labelSelector'),
    fieldSelector,
  });
  setWarnings(response, page.warnings);
  const form = negotiate(request.headers.accept, false);
  const options = {
    form,
    include: includeObject(info.query, form),
    now: context.clock.now(),
  };
  if (name === undefined) return sendList(response, kind, page, options, context.turns);
  const [entry] = page.entries;
  if (!entry) throw notFound(groupResource({ kind }), name);
  sendObject(response, 200, kind, entry, options);
}

function readAt(
  { kernel: { context } }: EndpointContext,
  { history }: GitService,
  scope: Scope,
  moment: Moment,
  selectors: ListParameters,
): Promise<PastPage> {
  if (moment.revision !== undefined) {
    const exact = { resourceVersion: String(moment.revision), resourceVersionMatch: 'Exact', ...selectors };
    return listPresentOrPast(context, scope, exact);
  }
  return history
    .objectsOf(scope.kind, moment)
    .then((objects) => pageOfPast(scope, selectors, { revision: 0, start: '' }, objects));
}

/** `GET /reflet/v1/diff?from=…[&to=…][&namespace=…]`: without `to`, against what is in force. */
export async function answerDiff({ info, response }: Call, endpoints: EndpointContext): Promise<void> {
  const { history } = requireGit(endpoints);
  const from = await history.find(required(info.query, 'from'));
  const toText = parameter(info.query, 'to');
  const to = toText === undefined ? history.present() : await history.find(toText);
  const objects = await history.compare(from, to, parameter(info.query, 'namespace'));
  sendValue(response, 200, PLAIN_JSON, { from: momentDocument(from), to: momentDocument(to), objects, problems: [] });
}

/** `GET /reflet/v1/drift[?namespace=…][&foreign=true]`: git against what lives. */
export async function answerDrift({ info, response }: Call, endpoints: EndpointContext): Promise<void> {
  const { history } = requireGit(endpoints);
  const namespace = parameter(info.query, 'namespace');
  const foreign = parameter(info.query, 'foreign') === 'true';
  const drift = await history.drift({ foreign, ...(namespace ? { namespace } : {}) });
  sendValue(response, 200, PLAIN_JSON, { from: momentDocument(history.present()), to: 'live', ...drift });
}
