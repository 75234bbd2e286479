/**
 * Which form of an answer a client accepts (`apiserver/pkg/endpoints/handlers/negotiation`). JSON and YAML are spoken; protobuf answers are
 * not, and every client that prefers them accepts JSON as well.
 */

import { StatusError } from '../../base/status.ts';

export interface ResponseForm {
  encoding: 'json' | 'yaml';
  /** A transformation asked for with `;as=…;g=meta.k8s.io;v=v1`. */
  as?: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';
  /** The meta.k8s.io version of that transformation. */
  metaVersion: string;
  pretty: boolean;
}

interface MediaRange {
  type: string;
  parameters: Record<string, string>;
  quality: number;
}

/** Ranges of an Accept header, best first; those of equal quality in their order. */
export function parseAccept(header: string): MediaRange[] {
  const ranges = header.split(',').map((part): MediaRange => {
    const [type = '', ...rest] = part.split(';').map((piece) => piece.trim());
    const parameters: Record<string, string> = {};
    for (const piece of rest) {
      const equals = piece.indexOf('=');
      if (equals > 0) parameters[piece.slice(0, equals).toLowerCase()] = piece.slice(equals + 1);
    }
    const quality = parameters['q'] === undefined ? 1 : Number(parameters['q']);
    return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
  });
  return ranges.filter(({ type, quality }) => type !== '' && quality > 0).sort((a, b) => b.quality - a.quality);
}

const ENCODINGS: Record<string, ResponseForm['encoding']> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/*': 'json',
  '*/*': 'json',
};

const TRANSFORMATIONS: ReadonlySet<string | undefined> = new Set([
  'Table',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
]);

const ACCEPTED_MEDIA_TYPES = 'application/json, application/yaml';

/** Throws 406 when nothing that the client accepts can be made. */
export function negotiate(accept: string | undefined, pretty: boolean): ResponseForm {
  const plain: ResponseForm = { encoding: 'json', metaVersion: 'v1', pretty };
  if (!accept) return plain;
  for (const { type, parameters } of parseAccept(accept)) {
    const encoding = ENCODINGS[type];
    if (!encoding || (parameters['stream'] !== undefined && parameters['stream'] !== 'watch')) continue;
    if (parameters['as'] === undefined) return { ...plain, encoding };
    const metaVersion = parameters['v'] ?? '';
    const known = parameters['g'] === 'meta.k8s.io' && (metaVersion === 'v1' || metaVersion === 'v1beta1');
    if (known && TRANSFORMATIONS.has(parameters['as'])) {
      return { ...plain, encoding, as: parameters['as'] as ResponseForm['as'], metaVersion };
    }
  }
  throw new StatusError(406, 'NotAcceptable', `only the following media types are accepted: ${ACCEPTED_MEDIA_TYPES}`);
}
