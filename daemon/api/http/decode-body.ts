/**
 * Bodies by content type: JSON, YAML (read as kubectl reads it), protobuf (kubectl's typed commands send it).
 */

import type { IncomingMessage } from 'node:http';
import { StatusError } from '../../base/status.ts';
import type { PatchType } from '../rest/requests.ts';
import { type DecodedBody, decodeJson, readBody } from './body.ts';

/** What this needs of `yaml/` and `schema/`; wired in `bin/`. */
export interface BodyFormats {
  /** One YAML document; throws StatusError 400. */
  decodeYaml(text: string): Promise<DecodedBody>;
  /** `k8s\0` + runtime.Unknown; throws StatusError 400. */
  decodeProtobuf(bytes: Uint8Array): unknown;
}

export interface BodyDecoder {
  /** An object. Throws 400, 413, 415. */
  decode(request: IncomingMessage): Promise<DecodedBody>;
  decodePatch(request: IncomingMessage, type: PatchType): Promise<DecodedBody>;
  /** Undefined for an empty body. */
  decodeOptional(request: IncomingMessage): Promise<unknown>;
}

const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

export function createBodyDecoder(formats: BodyFormats): BodyDecoder {
  const decodeAs = async (bytes: Buffer, mediaType: string): Promise<DecodedBody> => {
    switch (mediaType) {
      case '':
      case 'application/json':
        return decodeJson(bytes);
      case 'application/yaml':
        return formats.decodeYaml(bytes.toString('utf8'));
      case 'application/vnd.kubernetes.protobuf':
        return { value: formats.decodeProtobuf(bytes), duplicateFields: [] };
      default:
        throw new StatusError(
          415,
          'UnsupportedMediaType',
          `the body of the request was in an unknown format - accepted media types include: ${MEDIA_TYPES.join(', ')}`,
        );
    }
  };
  const mediaTypeOf = (request: IncomingMessage) =>
    request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  return {
    async decode(request) {
      return decodeAs(await readBody(request), mediaTypeOf(request));
    },
    async decodePatch(request, type) {
      const bytes = await readBody(request);
      return type === 'apply' ? formats.decodeYaml(bytes.toString('utf8')) : decodeJson(bytes);
    },
    async decodeOptional(request) {
      const bytes = await readBody(request);
      return bytes.length === 0 ? undefined : (await decodeAs(bytes, mediaTypeOf(request))).value;
    },
  };
}
