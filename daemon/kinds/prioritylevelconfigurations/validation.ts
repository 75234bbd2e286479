/**
 * The rules of a PriorityLevelConfiguration (`pkg/apis/flowcontrol/validation/validation.go`).
 */

import {
  duplicate,
  type FieldError,
  type FieldPath,
  forbiddenField,
  invalidValue,
  path,
  required,
} from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { checkOneOf } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { newMetadataErrors } from '../common/metadata.ts';
import { subdomainName } from '../common/names.ts';
import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../types.generated.ts';
import { MANDATORY_PRIORITY_LEVELS } from './suggested.ts';

const SPEC = path('spec');
const EXEMPT = 'exempt';
const QUEUES_MAX = 10_000_000;
/** What a hash of 64 bits gives, with room for evenness (`shufflesharding.MaxHashBits`). */
const HASH_BITS = 60;
const NOT_NEGATIVE = 'must be a non-negative integer';

export function validate(level: Readonly<PriorityLevelConfiguration>): FieldError[] {
  const errors: FieldError[] = [];
  const name = level.metadata?.name ?? '';
  const spec = level.spec ?? { type: '' };
  checkSpec(errors, name, spec);
  const mandatory = Object.hasOwn(MANDATORY_PRIORITY_LEVELS, name) ? MANDATORY_PRIORITY_LEVELS[name] : undefined;
  if (mandatory) {
    const wanted = name === EXEMPT ? { ...mandatory, exempt: spec.exempt } : mandatory;
    const but = name === EXEMPT ? " except the 'spec.exempt' field" : '';
    if (!deepEqual(dropUndefined(spec), dropUndefined(wanted)))
      errors.push(
        invalidValue(
          SPEC,
          goValue('flowcontrol.PriorityLevelConfigurationSpec', spec),
          `spec of '${name}'${but} must equal the fixed value`,
        ),
      );
  }
  return errors;
}

const dropUndefined = (value: object): unknown => JSON.parse(JSON.stringify(value));

/** As a new one. */
export function validateUpdate(level: Readonly<PriorityLevelConfiguration>): FieldError[] {
  return [...newMetadataErrors(level, subdomainName, false), ...validate(level)];
}

export function validateStatusUpdate(level: Readonly<PriorityLevelConfiguration>): FieldError[] {
  const errors: FieldError[] = [];
  checkConditions(errors, level.status?.conditions);
  return errors;
}

/** Conditions of either kind of flow control: named, each once. */
export function checkConditions(errors: FieldError[], conditions: readonly { type?: string }[] | undefined): void {
  const seen = new Set<string>();
  conditions?.forEach(({ type = '' }, index) => {
    const at = path('status').child('conditions').index(index).child('type');
    if (seen.has(type)) errors.push(duplicate(at, type));
    seen.add(type);
    if (!type) errors.push(required(at, 'must not be empty'));
  });
}

function checkSpec(errors: FieldError[], name: string, spec: Readonly<PriorityLevelConfigurationSpec>): void {
  const { type, limited, exempt } = spec;
  if ((name === EXEMPT) !== (type === 'Exempt'))
    errors.push(invalidValue(SPEC.child('type'), type, "type must be 'Exempt' if and only if name is 'exempt'"));
  if (type === 'Exempt') {
    if (limited) errors.push(forbiddenField(SPEC.child('limited'), 'must be nil if the type is not Limited'));
    if (exempt) checkShares(errors, exempt, SPEC.child('exempt'));
  } else if (type === 'Limited') {
    if (exempt) errors.push(forbiddenField(SPEC.child('exempt'), 'must be nil if the type is Limited'));
    if (limited) checkLimited(errors, limited, SPEC.child('limited'));
    else errors.push(required(SPEC.child('limited'), 'must not be empty when type is Limited'));
  } else checkOneOf(errors, SPEC.child('type'), type, ['Exempt', 'Limited']);
}

function checkShares(
  errors: FieldError[],
  { nominalConcurrencyShares = 0, lendablePercent = 0 }: LimitedPriorityLevelConfiguration,
  at: FieldPath,
): void {
  if (nominalConcurrencyShares < 0)
    errors.push(invalidValue(at.child('nominalConcurrencyShares'), nominalConcurrencyShares, NOT_NEGATIVE));
  if (lendablePercent < 0 || lendablePercent > 100)
    errors.push(invalidValue(at.child('lendablePercent'), lendablePercent, 'must be between 0 and 100, inclusive'));
}

function checkLimited(errors: FieldError[], limited: LimitedPriorityLevelConfiguration, at: FieldPath): void {
  const { borrowingLimitPercent, limitResponse } = limited;
  checkShares(errors, limited, at);
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0)
    errors.push(
      invalidValue(at.child('borrowingLimitPercent'), borrowingLimitPercent, `if specified, ${NOT_NEGATIVE}`),
    );
  checkLimitResponse(errors, limitResponse ?? { type: '' }, at.child('limitResponse'));
}

function checkLimitResponse(errors: FieldError[], { type, queuing }: LimitResponse, at: FieldPath): void {
  const field = at.child('queuing');
  if (type === 'Reject') {
    if (queuing) errors.push(forbiddenField(field, 'must be nil if limited.limitResponse.type is not Limited'));
  } else if (type === 'Queue') {
    if (queuing) checkQueuing(errors, queuing, field);
    else errors.push(required(field, 'must not be empty if limited.limitResponse.type is Limited'));
  } else checkOneOf(errors, at.child('type'), type, ['Queue', 'Reject']);
}

function checkQueuing(errors: FieldError[], queuing: QueuingConfiguration, at: FieldPath): void {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  const positive = (field: string, value: number) => {
    if (value <= 0) errors.push(invalidValue(at.child(field), value, 'must be positive'));
    return value > 0;
  };
  positive('queueLengthLimit', queueLengthLimit);
  if (positive('queues', queues) && queues > QUEUES_MAX)
    errors.push(invalidValue(at.child('queues'), queues, `must not be greater than ${QUEUES_MAX}`));
  if (!positive('handSize', handSize)) return;
  const field = at.child('handSize');
  if (handSize > queues) errors.push(invalidValue(field, handSize, `should not be greater than queues (${queues})`));
  else if (Math.ceil(Math.log2(queues) * handSize) > HASH_BITS) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`;
    errors.push(invalidValue(field, handSize, detail));
  }
}
