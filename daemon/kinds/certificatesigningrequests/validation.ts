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
/** Decisions are made in `approval` alone. */
const KEPT = ['Approved', 'Denied'];
/** Every block, its type and its headers. */
const BLOCKS = /-----BEGIN ([^-]+)-----\r?\n((?:[^\n:]+:[^\n]*\n)*)[^-]*-----END \1-----/g;
/** The first block counts, whatever comes behind it. */
const PEM = /-----BEGIN ([^-]+)-----[\s\S]+?-----END \1-----/;

type Request = Readonly<CertificateSigningRequest>;

/** Any name will do: what may stand in a URL is judged for objects of any kind. */
const anyName = (): string[] => [];

export function validate(request: Request): FieldError[] {
  return [...newMetadataErrors(request, anyName, false), ...checkSpec(request), ...checkConditions(request)];
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
  return [...validate(request), ...keptConditions(request, old, KEPT), ...ownMetadataErrors(request, old)];
}

/** A status: may fail it and give the certificate once; decisions are not made here. */
export function validateStatusUpdate(request: Request, old: Request): FieldError[] {
  const before = old.status?.certificate;
  const now = request.status?.certificate;
  const at = path('status').child('certificate');
  const problem = now && now !== before ? certificateProblem(now) : undefined;
  return [
    ...newMetadataErrors(request, anyName, false),
    ...checkConditions(request),
    ...(problem ? [invalidValue(at, '<certificate data>', problem)] : []),
    ...keptConditions(request, old, KEPT),
    ...(before && now !== before ? [forbiddenField(at, 'updates may not modify existing certificate content')] : []),
    ...ownMetadataErrors(request, old),
  ];
}

/** Where decisions are made, and mended. */
export function validateApproval(request: Request, old: Request): FieldError[] {
  return [
    ...newMetadataErrors(request, anyName, false),
    ...checkConditions(request),
    ...keptConditions(request, old, []),
    ...ownMetadataErrors(request, old),
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

/** No decision goes; those of `kept` types neither come nor change. */
function keptConditions(request: Request, old: Request, kept: readonly string[]): FieldError[] {
  const at = path('status').child('conditions');
  const of = (type: string, { status }: Request) => (status?.conditions ?? []).filter((one) => one.type === type);
  const refuse = (verb: string, types: readonly string[]) =>
    types.map((type) => forbiddenField(at, `updates may not ${verb} a condition of type "${type}"`));
  const grown = (type: string) => of(type, request).length - of(type, old).length;
  return [
    ...refuse(
      'remove',
      DECIDED.filter((type) => grown(type) < 0),
    ),
    ...kept.flatMap((type) => {
      if (grown(type) !== 0) return grown(type) > 0 ? refuse('add', [type]) : [];
      return deepEqual(of(type, old), of(type, request)) ? [] : refuse('modify', [type]);
    }),
  ];
}
