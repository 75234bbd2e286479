/**
 * Values as Go prints them, where the API server's messages do. Pure.
 */

/** More of a patch than this is not told back to who sent it. */
const TEXT_LENGTH_MAX = 16 * 1024;

/** `fmt.Sprintf("%+v", value)` of decoded JSON: `map[spec:map[replicas:x]]`, keys sorted. */
export function formatGoValue(value: unknown): string {
  const text = format(value);
  return text.length > TEXT_LENGTH_MAX ? `${text.slice(0, TEXT_LENGTH_MAX)}…` : text;
}

function format(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(format).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${key}:${format((value as Record<string, unknown>)[key])}`);
  return `map[${members.join(' ')}]`;
}
