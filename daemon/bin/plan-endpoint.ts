/**
 * `POST /reflet/v1/plan?revision=<ref or commit>[&from=<ref or commit>]`: what the commit would change. The body, if any, is a pack of objects that
 * were not pushed yet. Whoever may fetch the repository may ask; what is shown is judged object by object.
 */

import { mkdir } from 'node:fs/promises';
import { PLAIN_JSON, sendValue } from '../api/http/respond.ts';
import type { Call } from '../api/http/server.ts';
import { systemRandom } from '../base/clock.ts';
import { badRequest, StatusError } from '../base/status.ts';
import { REPOSITORY_PATH } from '../git/authorize-push.ts';
import type { Quarantine } from '../git/engine.ts';
import { gitText, runGit } from '../git/git-command.ts';
import { hasCommit, isAncestor } from '../git/repository.ts';
import type { GitService } from '../git/service.ts';
import { emptyPlan, type PlanDocument } from '../plan/document.ts';
import { planCommit } from '../plan/plan-commit.ts';
import { createPlanObjects, mergeCommits, PACK_BYTES_MAX, type PlanObjects } from '../plan/quarantine.ts';
import { type EndpointContext, requireGit } from './endpoints.ts';

/** A commit, a branch or a tag; never an option, a range or a path. */
const REVISION = /^(?!.*\.\.)(?!.*@\{)[A-Za-z0-9][A-Za-z0-9._/+@-]{0,254}([~^]\d{0,4}){0,4}$/;

export async function answerPlan(call: Call, context: EndpointContext): Promise<void> {
  const { request, response, user } = call;
  const service = requireGit(context);
  const { authorizer } = service.engine.options;
  if (!authorizer.authorize(user, { verb: 'get', path: REPOSITORY_PATH }).allowed) {
    const why = `User "${user.username}" cannot get path "${REPOSITORY_PATH}": a plan shows what is in the repository`;
    throw new StatusError(403, 'Forbidden', `forbidden: ${why}`);
  }
  const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
  const directory = context.directory;
  await mkdir(directory, { recursive: true });
  const objects = await createPlanObjects(service.repository, directory);
  try {
    const pack = await readPack(request);
    if (pack.length > 0) await objects.unpack(pack);
    sendValue(response, 200, PLAIN_JSON, await makePlan(context, service, objects, query, user));
  } finally {
    await objects.remove();
  }
}

async function makePlan(
  context: EndpointContext,
  service: GitService,
  objects: PlanObjects,
  query: URLSearchParams,
  user: Call['user'],
): Promise<PlanDocument> {
  const { engine, repository } = service;
  const commit = await resolve(service, objects, query.get('revision') ?? repository.ref);
  const from = query.has('from') ? await resolve(service, objects, query.get('from')!) : undefined;
  const merged = from === undefined ? await mergeDiverged(service, objects, commit) : undefined;
  if (merged && 'refused' in merged) return merged.refused;
  const { context: kernel } = context.kernel;
  const quarantine: Quarantine = await objects.open(engine.reader, kernel.clock);
  try {
    const plan = await planCommit(
      {
        engine,
        schemas: kernel.schemas,
        clock: kernel.clock,
        random: systemRandom,
        ...context.network,
        simulate: (input) => context.simulations.run({ ...input, admission: kernel.admission.configuration }),
      },
      {
        commit: merged?.commit ?? commit,
        user,
        quarantine,
        ...(from ? { from } : {}),
        ...(merged ? { signed: commit } : {}),
      },
    );
    return merged ? { ...plan, commit, mergedInto: merged.into } : plan;
  } finally {
    if (quarantine.reader !== engine.reader) quarantine.reader.close();
  }
}

/** A branch that left the tracked one behind is planned as it will be when it is merged; going back or forward needs no merge. */
async function mergeDiverged(
  { engine, repository }: GitService,
  { objects }: PlanObjects,
  commit: string,
): Promise<{ commit: string; into: string } | { refused: PlanDocument } | undefined> {
  const into = engine.state.commit;
  if (into === undefined || !(await hasCommit(repository, into))) return undefined;
  if (await isAncestor(repository, into, commit, objects)) return undefined;
  if (await isAncestor(repository, commit, into, objects)) return undefined;
  const related = await runGit(repository, ['merge-base', into, commit], { objects, accept: [1] });
  if (related.exitCode !== 0) return undefined;
  const merge = await mergeCommits(repository, objects, into, commit);
  if ('commit' in merge) return { commit: merge.commit, into };
  const problems = merge.conflicts.map(
    (file) =>
      `${file}: it conflicts with ${into.slice(0, 12)}, which is in force; expected: a branch that merges cleanly`,
  );
  return { refused: { ...emptyPlan(commit), result: 'refused', from: into, mergedInto: into, problems } };
}

async function resolve({ repository }: GitService, { objects }: PlanObjects, revision: string): Promise<string> {
  if (!REVISION.test(revision))
    throw badRequest(`revision ${JSON.stringify(revision)}: expected a branch, tag or commit`);
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const { exitCode } = await runGit(repository, args, { objects, accept: [1, 128] });
  if (exitCode !== 0)
    throw new StatusError(404, 'NotFound', `the repository has no commit ${JSON.stringify(revision)}`);
  return gitText(repository, args, { objects });
}

async function readPack(request: Call['request']): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > PACK_BYTES_MAX)
      throw new StatusError(413, 'RequestEntityTooLarge', `the objects have more than ${PACK_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
