/**
 * Which names of a definition are accepted: those that no other definition of its group has (`pkg/controller/status/naming_controller.go`). Pure.
 */

import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
} from '../../kinds/types.generated.ts';

export interface AcceptedNames {
  names: CustomResourceDefinitionNames;
  condition: CustomResourceDefinitionCondition;
}

/** Names that were accepted once stay while the ones that are asked for now are in use elsewhere. */
export function acceptNames(
  definition: Readonly<CustomResourceDefinition>,
  others: readonly Readonly<CustomResourceDefinition>[],
): AcceptedNames {
  const wanted = definition.spec.names;
  const before = definition.status?.acceptedNames ?? { plural: '', kind: '' };
  const taken = takenBy(others);
  const names: CustomResourceDefinitionNames = { ...before };
  const conflicts: [reason: string, message: string][] = [];
  const inUse = (name: string): string => `${JSON.stringify(name)} is already in use`;
  const decide = (reason: string, name: string, set: ReadonlySet<string>, accept: () => void): void => {
    if (set.has(name)) conflicts.push([reason, inUse(name)]);
    else accept();
  };
  decide('PluralConflict', wanted.plural, taken.resources, () => {
    names.plural = wanted.plural;
  });
  const { singular = '', listKind = '', shortNames = [], categories } = wanted;
  decide('SingularConflict', singular, taken.resources, () => {
    names.singular = singular;
  });
  const short = shortNames.filter((name) => taken.resources.has(name));
  if (short.length > 0) conflicts.push(['ShortNamesConflict', describeAll(short.map(inUse))]);
  else names.shortNames = shortNames;
  decide('KindConflict', wanted.kind, taken.kinds, () => {
    names.kind = wanted.kind;
  });
  decide('ListKindConflict', listKind, taken.kinds, () => {
    names.listKind = listKind;
  });
  names.categories = categories;
  if (!names.shortNames?.length) delete names.shortNames;
  if (!names.categories?.length) delete names.categories;
  const [reason, message] = conflicts.at(-1) ?? ['NoConflicts', 'no conflicts found'];
  return {
    names,
    condition: { type: 'NamesAccepted', status: conflicts.length > 0 ? 'False' : 'True', reason, message },
  };
}

const describeAll = (texts: readonly string[]): string => (texts.length === 1 ? texts[0]! : `[${texts.join(', ')}]`);

function takenBy(others: readonly Readonly<CustomResourceDefinition>[]): {
  resources: Set<string>;
  kinds: Set<string>;
} {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const { status } of others) {
    const { plural, singular, shortNames = [], kind, listKind } = status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}
