/**
 * Bodies by content type: JSON, YAML (read as kubectl reads it), protobuf (kubectl's typed commands send it).
 */

import type { IncomingMessage } from 'node:http';
import { isObject } from '../../base/json.ts';
import { badRequest, StatusError } from '../../base/status.ts';
import type { TurnQueue } from '../../base/turn.ts';
import { noVersionKind, typeMetaProblem, wrongType } from '../rest/body.ts';
import { LARGE_BYTES } from '../rest/pace.ts';
import type { PatchType } from '../rest/requests.ts';
import { type DecodedBody, decodeJson, readBody } from './body.ts';
import { mediaTypeOf, unknownFormat } from './media-type.ts';
import { boundValues } from './scan-json.ts';

/** What this needs of `yaml/` and `schema/`; wired in `bin/`. */
export interface BodyFormats {
  /** One YAML document; throws StatusError 400. */
  decodeYaml(text: string): Promise<DecodedBody>;
  /** `k8s\0` + runtime.Unknown; throws StatusError 400. */
  decodeProtobuf(bytes: Uint8Array): unknown;
}

export interface BodyDecoder {
  /** An object; `kind` is what it should be, for the message when it cannot be read. Throws 400, 413, 415. */
  decode(request: IncomingMessage, kind: string): Promise<DecodedBody>;
  decodePatch(request: IncomingMessage, type: PatchType): Promise<DecodedBody>;
  /** Undefined for an empty body. What cannot be read is 500 here, as upstream. */
  decodeOptional(request: IncomingMessage): Promise<unknown>;
}

const MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** As much of a body as a message tells back, in bytes (upstream's `summarizeData`): JSON as it is, anything else in hex. */
const SUMMARY_BYTES = 30;

function summarize(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const head = bytes.subarray(0, SUMMARY_BYTES).toString(bytes[0] === 0x7b ? 'utf8' : 'hex');
  return bytes.length > SUMMARY_BYTES ? `${head} ...` : head;
}

/** What a patch that is no JSON is answered with; a strategic one is decoded by other code upstream, without the prefix. */
const patchWording =
  (type: PatchType) =>
  (why: string): string =>
    type === 'strategic' ? why : `error decoding patch: ${why}`;

/** Wants an object; what a JSON patch is made of is looked at where it is carried out. Throws 400. */
function decodePatchJson(bytes: Buffer, type: PatchType): DecodedBody {
  const wording = patchWording(type);
  const body = decodeJson(bytes, wording);
  if (type !== 'json' && !isObject(body.value))
    throw badRequest(wording(wrongType(body.value, 'map[string]interface {}')));
  return body;
}

export function createBodyDecoder(formats: BodyFormats, turns: TurnQueue): BodyDecoder {
  /** Large ones one a turn. */
  const readInTurn = async (request: IncomingMessage): Promise<Buffer> => {
    const bytes = await readBody(request);
    if (bytes.length > LARGE_BYTES) await turns.take();
    return bytes;
  };
  const decodeYaml = async (bytes: Buffer): Promise<DecodedBody> => {
    const body = await formats.decodeYaml(bytes.toString('utf8'));
    boundValues(body.value);
    return body;
  };
  const decodeProtobuf = (bytes: Buffer): DecodedBody => {
    const value = formats.decodeProtobuf(bytes);
    boundValues(value);
    return { value, duplicateFields: [] };
  };
  const decodeAs = async (bytes: Buffer, { headers }: IncomingMessage): Promise<DecodedBody> => {
    switch (mediaTypeOf(headers['content-type'])) {
      case '':
      case 'application/json':
        return decodeJson(bytes, noVersionKind);
      case 'application/yaml':
        return decodeYaml(bytes);
      case 'application/vnd.kubernetes.protobuf':
        return decodeProtobuf(bytes);
      default:
        throw unknownFormat(MEDIA_TYPES);
    }
  };
  return {
    async decode(request, kind) {
      const bytes = await readInTurn(request);
      const unrecognized = (why: string): StatusError =>
        badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${summarize(bytes)})`);
      const body = await decodeAs(bytes, request).catch((error: unknown) => {
        throw error instanceof StatusError && error.code === 400 ? unrecognized(error.message) : error;
      });
      // Go decodes null into nothing at all: what it should have been is missing then.
      if (body.value === null) return { value: {}, duplicateFields: [] };
      const problem = typeMetaProblem(body.value);
      if (problem) throw unrecognized(problem);
      return body;
    },
    async decodePatch(request, type) {
      const bytes = await readInTurn(request);
      if (type !== 'apply') return decodePatchJson(bytes, type);
      return decodeYaml(bytes).catch((error: unknown) => {
        throw error instanceof StatusError && error.code === 400
          ? badRequest(`error decoding YAML: ${error.message}`)
          : error;
      });
    },
    async decodeOptional(request) {
      const bytes = await readInTurn(request);
      return bytes.length === 0 ? undefined : readOptions(() => decodeAs(bytes, request));
    },
  };
}

/** The options that a body holds, which says `{}` for `null`. */
async function readOptions(decode: () => Promise<DecodedBody>): Promise<unknown> {
  const { value } = await decode().catch((error: unknown) => {
    throw error instanceof StatusError && error.code === 400 ? new StatusError(500, '', error.message) : error;
  });
  const problem = value === null ? undefined : typeMetaProblem(value);
  if (problem) throw new StatusError(500, '', problem);
  return value ?? {};
}
