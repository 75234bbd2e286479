/**
 * `$(NAME)` in commands, arguments, environment values and subPathExpr (`third_party/forked/golang/expansion`): `$$(NAME)` is a literal, a name
 * that is not known stays as it is.
 */

export function expandVariables(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (whole, what: string, name: string | undefined) => {
    if (what === '$') return '$';
    return variables.get(name ?? '') ?? whole;
  });
}
