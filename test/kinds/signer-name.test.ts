import { describe, expect, it } from 'vitest';
import type { FieldError } from '../../daemon/base/field.ts';
import { path } from '../../daemon/base/field.ts';
import { checkSignerName } from '../../daemon/kinds/certificatesigningrequests/signer-name.ts';
import { texts } from './support/expect.ts';

const FORM = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
const SEGMENTS = 'should be a domain with at least two segments separated by dots';
const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";

describe('the name of a signer', () => {
  it.each<[string, string[]]>([
    ['ex.com/a', []],
    ['ex.com/a.b', []],
    ['', ['s: Required value: signerName must be provided']],
    ['a', [`s: Invalid value: "a": ${FORM}`]],
    ['ex.com/a/b', [`s: Invalid value: "ex.com/a/b": ${FORM}`]],
    ['a/b', [`s: Invalid value: "a": ${SEGMENTS}`]],
    ['a..b/c', [`s: Invalid value: "a..b": validating label "": ${LABEL}`]],
    ['/c', [`s: Invalid value: "": validating label "": ${LABEL}`, `s: Invalid value: "": ${SEGMENTS}`]],
    [
      'ex.com/-a.-b',
      ['s: Invalid value: "-a.-b": validating label "-a": a lowercase RFC 1123 subdomain must consist of lower case'],
    ],
    [`${'a.'.repeat(127)}b/c`, [`s: Too long: may not be more than 253 bytes`]],
    [`ex.com/${'a.'.repeat(300)}b`, [`s: Too long: may not be more than 571 bytes`]],
  ])('%s', (name, expected) => {
    const errors: FieldError[] = [];
    checkSignerName(errors, name, path('s'));
    const found = texts(errors);
    expect(found.map((text, index) => text.slice(0, expected[index]?.length))).toEqual(expected);
  });
});
