/**
 * How an object of a custom kind is judged (`apiextensions-apiserver/pkg/registry/customresource/strategy.go`): by its schema, by what its scale
 * shows, as objects within objects, by the keys of its lists, and at last by its rules.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';
import type { KubeObject } from '../../base/object.ts';
import { runAtOnce } from '../../base/turn.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { genericMetadataUpdateErrors } from '../common/metadata.ts';
import type { Kind } from '../kind.ts';
import type { CustomResourceSubresourceScale } from '../types.generated.ts';
import { validateEmbedded } from './embedded.ts';
import { validateListTypes } from './list-types.ts';
import { type Matches, matchAhead } from './match-ahead.ts';
import { evaluateRules, type RuleTree } from './rules.ts';
import { checkScaleSpec, checkScaleStatus } from './scale-values.ts';
import { NO_FIELD, validateValue } from './validate-value.ts';

export interface Judged {
  readonly schema: SchemaNode;
  readonly rules: RuleTree | undefined;
  readonly scale: Readonly<CustomResourceSubresourceScale> | undefined;
  readonly hasStatus: boolean;
}

type Old = Readonly<KubeObject> | undefined;
type Warn = ((text: string) => void) | undefined;

export function validationOf(
  judged: Judged,
): Pick<Kind, 'validate' | 'validateUpdate' | 'validateStatusUpdate' | 'validateInTurns' | 'validateStatusInTurns'> {
  const { rules, hasStatus } = judged;
  function* byRules(errors: FieldError[], object: Readonly<KubeObject>, old: Old, warn: Warn): Turns {
    if (!rules) return errors;
    if (errors.some(isBlocking)) return [...errors, RULES_SKIPPED];
    return [...errors, ...(yield* evaluateRules(rules, object, old, warn))];
  }
  function* judge(object: Readonly<KubeObject>, old: Old, warn?: Warn): Turns {
    const isMatching = yield* matchAhead(judged.schema, withoutMeta(object));
    const errors = old ? genericMetadataUpdateErrors(object, old) : [];
    errors.push(...schemaErrors(judged, object, old, isMatching));
    return yield* byRules(errors, object, old, warn);
  }
  function* judgeStatus(object: Readonly<KubeObject>, old: Readonly<KubeObject>, warn?: Warn): Turns {
    const isMatching = yield* matchAhead(judged.schema, withoutMeta(object));
    const errors = genericMetadataUpdateErrors(object, old);
    errors.push(...statusErrors(judged, object, old, isMatching), ...listErrors(judged.schema, object, old));
    return yield* byRules(errors, object, old, warn);
  }
  return {
    validate: (object) => runAtOnce(judge(object, undefined)),
    validateUpdate: (object, old) => runAtOnce(judge(object, old)),
    validateInTurns: judge,
    ...(hasStatus
      ? {
          validateStatusUpdate: (object, old) => runAtOnce(judgeStatus(object, old)),
          validateStatusInTurns: judgeStatus,
        }
      : {}),
  };
}

/** Others go on where it pauses. */
type Turns = Generator<void, FieldError[]>;

/** A rule would fail on a value that is not of its type, in ways that help nobody. */
const BLOCKING: ReadonlySet<string> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const isBlocking = ({ type }: FieldError): boolean => BLOCKING.has(type);

const RULES_SKIPPED = invalidValue(
  path(NO_FIELD),
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
);

function schemaErrors(
  { schema, scale }: Judged,
  object: Readonly<KubeObject>,
  old: Old,
  isMatching: Matches,
): FieldError[] {
  const errors = validateValue(schema, withoutMeta(object), old && withoutMeta(old), path(), isMatching);
  if (scale) {
    checkScaleSpec(errors, scale, object);
    checkScaleStatus(errors, scale, object);
  }
  return [...errors, ...validateEmbedded(schema, object), ...listErrors(schema, object, old)];
}

/** Lists that were wrong before may stay so. */
function listErrors(schema: SchemaNode, object: Readonly<KubeObject>, old: Old): FieldError[] {
  const errors = validateListTypes(schema, object);
  return errors.length > 0 && old && validateListTypes(schema, old).length > 0 ? [] : errors;
}

/** Of a status, texts name its fields from its own root. */
function statusErrors(
  { schema, scale }: Judged,
  object: Readonly<KubeObject>,
  old: Readonly<KubeObject>,
  isMatching: Matches,
): FieldError[] {
  const { status, ...rest } = object as KubeObject & { status?: unknown };
  const before = (old as { status?: unknown }).status;
  const errors: FieldError[] = [];
  if (status !== undefined && schema.properties?.['status']) {
    const found = validateValue(schema.properties['status'], status, before, path(), isMatching);
    errors.push(...found.map((error) => ({ ...error, field: belowStatus(error.field) })));
  }
  if (scale) checkScaleStatus(errors, scale, { ...rest, status } as KubeObject);
  return errors;
}

const belowStatus = (field: string): string => (field === '' || field === NO_FIELD ? 'status' : `status.${field}`);

/** Metadata is validated as that of every object. */
function withoutMeta({ metadata, ...rest }: Readonly<KubeObject>): Record<string, unknown> {
  const { name, generateName } = metadata ?? {};
  return { ...rest, metadata: { ...(name ? { name } : {}), ...(generateName ? { generateName } : {}) } };
}
