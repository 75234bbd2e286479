/**
 * The rules of the versions of a definition, those of each and those that all have alike.
 */

import { type FieldError, type FieldPath, invalidValue, required } from '../../base/field.ts';
import { deepEqual } from '../../base/json.ts';
import { dns1035LabelProblems } from '../../base/names.ts';
import { checkProblems } from '../common/checks.ts';
import { goValue } from '../common/go-values.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
} from '../types.generated.ts';
import type { Before } from './before.ts';
import { checkSchema } from './schema.ts';
import { checkSelectableFields } from './selectable-fields.ts';

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const DEPRECATION_WARNING_MAX = 256;

export type Versions = readonly CustomResourceDefinitionVersion[];

/** What is the same in all versions stands at the top in upstream's messages. */
function isShared(
  versions: readonly CustomResourceDefinitionVersion[],
  member: keyof CustomResourceDefinitionVersion,
): boolean {
  return versions.every((version) => deepEqual(version[member] ?? null, versions[0]?.[member] ?? null));
}

/** The members that all versions have alike. */
export type Shared = ReadonlySet<string>;

const SHARED = ['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const;
export const sharedOf = (versions: Versions): Shared => new Set(SHARED.filter((member) => isShared(versions, member)));

/** What a version has of its own. */
export function checkVersion(
  errors: FieldError[],
  version: CustomResourceDefinitionVersion,
  shared: Shared,
  at: FieldPath,
  before: Before,
): void {
  const { name = '', subresources } = version;
  checkProblems(errors, at.child('name'), name, joined(dns1035LabelProblems(name)));
  checkDeprecation(errors, version, at.child('deprecationWarning'));
  if (!shared.has('schema'))
    checkVersionSchema(errors, version, subresources?.status !== undefined, before, at.child('schema'));
  if (!shared.has('subresources')) checkSubresources(errors, subresources, at.child('subresources'));
  if (!shared.has('additionalPrinterColumns'))
    checkColumns(errors, version.additionalPrinterColumns, at.child('additionalPrinterColumns'));
  if (!shared.has('selectableFields')) checkSelectableFields(errors, version, at.child('selectableFields'));
}

export function checkShared(
  errors: FieldError[],
  versions: Versions,
  shared: Shared,
  at: FieldPath,
  before: Before,
): void {
  const [first] = versions;
  if (!first) return;
  const hasStatus = versions.some(({ subresources }) => subresources?.status !== undefined);
  if (shared.has('schema')) checkVersionSchema(errors, first, hasStatus, before, at.child('validation'));
  if (shared.has('subresources')) checkSubresources(errors, first.subresources, at.child('subresources'));
  if (shared.has('additionalPrinterColumns'))
    checkColumns(errors, first.additionalPrinterColumns, at.child('additionalPrinterColumns'));
  if (shared.has('selectableFields')) checkSelectableFields(errors, first, at.child('selectableFields'));
}

function checkVersionSchema(
  errors: FieldError[],
  { name, schema }: CustomResourceDefinitionVersion,
  hasStatus: boolean,
  { schemas }: Before,
  at: FieldPath,
): void {
  if (!schema?.openAPIV3Schema) return;
  const isUnchanged = schemas.has(name) && deepEqual(schema, schemas.get(name) ?? null);
  checkSchema(errors, schema.openAPIV3Schema, at.child('openAPIV3Schema'), { hasStatus, isUnchanged });
}

function checkSubresources(
  errors: FieldError[],
  subresources: CustomResourceSubresources | undefined,
  at: FieldPath,
): void {
  const { scale } = subresources ?? {};
  if (!scale) return;
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath } = scale;
  checkScalePath(errors, at.child('scale.specReplicasPath'), specReplicasPath, ['.spec']);
  checkScalePath(errors, at.child('scale.statusReplicasPath'), statusReplicasPath, ['.status']);
  if (labelSelectorPath)
    checkScalePath(errors, at.child('scale.labelSelectorPath'), labelSelectorPath, ['.spec', '.status']);
}

function checkScalePath(errors: FieldError[], at: FieldPath, value: string, under: readonly string[]): void {
  if (value === '') errors.push(required(at));
  else if (!value.startsWith('.')) errors.push(invalidValue(at, value, 'must be a simple json path starting with .'));
  else if (!under.some((root) => value.startsWith(`${root}.`))) {
    const where =
      under.length > 1
        ? 'should be a json path under either .spec or .status'
        : `should be a json path under ${under[0]}`;
    errors.push(invalidValue(at, value, where));
  }
}

function checkColumns(
  errors: FieldError[],
  columns: readonly CustomResourceColumnDefinition[] = [],
  at: FieldPath,
): void {
  for (const [index, { name, type, format, jsonPath }] of columns.entries()) {
    const own = at.index(index);
    const types = `must be one of ${COLUMN_TYPES.join(',')}`;
    if (!name) errors.push(required(own.child('name')));
    if (!type) errors.push(required(own.child('type'), types));
    else if (!COLUMN_TYPES.includes(type)) errors.push(invalidValue(own.child('type'), type, types));
    if (format && !COLUMN_FORMATS.includes(format))
      errors.push(invalidValue(own.child('format'), format, `must be one of ${COLUMN_FORMATS.join(',')}`));
    if (!jsonPath) errors.push(required(own.child('JSONPath')));
    else if (!jsonPath.startsWith('.'))
      errors.push(invalidValue(own.child('JSONPath'), jsonPath, 'must be a simple json path starting with .'));
  }
}

export function checkVersionNames(
  errors: FieldError[],
  given: Versions | undefined,
  shared: Shared,
  at: FieldPath,
): void {
  const place = at.child('versions');
  const versions = given ?? [];
  const own = versions.map((version) =>
    Object.fromEntries(Object.entries(version).filter(([member]) => !shared.has(member))),
  );
  const written = goValue('[]apiextensions.CustomResourceDefinitionVersion', given && own);
  const names = new Set(versions.map(({ name }) => name));
  if (names.size !== versions.length) errors.push(invalidValue(place, written, 'must contain unique version names'));
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.push(invalidValue(place, written, 'must have exactly one version marked as storage version'));
  // Inside the API server the first one is `spec.version` too, and is judged once more there.
  const first = versions[0]?.name ?? '';
  if (first !== '') checkProblems(errors, at.child('version'), first, joined(dns1035LabelProblems(first)));
}

export const joined = (problems: readonly string[]): string[] => (problems.length > 0 ? [problems.join(',')] : []);

function checkDeprecation(
  errors: FieldError[],
  { deprecated, deprecationWarning: warning }: CustomResourceDefinitionVersion,
  at: FieldPath,
): void {
  if (warning === undefined) return;
  const say = (why: string): number => errors.push(invalidValue(at, warning, why));
  if (!deprecated) {
    say('can only be set for deprecated versions');
    return;
  }
  if (Buffer.byteLength(warning) > DEPRECATION_WARNING_MAX)
    say(`must be <= ${DEPRECATION_WARNING_MAX} characters long`);
  if (warning === '') say('must not be an empty string');
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (unprintable) {
    const index = Buffer.byteLength(warning.slice(0, unprintable.index));
    say(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
  }
}
