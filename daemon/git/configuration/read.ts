/**
 * Reads `reflet.yaml` out of a commit's tree, judged as a manifest is: form, structure, values, each problem with its place.
 */

import type { AdmissionEnvironment } from '../../admission/contract.ts';
import { locateMismatch } from '../../admission/locate.ts';
import { suggestField } from '../../admission/suggest.ts';
import { errorBody } from '../../base/field.ts';
import { isObject } from '../../base/json.ts';
import type { JsonObject } from '../../base/object.ts';
import type { Configuration as ConfigurationFile } from '../../kinds/types.generated.ts';
import { CONFIGURATION_BYTES_MAX } from '../limits.ts';
import type { ObjectReader } from '../object-reader.ts';
import type { ManifestReader, ReadDocument } from '../ports.ts';
import type { PushProblem } from '../problem.ts';
import type { TreeChange } from '../tree.ts';
import { type Configuration, DEFAULT_CONFIGURATION } from './configuration.ts';
import { decodeConfiguration } from './decode.ts';

/** At the root of the repository, also when `--path` names a folder. */
export const CONFIGURATION_FILE = 'reflet.yaml';

const SCHEMA = 'reflet.dev/v1/Configuration';

export interface ConfigurationSource {
  reader: ObjectReader;
  manifests: ManifestReader;
  environment: Pick<AdmissionEnvironment, 'schemas' | 'structure'>;
}

export type ReadConfiguration = { configuration: Configuration } | { problems: readonly PushProblem[] };

interface Finding {
  fieldPath: string;
  message: string;
  expected?: string;
}

/** `change`: the file's entry as the commit has it; absent means the defaults. */
export async function readConfiguration(source: ConfigurationSource, change: TreeChange): Promise<ReadConfiguration> {
  const refuse = (message: string, expected: string): ReadConfiguration => ({
    problems: [{ file: CONFIGURATION_FILE, message, expected }],
  });
  if (change.id === undefined) return { configuration: DEFAULT_CONFIGURATION };
  if (change.mode !== 'file') return refuse('it is no regular file', 'a regular file');
  const info = await source.reader.info(change.id);
  if (!info || info.size > CONFIGURATION_BYTES_MAX)
    return refuse('it is too large or missing in the repository', `at most ${CONFIGURATION_BYTES_MAX} bytes`);
  const { content } = (await source.reader.read(change.id))!;
  const read = await source.manifests.read(content, CONFIGURATION_FILE);
  if (read.problems.length > 0)
    return { problems: read.problems.map((problem) => ({ file: CONFIGURATION_FILE, ...problem })) };
  const documents = read.documents.filter(({ value }) => value !== undefined && value !== null);
  const [document] = documents;
  if (!document) return { configuration: DEFAULT_CONFIGURATION };
  if (documents.length > 1 || !isObject(document.value))
    return refuse('it is not one Configuration', 'one document with apiVersion: reflet.dev/v1 and kind: Configuration');
  const { configuration, findings } = judge(source, document);
  if (findings.length === 0) return { configuration };
  const place = async ({ fieldPath, ...finding }: Finding): Promise<PushProblem> => ({
    file: CONFIGURATION_FILE,
    ...(await source.manifests.positionOf(content, CONFIGURATION_FILE, document.index, fieldPath)),
    fieldPath,
    ...finding,
  });
  return { problems: await Promise.all(findings.map(place)) };
}

function judge(
  { environment }: ConfigurationSource,
  { value }: ReadDocument,
): { configuration: Configuration; findings: Finding[] } {
  const { schemas, structure } = environment;
  const schema = schemas.named(SCHEMA);
  const { object, unknownFields, error } = structure.check(structuredClone(value) as JsonObject, schema);
  if (error !== undefined) {
    const mismatch = locateMismatch(schemas, schema, object, '');
    return { configuration: DEFAULT_CONFIGURATION, findings: [{ fieldPath: '', message: error, ...mismatch }] };
  }
  const findings: Finding[] = [
    ...unknownFields.map((fieldPath) => {
      const expected = suggestField(schemas, schema, fieldPath);
      return { fieldPath, message: `unknown field "${fieldPath}"`, ...(expected ? { expected } : {}) };
    }),
  ];
  const { configuration, errors } = decodeConfiguration(object as ConfigurationFile);
  findings.push(...errors.map((one) => ({ fieldPath: one.field, message: errorBody(one) })));
  return { configuration, findings };
}
