/**
 * The rules of a CustomResourceDefinition (`apiextensions-apiserver/pkg/apis/apiextensions/validation` of 1.32). Those of schemas stand in
 * `schema.ts`, `structural.ts` and `rules.ts`.
 *
 * Upstream keeps what all versions share at the top of its internal form, and says so: of one schema for all versions it speaks as
 * `spec.validation.openAPIV3Schema`.
 */

import { type FieldError, type FieldPath, invalidValue, path, required } from '../../base/field.ts';
import { dns1035LabelProblems, dns1123SubdomainProblems } from '../../base/names.ts';
import { Turn } from '../../cel/budget.ts';
import { compilingSteps, patternProblem } from '../../cel/pattern.ts';
import type { SchemaNode } from '../../schema/node.ts';
import { checkOneOf, checkProblems } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import { checkImmutable } from '../common/metadata.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
} from '../types.generated.ts';
import { APPROVAL_ANNOTATION, approvalOf } from './approval.ts';
import { type Before, beforeOf, NOTHING_BEFORE } from './before.ts';
import { isEstablished } from './conditions.ts';
import { checkConversion } from './conversion.ts';
import { schemasIn } from './schema.ts';
import { checkShared, checkVersion, checkVersionNames, joined, sharedOf } from './versions.ts';

const SCOPES = ['Cluster', 'Namespaced'];

export function validate(definition: Readonly<CustomResourceDefinition>): FieldError[] {
  const errors: FieldError[] = [];
  checkName(errors, definition);
  checkSpec(errors, definition.spec ?? {}, path('spec'), NOTHING_BEFORE);
  checkRest(errors, definition, undefined);
  return errors;
}

export function validateUpdate(
  definition: Readonly<CustomResourceDefinition>,
  old: Readonly<CustomResourceDefinition>,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = path('spec');
  const { spec } = definition;
  checkSpec(errors, spec ?? {}, at, beforeOf(old));
  if (isEstablished(old)) {
    checkImmutable(errors, spec.scope, old.spec.scope, at.child('scope'));
    checkImmutable(errors, spec.names.kind, old.spec.names.kind, at.child('names', 'kind'));
  }
  checkImmutable(errors, spec.group, old.spec.group, at.child('group'));
  checkImmutable(errors, spec.names.plural, old.spec.names.plural, at.child('names', 'plural'));
  checkRest(errors, definition, old);
  return errors;
}

function checkRest(
  errors: FieldError[],
  definition: Readonly<CustomResourceDefinition>,
  old: Readonly<CustomResourceDefinition> | undefined,
): void {
  errors.push(...validateStatusUpdate(definition));
  checkStored(errors, definition, path('status').child('storedVersions'));
  checkApproval(errors, definition, old);
  if (definition.spec?.preserveUnknownFields && !old?.spec.preserveUnknownFields) {
    const why =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalidValue(path('spec').child('preserveUnknownFields'), true, why));
  }
}

/** Patterns take long to be compiled: others go on between them, and what was found is remembered when the definition is judged. */
export function* validateInTurns(
  definition: Readonly<CustomResourceDefinition>,
  old: Readonly<CustomResourceDefinition> | undefined,
): Generator<void, FieldError[]> {
  const turn = new Turn();
  for (const pattern of patternsOf(definition)) {
    if (turn.isOver) {
      yield;
      turn.begin();
    }
    turn.add(compilingSteps(pattern));
    patternProblem(pattern);
  }
  return old ? validateUpdate(definition, old) : validate(definition);
}

function patternsOf({ spec }: Readonly<CustomResourceDefinition>): Set<string> {
  const patterns = new Set<string>();
  const waiting = (spec?.versions ?? []).map(({ schema }) => (schema?.openAPIV3Schema ?? {}) as SchemaNode);
  for (let schema = waiting.pop(); schema; schema = waiting.pop()) {
    if (schema.pattern !== undefined) patterns.add(schema.pattern);
    waiting.push(...schemasIn(schema));
  }
  return patterns;
}

export function validateStatusUpdate(definition: Readonly<CustomResourceDefinition>): FieldError[] {
  const errors: FieldError[] = [];
  checkNames(errors, definition.status?.acceptedNames ?? {}, path('status').child('acceptedNames'));
  return errors;
}

function checkName(errors: FieldError[], { metadata, spec }: Readonly<CustomResourceDefinition>): void {
  const wanted = `${spec?.names?.plural ?? ''}.${spec?.group ?? ''}`;
  const name = metadata?.name ?? '';
  if (name !== '' && name !== wanted)
    errors.push(invalidValue(path('metadata').child('name'), name, 'must be spec.names.plural+"."+spec.group'));
}

function checkSpec(
  errors: FieldError[],
  spec: Partial<CustomResourceDefinitionSpec>,
  at: FieldPath,
  before: Before,
): void {
  const { group = '', scope = '', names, versions = [], conversion, preserveUnknownFields } = spec;
  checkGroup(errors, group, at.child('group'));
  if (scope === '') errors.push(required(at.child('scope')));
  else checkOneOf(errors, at.child('scope'), scope, SCOPES);
  for (const [index, { schema }] of versions.entries())
    if (!schema?.openAPIV3Schema)
      errors.push(
        required(at.child('versions').index(index).child('schema', 'openAPIV3Schema'), 'schemas are required'),
      );
  const shared = sharedOf(versions);
  for (const [index, version] of versions.entries())
    checkVersion(errors, version, shared, at.child('versions').index(index), before);
  checkVersionNames(errors, spec.versions ?? undefined, shared, at);
  checkRequiredNames(errors, names ?? {}, at.child('names'));
  checkNames(errors, names ?? {}, at.child('names'));
  checkShared(errors, versions, shared, at, before);
  if (!conversion) return;
  if (preserveUnknownFields && conversion.strategy !== 'None') {
    const why = 'must be None if spec.preserveUnknownFields is true';
    errors.push(invalidValue(at.child('conversion', 'strategy'), conversion.strategy, why));
  }
  checkConversion(errors, conversion, at.child('conversion'), before);
}

function checkGroup(errors: FieldError[], group: string, at: FieldPath): void {
  if (group === '') errors.push(required(at));
  else if (dns1123SubdomainProblems(group).length > 0)
    errors.push(invalidValue(at, group, dns1123SubdomainProblems(group).join(',')));
  else if (!group.includes('.')) errors.push(invalidValue(at, group, 'should be a domain with at least one dot'));
}

function checkRequiredNames(
  errors: FieldError[],
  { plural, singular, kind, listKind }: Partial<CustomResourceDefinitionNames>,
  at: FieldPath,
): void {
  for (const [name, value] of Object.entries({ plural, singular, kind, listKind }))
    if (!value) errors.push(required(at.child(name)));
}

function checkNames(errors: FieldError[], names: Partial<CustomResourceDefinitionNames>, at: FieldPath): void {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [], categories = [] } = names;
  const label = (place: FieldPath, value: string): void =>
    checkProblems(errors, place, value, joined(dns1035LabelProblems(value)));
  const mixed = (place: FieldPath, value: string): void => {
    const problems = value === '' ? [] : dns1035LabelProblems(value.toLowerCase());
    if (problems.length > 0)
      errors.push(invalidValue(place, value, `may have mixed case, but should otherwise match: ${problems.join(',')}`));
  };
  if (plural !== '') label(at.child('plural'), plural);
  if (singular !== '') label(at.child('singular'), singular);
  mixed(at.child('kind'), kind);
  mixed(at.child('listKind'), listKind);
  for (const [index, name] of shortNames.entries()) label(at.child('shortNames').index(index), name);
  if (kind !== '' && kind === listKind)
    errors.push(invalidValue(at.child('listKind'), listKind, 'kind and listKind may not be the same'));
  for (const [index, name] of categories.entries()) label(at.child('categories').index(index), name);
}

/** Every version in which objects are or were kept is there. */
function checkStored(errors: FieldError[], { spec, status }: Readonly<CustomResourceDefinition>, at: FieldPath): void {
  const stored = status?.storedVersions ?? [];
  const versions = spec?.versions ?? [];
  if (stored.length === 0) {
    errors.push(invalidValue(at, goValue('[]string', status?.storedVersions), 'must have at least one stored version'));
    return;
  }
  // A name that stands there twice is found once.
  const left = new Set(stored);
  for (const version of versions) {
    const wasStored = left.delete(version.name);
    if (!version.storage || wasStored) continue;
    const shown = goValue('apiextensions.CustomResourceDefinitionVersion', version);
    errors.push(invalidValue(at, shown, `must have the storage version ${version.name}`));
  }
  for (const [index, name] of stored.entries())
    if (!versions.some((version) => version.name === name))
      errors.push(
        invalidValue(
          at.index(index),
          name,
          `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
        ),
      );
}

function checkApproval(
  errors: FieldError[],
  definition: Readonly<CustomResourceDefinition>,
  old: Readonly<CustomResourceDefinition> | undefined,
): void {
  if (!definition.spec) return;
  const { state, why } = approvalOf(definition);
  // What was let in before stays.
  if (old && approvalOf(old).state === state) return;
  const at = path('metadata').child('annotations').key(APPROVAL_ANNOTATION);
  if (state === 'Missing') errors.push(required(at, why));
  if (state === 'Invalid') errors.push(invalidValue(at, definition.metadata?.annotations?.[APPROVAL_ANNOTATION], why));
}
