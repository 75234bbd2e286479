/**
 * Writes `daemon/kinds/types.generated.ts`: one TypeScript interface per type of `schemas/`.
 *
 *     node daemon/schema/generate-types.ts           writes the file
 *     node daemon/schema/generate-types.ts --check   exits with 1 when the file is not what would be written
 *
 * Types that `base/` already has (ObjectMeta and its parts, Status) are re-exported from there. A name that two groups share is bare in
 * the first group of `GROUP_ORDER`; the others get their group (`EndpointPortDiscovery`) or version (`MetricSpecV2`) as a suffix.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadSchemas } from './load.ts';
import type { SchemaNode, SchemaSet } from './node.ts';

/** Who keeps the bare name when several groups have a type of that name. Groups not listed come after, by name. */
const GROUP_ORDER: readonly string[] = [
  'meta/v1',
  'core/v1',
  'apps/v1',
  'batch/v1',
  'autoscaling/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
];

/** Types that stand in `base/` already, and where. */
const FROM_BASE: Readonly<Record<string, string>> = {
  'meta/v1/ObjectMeta': '../base/object.ts',
  'meta/v1/OwnerReference': '../base/object.ts',
  'meta/v1/ManagedFieldsEntry': '../base/object.ts',
  'meta/v1/ListMeta': '../base/object.ts',
  'meta/v1/Status': '../base/status.ts',
  'meta/v1/StatusCause': '../base/status.ts',
  'meta/v1/StatusDetails': '../base/status.ts',
};

/** Scalars by name, which read better as plain types than as aliases. */
const SCALARS: Readonly<Record<string, string>> = {
  'meta/v1/Time': 'string',
  'meta/v1/MicroTime': 'string',
  'meta/v1/Quantity': 'string',
  'meta/v1/Duration': 'string',
  'meta/v1/IntOrString': 'number | string',
  'meta/v1/RawExtension': 'Record<string, unknown>',
  'meta/v1/FieldsV1': 'Record<string, unknown>',
  'apiextensions.k8s.io/v1/JSON': 'unknown',
};

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `discovery.k8s.io/v1/EndpointPort` → group `discovery.k8s.io/v1`, type `EndpointPort`. */
function splitName(name: string): { group: string; type: string } {
  const slash = name.lastIndexOf('/');
  return { group: name.slice(0, slash), type: name.slice(slash + 1) };
}

/** Assigns each schema its TypeScript name. Pure: the same set gives the same names. */
function interfaceNames(names: readonly string[]): Map<string, string> {
  const rank = (name: string): number => {
    const at = GROUP_ORDER.indexOf(splitName(name).group);
    return at < 0 ? GROUP_ORDER.length : at;
  };
  const ordered = [...names].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const taken = new Set<string>();
  const result = new Map<string, string>();
  for (const name of ordered) {
    const { group, type } = splitName(name);
    const [groupName = '', version = ''] = group.split('/');
    const label = capital(groupName.split('.')[0] ?? '');
    const candidates = [type, version === 'v1' ? `${type}${label}` : `${type}${capital(version)}`];
    const chosen = candidates.find((candidate) => !taken.has(candidate));
    if (!chosen) throw new Error(`${name}: the names ${candidates.join(' and ')} are taken`);
    taken.add(chosen);
    result.set(name, chosen);
  }
  return result;
}

function renderType(node: SchemaNode, names: ReadonlyMap<string, string>): string {
  if (node.$ref) return SCALARS[node.$ref] ?? names.get(node.$ref) ?? 'unknown';
  switch (node.type) {
    case 'string':
      return node.enum ? node.enum.map((one) => `'${String(one)}'`).join(' | ') : 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'array': {
      const item = renderType(node.items ?? {}, names);
      return item.includes('|') ? `(${item})[]` : `${item}[]`;
    }
    case 'object':
      return typeof node.additionalProperties === 'object'
        ? `Record<string, ${renderType(node.additionalProperties, names)}>`
        : 'Record<string, unknown>';
    default:
      return 'unknown';
  }
}

function renderComment(text: string | undefined, indent: string): string[] {
  return text ? [`${indent}/** ${text.replaceAll('*/', '* /')} */`] : [];
}

function renderInterface(name: string, node: SchemaNode, names: ReadonlyMap<string, string>): string[] {
  const lines = renderComment(node.description, '');
  const type = names.get(name) ?? splitName(name).type;
  if (!node.properties) return [...lines, `export type ${type} = ${renderType(node, names)};`, ''];
  lines.push(`export interface ${type} {`);
  for (const [field, member] of Object.entries(node.properties)) {
    lines.push(...renderComment(member.description, '  '));
    const key = /^[A-Za-z_][A-Za-z0-9_]*$/.test(field) ? field : `'${field}'`;
    const optional = node.required?.includes(field) ? '' : '?';
    lines.push(`  ${key}${optional}: ${renderType(member, names)};`);
  }
  return [...lines, '}', ''];
}

function renderBaseExports(names: readonly string[]): string[] {
  const byFile = Map.groupBy(
    names.filter((name) => FROM_BASE[name]),
    (name) => FROM_BASE[name] ?? '',
  );
  const lines: string[] = [];
  for (const [file, members] of byFile) {
    const types = members.map((name) => splitName(name).type).sort();
    lines.push(`import type { ${types.join(', ')} } from '${file}';`, `export type { ${types.join(', ')} };`, '');
  }
  return lines;
}

/** The whole text of `types.generated.ts`. */
export function renderTypes(schemas: SchemaSet): string {
  const names = interfaceNames(schemas.names.filter((name) => !SCALARS[name]));
  const lines = [
    '/** Generated from schemas/ by daemon/schema/generate-types.ts. Do not edit: change the schema and generate again. */',
    '',
    ...renderBaseExports(schemas.names),
  ];
  let group = '';
  for (const name of schemas.names) {
    if (SCALARS[name] || FROM_BASE[name]) continue;
    const here = splitName(name).group;
    if (here !== group) lines.push(`// ${here}`, '');
    group = here;
    lines.push(...renderInterface(name, schemas.named(name), names));
  }
  return lines.join('\n');
}

function main(check: boolean): number {
  const file = fileURLToPath(new URL('../kinds/types.generated.ts', import.meta.url));
  const text = renderTypes(loadSchemas());
  if (!check) {
    writeFileSync(file, text);
    return 0;
  }
  if (readFileSync(file, 'utf8') === text) return 0;
  process.stderr.write(`${file} is not what schemas/ gives: run \`node daemon/schema/generate-types.ts\`\n`);
  return 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.includes('--check'));
