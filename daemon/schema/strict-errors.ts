/**
 * What strict decoding says of an object: members that its text gives twice, and members that its type does not have.
 */

/** The API server's decoder tells no more than this many; a client chooses how many there are. */
const STRICT_ERRORS_MAX = 100;

export interface FieldFinding {
  /** `spec.containers[0].foo` */
  readonly path: string;
  readonly problem: 'duplicate' | 'unknown';
}

export type StrictError =
  | FieldFinding
  /** Of YAML, whose decoder names lines: `line 3: key "a" already set in map`. */
  | { readonly problem: 'yaml'; readonly text: string };

/** What only the decoder of a text knows. */
export interface TextFindings {
  /** Paths of members that are given twice. */
  readonly duplicateFields?: readonly string[] | undefined;
  /** Of YAML, in place of the paths. */
  readonly yamlErrors?: readonly string[] | undefined;
  /** Of JSON with such members: these and the unknown ones in the order of the text. Undefined: what is given twice comes first. */
  readonly inTextOrder?: ((unknownFields: readonly string[]) => readonly FieldFinding[]) | undefined;
}

/** All of it, in the order in which the API server tells it. */
export function strictErrors(
  { duplicateFields = [], yamlErrors = [], inTextOrder }: TextFindings,
  unknownFields: readonly string[],
): readonly StrictError[] {
  if (inTextOrder && unknownFields.length > 0) return inTextOrder(unknownFields).slice(0, STRICT_ERRORS_MAX);
  const duplicates = duplicateFields.slice(0, STRICT_ERRORS_MAX);
  return [
    ...yamlErrors.map((text): StrictError => ({ problem: 'yaml', text })),
    ...duplicates.map((path): StrictError => ({ path, problem: 'duplicate' })),
    ...unknownFields
      .slice(0, STRICT_ERRORS_MAX - duplicates.length)
      .map((path): StrictError => ({ path, problem: 'unknown' })),
  ];
}

/** `unknown field "spec.foo"`: as a warning, which is one line. */
export const describeStrictError = (error: StrictError): string =>
  error.problem === 'yaml' ? error.text : `${error.problem} field ${JSON.stringify(error.path)}`;

/** All of them as one refusal tells them. Those of YAML are one error, a line each. */
export function joinStrictErrors(errors: readonly StrictError[]): string {
  const lines = errors.filter(({ problem }) => problem === 'yaml').map((error) => `\n  ${describeStrictError(error)}`);
  const others = errors.filter(({ problem }) => problem !== 'yaml').map(describeStrictError);
  return [...(lines.length > 0 ? [`yaml: unmarshal errors:${lines.join('')}`] : []), ...others].join(', ');
}
