/**
 * Writes plain JSON values as YAML that means the same to YAML 1.1 and 1.2 readers: whatever could be read as
 * something else is quoted, text of several lines is a literal block where that is exact.
 */

import { isObject } from '../base/json.ts';
import { resolvePlain } from './scalar.ts';

/** How a file indents; new text follows it. */
export interface RenderStyle {
  /** Columns per level of maps. */
  readonly step: number;
  /** Columns from a key to the dashes of its list: 0 or `step`. */
  readonly listOffset: number;
  /** Text stays on one line, quoted: for places where a block would take in what follows. */
  readonly oneLine?: boolean;
}

/** kubectl's own style. */
const DEFAULT_STYLE: RenderStyle = { step: 2, listOffset: 0 };

const PLAIN = /^[A-Za-z0-9_./][\x20-\x7e]*$/;
/** Numbers with colons, dates and versions are text to Kubernetes and not to every tool. */
const NUMBER_LIKE = /^[-+.0-9][-+.0-9:_TtZzeE ]*$/;
const FLOW_MARKS = /[,[\]{}:]/;

function isPlainSafe(text: string, flow: boolean): boolean {
  if (!PLAIN.test(text) || NUMBER_LIKE.test(text)) return false;
  if (text.endsWith(' ') || text.endsWith(':') || text.includes(': ') || text.includes(' #')) return false;
  if (flow && FLOW_MARKS.test(text)) return false;
  try {
    return resolvePlain(text) === text;
  } catch {
    return false;
  }
}

/** Double quotes with JSON's escapes; also for what YAML 1.1 takes for line breaks. */
function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export type ScalarStyle = 'plain' | 'single' | 'double';

/** A scalar on one line. Text keeps to the wanted style as far as it allows. */
export function renderScalar(value: unknown, flow: boolean, style: ScalarStyle = 'plain'): string {
  if (typeof value === 'number') return String(value === 0 ? 0 : value);
  if (typeof value !== 'string') return String(value ?? null);
  if (style === 'plain' && isPlainSafe(value, flow)) return value;
  if (style === 'single' && /^[\x20-\x7e]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`;
  return quote(value);
}

/** A member's name. */
function renderKey(name: string, flow: boolean): string {
  return renderScalar(name, flow);
}

/** True for text that a literal block holds exactly. More than one line break at its end would be lost on people: quoted. */
export function isLiteral(value: unknown): value is string {
  if (typeof value !== 'string' || !value.includes('\n') || /^\s|\n\n$/.test(value)) return false;
  return (
    !/[^\n\t\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe]/.test(value) && !/(?:^|\n)[ \t]+(?:\n|$)/.test(value)
  );
}

/** `|` or `|-` and the lines, each indented. */
export function renderLiteral(value: string, indent: number): string[] {
  const lines = value.replace(/\n$/, '').split('\n');
  return [value.endsWith('\n') ? '|' : '|-', ...lines.map((line) => (line ? ' '.repeat(indent) + line : ''))];
}

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;

/** True when a value goes on the line of its key. */
export function isInline(value: unknown, { oneLine = false }: Partial<RenderStyle> = {}): boolean {
  return (typeof value !== 'object' || value === null || isEmpty(value)) && (oneLine || !isLiteral(value));
}

/** On one line in flow style: `{a: [1, x]}`. With `json`, as JSON. */
export function renderFlow(value: unknown, json: boolean): string {
  if (Array.isArray(value)) return `[${value.map((item) => renderFlow(item, json)).join(', ')}]`;
  if (!isObject(value)) return renderScalar(value, true, json ? 'double' : 'plain');
  const members = Object.keys(value).map((name) => {
    const key = json ? quote(name) : renderKey(name, true);
    return `${key}: ${renderFlow(value[name], json)}`;
  });
  return `{${members.join(', ')}}`;
}

/** The lines of a member; the first has no indentation, the others stand absolutely. */
export function renderPair(name: string, value: unknown, indent: number, style: RenderStyle): string[] {
  const key = renderKey(name, false);
  const [first, ...rest] = renderValue(value, indent, style);
  return [first === '' ? `${key}:` : `${key}: ${first}`, ...rest];
}

/** What follows `key:`: text for its line (maybe none), then whole lines. `indent` is the key's. */
export function renderValue(value: unknown, indent: number, style: RenderStyle): string[] {
  if (isLiteral(value) && !style.oneLine) return renderLiteral(value, indent + style.step);
  if (isInline(value, style))
    return [typeof value === 'object' && value ? renderFlow(value, false) : renderScalar(value, false)];
  if (Array.isArray(value)) return ['', ...renderItems(value, indent + style.listOffset, style)];
  return ['', ...renderMembers(value as Record<string, unknown>, indent + style.step, style)];
}

function indented(lines: readonly string[], indent: number): string[] {
  return [' '.repeat(indent) + lines[0], ...lines.slice(1)];
}

/** Whole lines of a block map. */
export function renderMembers(value: Record<string, unknown>, indent: number, style: RenderStyle): string[] {
  return Object.keys(value).flatMap((name) => indented(renderPair(name, value[name], indent, style), indent));
}

/** The lines of a list item; the first begins with the dash and has no indentation. */
export function renderItem(value: unknown, indent: number, style: RenderStyle): string[] {
  if (isLiteral(value) && !style.oneLine) {
    const [head, ...lines] = renderLiteral(value, indent + 2);
    return [`- ${head}`, ...lines];
  }
  if (isInline(value, style)) return [`- ${renderFlow(value, false)}`];
  const lines = Array.isArray(value)
    ? renderItems(value, indent + 2, style)
    : renderMembers(value as Record<string, unknown>, indent + 2, style);
  return [`- ${lines[0]!.trimStart()}`, ...lines.slice(1)];
}

/** Whole lines of a block list. */
function renderItems(value: readonly unknown[], indent: number, style: RenderStyle): string[] {
  return value.flatMap((item) => indented(renderItem(item, indent, style), indent));
}

const ROOT_ORDER = ['apiVersion', 'kind', 'metadata', 'type', 'immutable', 'spec', 'data', 'stringData', 'binaryData'];
const METADATA_ORDER = ['name', 'generateName', 'namespace', 'labels', 'annotations'];

function ordered(
  value: Record<string, unknown>,
  order: readonly string[],
  last: readonly string[],
): Record<string, unknown> {
  const rank = (name: string) => (last.includes(name) ? 1_000 : order.includes(name) ? order.indexOf(name) : 500);
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => rank(a) - rank(b)));
}

/** A new manifest file for an object: conventional order, two columns, a final newline. */
export function renderManifest(object: Readonly<Record<string, unknown>>): string {
  const { metadata } = object;
  const sorted = ordered(
    isObject(metadata) ? { ...object, metadata: ordered(metadata, METADATA_ORDER, []) } : { ...object },
    ROOT_ORDER,
    ['status'],
  );
  if (Object.keys(sorted).length === 0) return '{}\n';
  return `${renderMembers(sorted, 0, DEFAULT_STYLE).join('\n')}\n`;
}
