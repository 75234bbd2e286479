/**
 * Which form of an answer a client accepts (`apiserver/pkg/endpoints/handlers/negotiation`): JSON, YAML, and protobuf for what has messages.
 */

import { StatusError } from '../../base/status.ts';
import type { ProtobufEncoder } from '../../schema/protobuf.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

export interface ResponseForm {
  encoding: 'json' | 'yaml' | 'protobuf';
  /** A transformation asked for with `;as=…;g=meta.k8s.io;v=v1`. */
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
  /** The meta.k8s.io version of that transformation. */
  metaVersion: string;
  pretty: boolean;
  /** What writes it, with `protobuf`. */
  protobuf?: ProtobufEncoder | undefined;
}

interface MediaRange {
  type: string;
  parameters: Record<string, string>;
  quality: number;
}

/** Clients behind which a person reads. */
const READ_BY_PEOPLE = /^(curl|Wget|Mozilla\/5\.0)/;

/** Whether JSON is laid out for people: as asked with `pretty` (`strconv.ParseBool`), else by who asks. */
export function wantsPretty(query: URLSearchParams, userAgent = ''): boolean {
  const asked = query.get('pretty');
  return asked ? ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(asked) : READ_BY_PEOPLE.test(userAgent);
}

/**
 * Ranges of an Accept header, best first; those of equal quality in their order. As upstream reads them: cases matter, and what should not
 * be given at all (`q=0`) is the last choice.
 */
export function parseAccept(header: string): MediaRange[] {
  const ranges = header.split(',').map((part): MediaRange => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters: Record<string, string> = {};
    for (const piece of rest) {
      const equals = piece.indexOf('=');
      if (equals > 0) parameters[piece.slice(0, equals).trim()] = piece.slice(equals + 1).trim();
    }
    const quality = parameters['q'] === undefined ? 1 : Number(parameters['q']);
    return { type, parameters, quality: Number.isNaN(quality) ? 0 : quality };
  });
  return ranges.filter(({ type }) => type !== '').sort((a, b) => b.quality - a.quality);
}

/** No plain object: of that, `constructor` would be a media type. */
const ENCODINGS: ReadonlyMap<string, ResponseForm['encoding']> = new Map([
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  [PROTOBUF, 'protobuf'],
  ['application/*', 'json'],
  ['*/*', 'json'],
]);

const TRANSFORMATIONS: ReadonlySet<string | undefined> = new Set([
  'Table',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
]);

const ACCEPTED_MEDIA_TYPES = ['application/json', 'application/yaml', PROTOBUF];
/** A watch is lines of JSON, or frames. */
const ACCEPTED_STREAMS = ['application/json;stream=watch', `${PROTOBUF};stream=watch`];
const notAcceptable = (accepted: readonly string[]): StatusError =>
  new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`);

/** Upstream its router refuses what it makes in no form at all, before the API is asked. It knows no `application/*`. */
export function checkRouted(accept: string, made: readonly string[]): void {
  const isMade = accept.split(',').some((part) => {
    const type = part.split(';')[0]!.trim();
    return type === '*/*' || made.includes(type);
  });
  if (isMade) return;
  const why = `406: Not Acceptable\n\nAvailable representations: ${made.join(', ')}`;
  throw new StatusError(406, 'NotAcceptable', why, {});
}

/** The form of an error: what the client asks for first of all that can be made, else JSON. An error is never shown as something else.
 * `wanted`: laid out for people. */
export function errorForm(accept: string | undefined, protobuf: ProtobufEncoder, wanted = false): ResponseForm {
  const plain = accept ? parseAccept(accept).filter(({ parameters }) => parameters['as'] === undefined) : [];
  const made = plain.map(({ type }) => ENCODINGS.get(type)).find((one) => one);
  const encoding = made ?? 'json';
  // What nobody asked for is laid out for people.
  const pretty = wanted || (Boolean(accept) && made === undefined);
  return { encoding, metaVersion: 'v1', pretty, ...(encoding === 'protobuf' ? { protobuf } : {}) };
}

/** A watch in a form that can be watched; throws 406 for any other. */
export function streamForm(form: ResponseForm): ResponseForm {
  if (form.encoding === 'yaml') throw notAcceptable(ACCEPTED_STREAMS);
  return form;
}

/** What most programs send; needs no parsing. */
const PLAIN: ReadonlySet<string> = new Set(['', '*/*', 'application/json', 'application/json, */*']);

/** What there is to choose from. */
export interface Offer {
  /** Undefined: no protobuf is made here. */
  protobuf?: ProtobufEncoder | undefined;
  /** Custom kinds have no messages, only what is shown in their place. */
  isCustom?: boolean;
  /** False: upstream's router does not see the request, as it sees none for custom kinds. */
  isRouted?: boolean;
  /** Of a list, which can be watched. */
  isList?: boolean;
  /** False: it is answered and not kept, and has no table. */
  hasTable?: boolean;
  /** A document of discovery, which is not shown as anything else. */
  isAsIs?: boolean;
}

/** Throws 406 when nothing that the client accepts can be made. */
export function negotiate(accept = '', pretty: boolean, offer: Offer = {}): ResponseForm {
  const plain: ResponseForm = { encoding: 'json', metaVersion: 'v1', pretty };
  if (PLAIN.has(accept)) return plain;
  if (offer.isRouted ?? !offer.isCustom)
    checkRouted(accept, offer.isList ? [...ACCEPTED_MEDIA_TYPES, ...ACCEPTED_STREAMS] : ACCEPTED_MEDIA_TYPES);
  for (const { type, parameters } of parseAccept(accept)) {
    const encoding = ENCODINGS.get(type);
    if (!encoding || (parameters['stream'] !== undefined && parameters['stream'] !== 'watch')) continue;
    const transformation = transformationOf(parameters);
    if (!transformation || !isOffered(offer, encoding, transformation.as)) continue;
    return { ...plain, ...transformation, encoding, ...(encoding === 'protobuf' ? { protobuf: offer.protobuf } : {}) };
  }
  throw notAcceptable(ACCEPTED_MEDIA_TYPES);
}

/** Undefined for one that is not known. */
function transformationOf({
  as,
  g,
  v = '',
}: Record<string, string>): Pick<ResponseForm, 'as' | 'metaVersion'> | undefined {
  if (as === undefined) return { metaVersion: 'v1' };
  const isKnown = TRANSFORMATIONS.has(as) && g === 'meta.k8s.io' && (v === 'v1' || v === 'v1beta1');
  return isKnown ? { as: as as ResponseForm['as'], metaVersion: v } : undefined;
}

/** Tables are made for people, in JSON and YAML alone. */
function isOffered(offer: Offer, encoding: ResponseForm['encoding'], as: ResponseForm['as']): boolean {
  const { protobuf, isCustom, hasTable = true, isAsIs = false } = offer;
  if (isAsIs && as !== undefined) return false;
  if (as === 'Table' && !hasTable) return false;
  if (encoding !== 'protobuf') return true;
  return protobuf !== undefined && as !== 'Table' && (!isCustom || as !== undefined);
}
