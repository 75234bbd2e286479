/** What all service accounts' tokens have in common: whom they name, and how it is found out whether that exists. */

/** Uid of an object that exists, or undefined. */
export type UidLookup = (
  kind: 'ServiceAccount' | 'Pod' | 'Secret' | 'Node',
  namespace: string,
  name: string,
) => string | undefined;

export const accountGroups = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
  'system:authenticated',
];
