/**
 * Times as the API reads and writes them (`metav1.Time`, `metav1.MicroTime`): RFC 3339 in, UTC out.
 * Pure. Errors are worded as the API server words them, naming the part of the layout that did not fit.
 */

export type TimePrecision = 'seconds' | 'microseconds';

export type ParsedTime = { readonly text: string } | { readonly error: string };

const LAYOUT: Readonly<Record<TimePrecision, string>> = {
  seconds: '2006-01-02T15:04:05Z07:00',
  microseconds: '2006-01-02T15:04:05.000000Z07:00',
};

const CANONICAL: Readonly<Record<TimePrecision, RegExp>> = {
  seconds: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/,
  microseconds: /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/,
};

/** One element of the layout: how it is written there, what it matches at the start of the rest, and the range of its number. */
interface Element {
  readonly layout: string;
  readonly pattern: RegExp;
  readonly name?: string;
  readonly min?: number;
  readonly max?: number;
}

const literal = (text: string): Element => ({ layout: text, pattern: new RegExp(`^${text}`) });

const DATE_AND_TIME: readonly Element[] = [
  { layout: '2006', pattern: /^\d{4}/ },
  literal('-'),
  { layout: '01', pattern: /^\d{2}/, name: 'month', min: 1, max: 12 },
  literal('-'),
  { layout: '02', pattern: /^\d{2}/ },
  literal('T'),
  { layout: '15', pattern: /^\d{1,2}/, name: 'hour', min: 0, max: 23 },
  literal(':'),
  { layout: '04', pattern: /^\d{2}/, name: 'minute', min: 0, max: 59 },
  literal(':'),
  { layout: '05', pattern: /^\d{2}/, name: 'second', min: 0, max: 59 },
];

const FRACTION: Readonly<Record<TimePrecision, Element>> = {
  seconds: { layout: '', pattern: /^(?:[.,]\d+)?/ },
  microseconds: { layout: '.000000', pattern: /^[.,]\d{6}/ },
};

const ZONE: Element = { layout: 'Z07:00', pattern: /^(?:Z|[+-]\d{2}:\d{2})/ };

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate();

/** Reads one element after another; the matched texts, or what is wrong. */
function scan(text: string, elements: readonly Element[], layout: string): { parts: string[] } | { error: string } {
  const parts: string[] = [];
  let rest = text;
  for (const element of elements) {
    const match = element.pattern.exec(rest);
    if (!match)
      return {
        error: `parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element.layout}"`,
      };
    const value = Number(match[0]);
    if (element.name && (value < (element.min ?? 0) || value > (element.max ?? 0)))
      return { error: `parsing time ${JSON.stringify(text)}: ${element.name} out of range` };
    parts.push(match[0]);
    rest = rest.slice(match[0].length);
  }
  return rest ? { error: `parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}` } : { parts };
}

/** Minutes east of UTC. */
function zoneMinutes(zone: string): number {
  if (zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  return sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6)));
}

/** Parses an RFC 3339 time and renders it in UTC with exactly the precision given. What is finer is cut off, as upstream does. */
export function parseTime(text: string, precision: TimePrecision): ParsedTime {
  if (CANONICAL[precision].test(text)) return { text };
  const scanned = scan(text, [...DATE_AND_TIME, FRACTION[precision], ZONE], LAYOUT[precision]);
  if ('error' in scanned) return scanned;
  const [year, , month, , day, , hour, , minute, , second, fraction = '', zone = 'Z'] = scanned.parts;
  if (Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month)))
    return { error: `parsing time ${JSON.stringify(text)}: day out of range` };
  const local = new Date(0);
  local.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  local.setUTCHours(Number(hour), Number(minute) - zoneMinutes(zone), Number(second));
  const utc = local.toISOString().slice(0, -'.000Z'.length);
  return { text: precision === 'seconds' ? `${utc}Z` : `${utc}.${fraction.slice(1)}Z` };
}
