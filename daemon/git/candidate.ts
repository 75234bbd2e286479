/**
 * Reads what a commit changes: tree difference, then only the changed blobs, then their documents. I/O only through git and the manifest reader.
 *
 * Nothing that it reads is trusted: sizes are asked before content, links and submodules are never followed, bounds are named in `limits.ts`.
 */

import type { AdmissionEnvironment } from '../admission/contract.ts';
import type { KindRegistry } from '../kinds/kind.ts';
import type { Configuration } from './configuration/configuration.ts';
import {
  CONFIGURATION_FILE,
  type ConfigurationSource,
  type ReadConfiguration,
  readConfiguration,
} from './configuration/read.ts';
import { withOwnDefinitions } from './definitions.ts';
import type { Candidate, DesiredState } from './desired-state.ts';
import { IGNORE_FILE, type IgnoreRules, NOTHING_IGNORED, parseIgnoreRules } from './ignore.ts';
import { IGNORE_BYTES_MAX, MANIFEST_BYTES_MAX, READS_IN_FLIGHT_MAX, TREE_BYTES_MAX, TREE_FILES_MAX } from './limits.ts';
import { type ManifestFile, parseManifestFile } from './manifest-file.ts';
import { roleOfPath } from './manifest-path.ts';
import type { ObjectReader } from './object-reader.ts';
import type { ManifestReader } from './ports.ts';
import type { PushProblem } from './problem.ts';
import { diffTrees, type TreeChange, type TreeSource } from './tree.ts';
import { walkTrees } from './tree-walk.ts';

export interface CandidateSource extends TreeSource {
  reader: ObjectReader;
  manifests: ManifestReader;
  registry: KindRegistry;
  /** To judge `reflet.yaml`, and to see definitions of kinds. */
  environment: ConfigurationSource['environment'] & Pick<AdmissionEnvironment, 'cluster'>;
  /** What is to be read is in a pack: git finds differences fastest. */
  packed?: boolean;
}

export interface LoadedCandidate {
  candidate: Candidate;
  /** Not empty: it must not be published. */
  problems: readonly PushProblem[];
}

/** What commit `to` changes against the published state. Throws only for a repository that cannot be read. */
export async function loadCandidate(
  source: CandidateSource,
  state: DesiredState,
  to: string,
): Promise<LoadedCandidate> {
  const differing = await differingFiles(source, state.commit, to);
  const ignorePath = source.folder ? `${source.folder}/${IGNORE_FILE}` : IGNORE_FILE;
  const ignoreChange = differing.find(({ path }) => path === ignorePath);
  const configured = await configurationOf(source, differing);
  if ('problems' in configured) return { ...refuse(state, to, []), problems: configured.problems };
  const load = async (changes: readonly TreeChange[], rules: IgnoreRules): Promise<LoadedCandidate> => {
    const { candidate, problems } = await loadChanges(source, state, to, changes, rules);
    const { registry, environment } = source;
    return { candidate: withOwnDefinitions(registry, environment.cluster, state, candidate), problems };
  };
  if (!ignoreChange) return withConfiguration(await load(differing, state.ignore), configured);
  const ignore = await readIgnoreRules(source, ignoreChange);
  if ('problem' in ignore) return refuse(state, to, [ignore.problem]);
  const whole = await wholeTree(source, state, to);
  return withConfiguration(await load(whole, ignore.rules), configured);
}

/** A small difference is found by walking, without starting git. */
async function differingFiles(source: CandidateSource, from: string | undefined, to: string): Promise<TreeChange[]> {
  const walked = source.packed ? undefined : await walkTrees(source.reader, from, to);
  return walked ? walked.changes : diffTrees(source, from, to);
}

function refuse(state: DesiredState, commit: string, problems: readonly PushProblem[]): LoadedCandidate {
  return { candidate: { commit, ignore: state.ignore, files: new Map() }, problems };
}

/** Nothing when `reflet.yaml` does not change. */
async function configurationOf(
  source: CandidateSource,
  differing: readonly TreeChange[],
): Promise<ReadConfiguration | Record<string, never>> {
  const change = differing.find(({ path }) => path === CONFIGURATION_FILE);
  return change ? readConfiguration(source, change) : {};
}

function withConfiguration(
  { candidate, problems }: LoadedCandidate,
  configured: { configuration?: Configuration },
): LoadedCandidate {
  return { candidate: { ...candidate, ...configured }, problems };
}

/** Other ignore rules: every file of the tree counts as changed, and every file of the state that the tree lacks as gone. */
async function wholeTree(source: CandidateSource, state: DesiredState, to: string): Promise<TreeChange[]> {
  const entries = await diffTrees(source, undefined, to);
  const present = new Set(entries.map(({ path }) => path));
  const gone = [...state.files.keys()].filter((path) => !present.has(path));
  return [...entries, ...gone.map((path): TreeChange => ({ path, badPath: false, mode: 'absent', id: undefined }))];
}

async function readIgnoreRules(
  source: CandidateSource,
  change: TreeChange,
): Promise<{ rules: IgnoreRules } | { problem: PushProblem }> {
  if (change.id === undefined) return { rules: NOTHING_IGNORED };
  const problem = (message: string) => ({
    problem: { file: change.path, message, expected: 'patterns as in .gitignore' },
  });
  if (change.mode !== 'file') return problem('it must be a regular file');
  const info = await source.reader.info(change.id);
  if (!info || info.size > IGNORE_BYTES_MAX) return problem(`it must be at most ${IGNORE_BYTES_MAX} bytes`);
  const object = await source.reader.read(change.id);
  try {
    return { rules: parseIgnoreRules(object!.content.toString('utf8')) };
  } catch (error) {
    return problem((error as Error).message);
  }
}

async function loadChanges(
  source: CandidateSource,
  state: DesiredState,
  commit: string,
  differing: readonly TreeChange[],
  ignore: IgnoreRules,
): Promise<LoadedCandidate> {
  const files = new Map<string, ManifestFile | undefined>();
  const problems: PushProblem[] = [];
  const toRead: { path: string; id: string }[] = [];
  for (const change of differing) {
    const before = state.files.get(change.path);
    const role = change.mode === 'absent' ? ({ role: 'other' } as const) : roleOfPath(change, source.folder, ignore);
    if (role.role === 'refused') problems.push({ file: change.path, ...withoutRole(role) });
    else if (role.role === 'other') {
      if (before) files.set(change.path, undefined);
    } else if (before?.blob !== change.id) toRead.push({ path: change.path, id: change.id! });
  }
  if (state.files.size + toRead.length > TREE_FILES_MAX) {
    problems.push({ file: '', message: `the tree holds more than ${TREE_FILES_MAX} manifests` });
    return { candidate: { commit, ignore, files }, problems };
  }
  const measured = await measure(source, toRead);
  const bytes = measured.reduce((sum, { size }) => sum + Math.min(size ?? 0, MANIFEST_BYTES_MAX), state.bytes);
  if (bytes > TREE_BYTES_MAX) {
    problems.push({
      file: '',
      message: `the tree's manifests have ${bytes} bytes`,
      expected: `at most ${TREE_BYTES_MAX}`,
    });
    return { candidate: { commit, ignore, files }, problems };
  }
  for (let at = 0; at < measured.length; at += READS_IN_FLIGHT_MAX) {
    const wave = measured.slice(at, at + READS_IN_FLIGHT_MAX);
    for (const read of await Promise.all(wave.map((one) => loadFile(source, one)))) {
      problems.push(...read.problems);
      if (read.file) files.set(read.file.path, read.file);
    }
  }
  return { candidate: { commit, ignore, files }, problems };
}

interface Measured {
  path: string;
  id: string;
  /** Undefined: missing, or not a blob. */
  size: number | undefined;
}

async function measure(source: CandidateSource, files: readonly { path: string; id: string }[]): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (let at = 0; at < files.length; at += READS_IN_FLIGHT_MAX) {
    const wave = files.slice(at, at + READS_IN_FLIGHT_MAX).map(async (file): Promise<Measured> => {
      const info = await source.reader.info(file.id);
      return { ...file, size: info?.type === 'blob' ? info.size : undefined };
    });
    measured.push(...(await Promise.all(wave)));
  }
  return measured;
}

const withoutRole = ({ message, expected }: { message: string; expected: string }) => ({ message, expected });

async function loadFile(
  source: CandidateSource,
  { path, id, size }: Measured,
): Promise<{ file?: ManifestFile; problems: PushProblem[] }> {
  if (size !== undefined && size > MANIFEST_BYTES_MAX) {
    const message = `the file has ${size} bytes`;
    return { problems: [{ file: path, message, expected: `at most ${MANIFEST_BYTES_MAX}; split it` }] };
  }
  const object = size === undefined ? undefined : await source.reader.read(id);
  if (!object)
    return { problems: [{ file: path, message: `its content (${id}) is missing in the repository`, isDamage: true }] };
  const read = await source.manifests.read(object.content, path);
  return parseManifestFile(path, id, object.content.length, read, source.registry);
}
