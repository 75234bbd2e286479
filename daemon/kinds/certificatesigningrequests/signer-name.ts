/**
 * The name of who is to sign a request: a domain and what that calls its signer, `example.com/signer-name` (`pkg/apis/certificates/validation`).
 */

import { type FieldError, type FieldPath, invalidValue, required, tooLong } from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../base/names.ts';

const DOMAIN_LENGTH_MAX = 253;
/** A domain, a slash, and room for the name of a namespaced object after its namespace. */
const NAME_LENGTH_MAX = DOMAIN_LENGTH_MAX + 1 + DOMAIN_LENGTH_MAX + 1 + 63;
const LEGACY = 'kubernetes.io/legacy-unknown';

export function checkSignerName(errors: FieldError[], name: string, at: FieldPath): void {
  if (name === '') return void errors.push(required(at, 'signerName must be provided'));
  if (name === LEGACY)
    return void errors.push(invalidValue(at, name, 'the legacy signerName is not allowed via this API version'));
  const [domain = '', own, ...more] = name.split('/');
  if (own === undefined || more.length > 0) {
    const detail = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return void errors.push(invalidValue(at, name, detail));
  }
  if (Buffer.byteLength(domain) > DOMAIN_LENGTH_MAX) errors.push(tooLong(at, domain, DOMAIN_LENGTH_MAX));
  checkParts(errors, domain, dns1123LabelProblems, at);
  if (!domain.includes('.')) {
    errors.push(invalidValue(at, domain, 'should be a domain with at least two segments separated by dots'));
  }
  checkParts(errors, own, dns1123SubdomainProblems, at);
  if (Buffer.byteLength(name) > NAME_LENGTH_MAX) errors.push(tooLong(at, name, NAME_LENGTH_MAX));
}

/** Only the first part that is wrong is told: the others would read the same. */
function checkParts(
  errors: FieldError[],
  text: string,
  problemsOf: (part: string) => readonly string[],
  at: FieldPath,
): void {
  for (const part of text.split('.')) {
    const problems = problemsOf(part);
    for (const problem of problems)
      errors.push(invalidValue(at, text, `validating label ${goQuote(part)}: ${problem}`));
    if (problems.length > 0) return;
  }
}
