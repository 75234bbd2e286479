/**
 * `$(NAME)` in commands, arguments, environment values and subPathExpr (`third_party/forked/golang/expansion`): `$$(NAME)` is a literal, a name
 * that is not known stays as it is.
 */

export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return expand(text, (name, whole) => variables.get(name) ?? whole);
}

/** The same, and which names have no value or an empty one: for what is not to be made from half of it. */
export function expandKnown(
  text: string,
  variables: ReadonlyMap<string, string>,
): { expanded: string; missing: readonly string[] } {
  const missing = new Set<string>();
  const expanded = expand(text, (name) => {
    const value = variables.get(name) ?? '';
    if (value === '') missing.add(name);
    return value;
  });
  return { expanded, missing: [...missing].sort() };
}

function expand(text: string, resolve: (name: string, whole: string) => string): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, what: string, name: string | undefined) =>
    what === '$' ? '$' : resolve(name ?? '', whole),
  );
}
