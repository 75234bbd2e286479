/** What the YAML parser's errors mean, for people. */

import type { YAMLParseError } from 'yaml';

const EXPECTED: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'spaces: YAML does not take tabs for indentation',
  BAD_INDENT: 'the same indentation as the neighbouring keys or items',
  BLOCK_AS_IMPLICIT_KEY: 'one "key: value" a line; quote the value if it holds ": "',
  MISSING_CHAR: 'the closing bracket, brace, quote, comma or colon',
  MULTILINE_IMPLICIT_KEY: 'a key on one line, followed by ": "',
  UNEXPECTED_TOKEN: 'a key, a value or a new line here',
  BAD_SCALAR_START: 'a value that begins otherwise, or a quoted one',
  BAD_ALIAS: 'the name of an anchor after "*"',
  BAD_DQ_ESCAPE: 'a valid escape, or single quotes',
  BLOCK_IN_FLOW: 'commas and brackets inside a {…} or […] collection',
  IMPOSSIBLE: 'valid YAML',
};

/** The parser's message as a sentence fragment without its final stop. */
export function wordingOf(error: YAMLParseError): string {
  const [line = ''] = error.message.split('\n');
  const text = line.replace(/\.$/, '');
  return `not valid YAML: ${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

export function expectationOf(error: YAMLParseError): string | undefined {
  return EXPECTED[error.code];
}
