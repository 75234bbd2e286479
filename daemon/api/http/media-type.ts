/**
 * The media type of a body, read as Go reads it (`mime.ParseMediaType`): a type with a parameter that is none is no type at all.
 */

import { StatusError } from '../../base/status.ts';

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const TYPE = new RegExp(`^${TOKEN}(?:/${TOKEN})?$`);
const PARAMETER = new RegExp(`^;\\s*(${TOKEN})\\s*=\\s*(${TOKEN}|"(?:[^"\\\\]|\\\\.)*")\\s*`);

/** `application/json` of `Application/JSON; charset=utf-8`, `''` of nothing; undefined for what is no media type. */
export function mediaTypeOf(header = ''): string | undefined {
  if (header === '') return '';
  const semicolon = header.indexOf(';');
  const type = (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
  if (!TYPE.test(type)) return undefined;
  let rest = semicolon < 0 ? '' : header.slice(semicolon).trim();
  const parameters = new Map<string, string>();
  // A semicolon that nothing follows is passed over.
  while (rest !== '' && rest !== ';') {
    const [whole = '', name = '', value = ''] = PARAMETER.exec(rest) ?? [];
    if (whole === '' || (parameters.get(name.toLowerCase()) ?? value) !== value) return undefined;
    parameters.set(name.toLowerCase(), value);
    rest = rest.slice(whole.length);
  }
  return type;
}

/** 415 that says what is known (`negotiation.NewUnsupportedMediaTypeError`). */
export function unknownFormat(accepted: readonly string[]): StatusError {
  const why = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', why);
}
