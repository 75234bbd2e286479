/**
 * What strict decoding says of an object: members that its text gives twice, and members that its type does not have.
 */

/** The API server's decoder tells no more than this many; a client chooses how many there are. */
const STRICT_ERRORS_MAX = 100;

export interface StrictError {
  /** `spec.containers[0].foo` */
  readonly path: string;
  readonly problem: 'duplicate' | 'unknown';
}

/** What only the decoder of a text knows. */
export interface TextFindings {
  /** Paths of members that are given twice. */
  readonly duplicateFields?: readonly string[] | undefined;
  /** Of JSON with such members: these and the unknown ones in the order of the text. Undefined: what is given twice comes first. */
  readonly inTextOrder?: ((unknownFields: readonly string[]) => readonly StrictError[]) | undefined;
}

/** All of it, in the order in which the API server tells it. */
export function strictErrors(
  { duplicateFields = [], inTextOrder }: TextFindings,
  unknownFields: readonly string[],
): readonly StrictError[] {
  if (inTextOrder && unknownFields.length > 0) return inTextOrder(unknownFields).slice(0, STRICT_ERRORS_MAX);
  const duplicates = duplicateFields.slice(0, STRICT_ERRORS_MAX);
  return [
    ...duplicates.map((path): StrictError => ({ path, problem: 'duplicate' })),
    ...unknownFields
      .slice(0, STRICT_ERRORS_MAX - duplicates.length)
      .map((path): StrictError => ({ path, problem: 'unknown' })),
  ];
}

/** `unknown field "spec.foo"` */
export const describeStrictError = ({ path, problem }: StrictError): string =>
  `${problem} field ${JSON.stringify(path)}`;
