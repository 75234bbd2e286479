/**
 * Field selectors (`status.phase=Running,metadata.name!=x`): reading and matching, as `apimachinery/pkg/fields`.
 * Which fields a kind knows is told by the caller.
 */

export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export type FieldSelector = readonly FieldRequirement[];

/** A field selector that cannot be read; the message is the API server's. */
export class FieldSelectorError extends Error {
  override readonly name = 'FieldSelectorError';
}

/** Splits at commas that no backslash protects. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  let escaped = false;
  for (let at = 0; at < text.length; at++) {
    if (escaped) escaped = false;
    else if (text[at] === '\\') escaped = true;
    else if (text[at] === ',') {
      terms.push(text.slice(start, at));
      start = at + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let value = '';
  for (let at = 0; at < text.length; at++) {
    const one = text[at]!;
    if (one === '\\') {
      const next = text[++at];
      if (next !== '\\' && next !== ',' && next !== '=') {
        throw new FieldSelectorError(`invalid field selector: invalid escape sequence: \\${next ?? ''}`);
      }
      value += next;
    } else if (one === '=' || one === ',') {
      // By its number, as Go prints a rune.
      throw new FieldSelectorError(`invalid field selector: unescaped character in value: ${one.charCodeAt(0)}`);
    } else {
      value += one;
    }
  }
  return value;
}

/** Reads a field selector. Throws {@link FieldSelectorError}. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text)) {
    if (term === '') continue;
    const match = /^([^=!]*(?:!(?!=)[^=!]*)*)(!=|==|=)(.*)$/s.exec(term);
    if (!match) {
      throw new FieldSelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    const [, field = '', operator, value = ''] = match;
    // No field of no value is every object's, whatever the operator.
    if (field === '' && value === '') continue;
    requirements.push({ field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) });
  }
  return requirements;
}

/** A test for many objects: each field is read once, however often it is named. `read` gives a field's value, `''` when it is not set. */
export function compileFieldSelector(selector: FieldSelector): (read: (field: string) => string) => boolean {
  const fields = new Map<string, { equal: Set<string>; unequal: Set<string> }>();
  for (const { field, operator, value } of selector) {
    const values = fields.get(field) ?? { equal: new Set(), unequal: new Set() };
    fields.set(field, values);
    values[operator === '=' ? 'equal' : 'unequal'].add(value);
  }
  return (read) => {
    for (const [field, { equal, unequal }] of fields) {
      const value = read(field);
      // Two different values cannot both be asked for.
      if (unequal.has(value) || equal.size > 1 || (equal.size === 1 && !equal.has(value))) return false;
    }
    return true;
  };
}
