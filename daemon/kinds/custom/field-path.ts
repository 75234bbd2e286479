/**
 * The paths by which a definition names a field of its schema: `.spec.size`, `.labels['a.b']` (`ValidFieldPath` of
 * `apiextensions-apiserver/pkg/apiserver/schema/cel`). Pure.
 */

import type { SchemaNode } from '../../schema/node.ts';

export interface FoundField {
  /** As errors name it: `spec.size`, `labels[a.b]`. */
  readonly text: string;
  readonly root: string;
  readonly schema: SchemaNode | undefined;
}

/** `problem` in upstream's words. */
export function findField(
  text: string,
  schema: SchemaNode,
  allowArrayNotation: boolean,
): FoundField | { readonly problem: string } {
  const tokens = tokensOf(text);
  let found: FoundField = { text: '', root: '', schema };
  for (let index = 0; index < tokens.length; index++) {
    const name = nameAt(tokens, index, allowArrayNotation);
    if ('problem' in name) return name;
    index = name.last;
    const next = step(found, name.name);
    if (!next) return { problem: 'does not refer to a valid field' };
    found = next;
  }
  return found;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; ) {
    const token = text[at] === "'" ? quotedAt(text, at) : (/^[.[\]]|^[^.[\]]+/.exec(text.slice(at))?.[0] ?? '');
    tokens.push(token);
    at += token.length;
  }
  return tokens;
}

/** With its quotes; to the end when it is not closed. */
function quotedAt(text: string, start: number): string {
  for (let at = start + 1; at < text.length; at++)
    if (text[at] === "'" && text[at - 1] !== '\\') return text.slice(start, at + 1);
  return text.slice(start);
}

/** `last`: the token that ends it. */
function nameAt(
  tokens: readonly string[],
  index: number,
  allowArrayNotation: boolean,
): { readonly name: string; readonly last: number } | { readonly problem: string } {
  const [token, next, close] = [tokens[index]!, tokens[index + 1], tokens[index + 2]];
  if (token !== '.' && token !== '[') return { problem: `expected [ or . but got: ${token}` };
  if (token === '[' && !allowArrayNotation) return { problem: 'array notation is not allowed' };
  if (next === undefined) return { problem: 'unexpected end of JSON path' };
  if (token === '.') return { name: next, last: index + 1 };
  if (next.length < 2 || !next.startsWith("'") || !next.endsWith("'"))
    return { problem: `expected single quoted string but got ${next}` };
  if (close === undefined) return { problem: 'unexpected end of JSON path' };
  if (close !== ']') return { problem: `expected ] but got ${close}` };
  return { name: unescaped(next.slice(1, -1)), last: index + 2 };
}

const ESCAPES: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const unescaped = (text: string): string => text.replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);

function step({ text, root, schema }: FoundField, name: string): FoundField | undefined {
  if (schema?.properties) {
    if (!Object.hasOwn(schema.properties, name)) return undefined;
    return { text: text ? `${text}.${name}` : name, root: root || name, schema: schema.properties[name] };
  }
  const rest = schema?.additionalProperties;
  if (rest === undefined) return undefined;
  return { text: `${text}[${name}]`, root: root || name, schema: typeof rest === 'object' ? rest : undefined };
}
