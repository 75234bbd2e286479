/**
 * The rules of a CertificateSigningRequest (`pkg/apis/certificates/validation`).
 */

import { X509Certificate } from 'node:crypto';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  path,
  required,
} from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { deepEqual } from '../../base/json.ts';
import { goValue } from '../common/go-values.ts';
import { newMetadataErrors, ownMetadataErrors } from '../common/metadata.ts';
import type { CertificateSigningRequest } from '../types.generated.ts';
import { checkSignerName } from './signer-name.ts';

const USAGES = [
  ...['any', 'cert sign', 'client auth', 'code signing', 'content commitment', 'crl sign', 'data encipherment'],
  ...['decipher only', 'digital signature', 'email protection', 'encipher only', 'ipsec end system', 'ipsec tunnel'],
  ...['ipsec user', 'key agreement', 'key encipherment', 'microsoft sgc', 'netscape sgc', 'ocsp signing', 's/mime'],
  ...['server auth', 'signing', 'timestamping'],
];
const SECONDS_MIN = 600;
const DECIDED = ['Approved', 'Denied', 'Failed'];
/** Every block, its type and its headers. */
const BLOCKS = /-----BEGIN ([^-]+)-----\r?\n((?:[^\n:]+:[^\n]*\n)*)[^-]*-----END \1-----/g;
/** The first block counts, whatever comes behind it. */
const PEM = /-----BEGIN ([^-]+)-----[\s\S]+?-----END \1-----/;

type Request = Readonly<CertificateSigningRequest>;

/** Any name will do, once it has been let in. */
const anyName = (): string[] => [];

export function validate(request: Request): FieldError[] {
  return [...checkSpec(request), ...checkConditions(request)];
}

function checkSpec({ spec }: Request): FieldError[] {
  const errors: FieldError[] = [];
  const at = path('spec');
  const problem = requestProblem(spec?.request ?? '');
  if (problem) errors.push(invalidValue(at.child('request'), goValue('[]byte', spec?.request), problem));
  const usages = spec?.usages ?? [];
  if (usages.length === 0) errors.push(required(at.child('usages'), 'usages must be provided'));
  usages.forEach((usage, index) => {
    if (!USAGES.includes(usage)) errors.push(notSupported(at.child('usages').index(index), usage, USAGES));
    else if (usages.indexOf(usage) < index) errors.push(duplicate(at.child('usages').index(index), usage));
  });
  checkSignerName(errors, spec?.signerName ?? '', at.child('signerName'));
  const seconds = spec?.expirationSeconds;
  if (seconds !== undefined && seconds < SECONDS_MIN) {
    const detail = 'may not specify a duration less than 600 seconds (10 minutes)';
    errors.push(invalidValue(at.child('expirationSeconds'), seconds, detail));
  }
  return errors;
}

/** What upstream's parser says of what is no request; the signer looks at the request itself. */
function requestProblem(encoded: string): string | undefined {
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  return PEM.exec(text)?.[1] === 'CERTIFICATE REQUEST' ? undefined : 'PEM block type must be CERTIFICATE REQUEST';
}

function checkConditions({ status }: Request): FieldError[] {
  const errors: FieldError[] = [];
  const at = path('status').child('conditions');
  const types = (status?.conditions ?? []).map(({ type }) => type);
  (status?.conditions ?? []).forEach(({ type, status: value }, index) => {
    if (!type) errors.push(required(at.index(index).child('type')));
    const allowed = DECIDED.includes(type) ? ['True'] : ['False', 'True', 'Unknown'];
    if (!value) errors.push(required(at.index(index).child('status')));
    else if (!allowed.includes(value)) errors.push(notSupported(at.index(index).child('status'), value, allowed));
    if (types.indexOf(type) < index) errors.push(duplicate(at.index(index).child('type'), type));
    const other = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (other && types.slice(0, index).includes(other)) {
      const detail = 'Approved and Denied conditions are mutually exclusive';
      errors.push(invalidValue(at.index(index).child('type'), type, detail));
    }
  });
  return errors;
}

export function validateUpdate(request: Request, old: Request): FieldError[] {
  return [
    ...newMetadataErrors(request, anyName, false),
    ...validate(request),
    ...ownMetadataErrors(request, old),
    ...keptConditions(request, old, []),
  ];
}

/** A status: may fail it and give the certificate once; decisions are not made here. */
export function validateStatusUpdate(request: Request, old: Request): FieldError[] {
  const errors = validatePart(request, old, ['Failed']);
  const before = old.status?.certificate;
  const now = request.status?.certificate;
  const at = path('status').child('certificate');
  if (before && now !== before) errors.push(forbiddenField(at, 'updates may not modify existing certificate content'));
  const problem = now && now !== before ? certificateProblem(now) : undefined;
  if (problem) errors.push(invalidValue(at, '<certificate data>', problem));
  return errors;
}

export function validateApproval(request: Request, old: Request): FieldError[] {
  return validatePart(request, old, ['Approved', 'Denied']);
}

/** Upstream judges the whole request whatever is written; what others may not write is as it was. */
function validatePart(request: Request, old: Request, addable: readonly string[]): FieldError[] {
  return [
    ...newMetadataErrors(request, anyName, false),
    ...checkConditions(request),
    ...ownMetadataErrors(request, old),
    ...keptConditions(request, old, addable),
  ];
}

/** What upstream's parser says of what is no row of certificates. */
function certificateProblem(encoded: string): string | undefined {
  const blocks = [...Buffer.from(encoded, 'base64').toString('latin1').matchAll(BLOCKS)];
  if (blocks.length === 0) return 'must contain at least one CERTIFICATE PEM block';
  for (const [block, type, headers = ''] of blocks) {
    if (type !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${goQuote(type!)}`;
    if (headers !== '') return 'no PEM block headers are permitted';
    try {
      new X509Certificate(block);
    } catch {
      return 'x509: malformed certificate';
    }
  }
  return undefined;
}

/** What was decided stays as it is; only conditions of `addable` types may come. */
function keptConditions(request: Request, old: Request, addable: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  const at = path('status').child('conditions');
  for (const type of DECIDED) {
    const of = ({ status }: Request) => (status?.conditions ?? []).filter((one) => one.type === type);
    const [before, after] = [of(old), of(request)];
    if (deepEqual(before, after)) continue;
    if (before.length > 0 && after.length === 0)
      errors.push(forbiddenField(at, `updates may not remove a condition of type "${type}"`));
    else if (before.length > 0) errors.push(forbiddenField(at, `updates may not modify a condition of type "${type}"`));
    else if (!addable.includes(type))
      errors.push(forbiddenField(at, `updates may not add a condition of type "${type}"`));
  }
  return errors;
}
