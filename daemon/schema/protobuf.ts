/**
 * The API's protobuf form (`application/vnd.kubernetes.protobuf`): the four bytes `k8s\0`, then a `runtime.Unknown` that names the kind
 * and carries the object's own message. kubectl and typed Go clients send their bodies so.
 *
 * Decoding gives plain JSON as a JSON body would have given it; the structural check (`validate.ts`) still comes after it.
 */

import protobuf from 'protobufjs/minimal.js';
import type { JsonObject } from '../base/object.ts';
import { badRequest, StatusError } from '../base/status.ts';
import type { SchemaNode, SchemaSet } from './node.ts';
import { decodeMessage } from './protobuf-decode.ts';
import { encodeField, encodeMessage } from './protobuf-encode.ts';
import { createProtobufPlans, type MessagePlan, type ProtobufPlans } from './protobuf-plan.ts';

/** The field of a list that holds its items. */
const ITEMS = 2;
/** Of the length of a frame. */
export const FRAME_HEAD_BYTES = 4;
const MAGIC = Uint8Array.of(0x6b, 0x38, 0x73, 0x00);
const WIRE_BYTES = 2;
/** An object inside an object's raw extension inside …: three levels is a List of ControllerRevisions of something. */
const RAW_DEPTH_MAX = 4;

interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What stands around the message: `runtime.Unknown`. */
interface ProtobufEnvelope extends TypeMeta {
  readonly raw: Uint8Array;
}

export interface ProtobufCodec extends ProtobufEncoder {
  /**
   * Decodes a whole body. `fallback` names the kind when the body does not, as the endpoint's kind does for JSON.
   * Throws BadRequest (400) when the bytes are no such message or the kind is not known.
   */
  decode(bytes: Uint8Array, fallback?: TypeMeta): JsonObject;
}

/** Writes answers. Every object names its kind, one of the server's own: custom kinds have no messages. */
export interface ProtobufEncoder {
  /** A whole body. */
  encode(object: Readonly<JsonObject>): Buffer;
  /** The object as an item of a list: its own message, in the field that every list of the API has its items in. */
  encodeItem(object: Readonly<JsonObject>): Uint8Array;
  /** A whole body, in pieces: the list's own kind and metadata, and what `encodeItem` made of its items. */
  encodeList(list: ListHead, items: readonly Uint8Array[]): Uint8Array[];
  /** An event of a watch, framed: its length in four bytes, and a WatchEvent that holds the object's whole body. */
  encodeEvent(type: string, body: Uint8Array): Buffer;
}

interface ListHead extends TypeMeta {
  readonly metadata: object;
}

function isProtobuf(bytes: Uint8Array): boolean {
  return bytes.length >= MAGIC.length && MAGIC.every((byte, index) => bytes[index] === byte);
}

/** Throws whatever the reader throws on bytes cut short; `guard` words it. */
function readEnvelope(bytes: Uint8Array): ProtobufEnvelope {
  const reader = protobuf.Reader.create(bytes.subarray(MAGIC.length));
  let typeMeta: Uint8Array = new Uint8Array();
  let raw: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === ((1 << 3) | WIRE_BYTES)) typeMeta = reader.bytes();
    else if (tag === ((2 << 3) | WIRE_BYTES)) raw = reader.bytes();
    else reader.skipType(tag & 7);
  }
  const inner = protobuf.Reader.create(typeMeta);
  let apiVersion = '';
  let kind = '';
  while (inner.pos < inner.len) {
    const tag = inner.uint32();
    if (tag === ((1 << 3) | WIRE_BYTES)) apiVersion = inner.string();
    else if (tag === ((2 << 3) | WIRE_BYTES)) kind = inner.string();
    else inner.skipType(tag & 7);
  }
  return { apiVersion, kind, raw };
}

/** Runs `read`; bytes that are cut short or malformed become a BadRequest. */
function guard<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(
      `the body is not a valid protobuf message: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function schemaOf(schemas: SchemaSet, { apiVersion, kind }: TypeMeta): SchemaNode {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const schema = schemas.ofKind(group, apiVersion.slice(slash + 1), kind);
  if (schema) return schema;
  const scheme = 'pkg/api/legacyscheme/scheme.go:30';
  throw badRequest(
    `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "${scheme}"`,
  );
}

function decodeBody(
  bytes: Uint8Array,
  schemas: SchemaSet,
  plans: ProtobufPlans,
  fallback: TypeMeta | undefined,
  depth: number,
): JsonObject {
  if (!isProtobuf(bytes))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const envelope = guard(() => readEnvelope(bytes));
  const apiVersion = envelope.apiVersion || fallback?.apiVersion || '';
  const kind = envelope.kind || fallback?.kind || '';
  const schema = schemaOf(schemas, { apiVersion, kind });
  const readRaw = (raw: Uint8Array): unknown => {
    if (!isProtobuf(raw)) return JSON.parse(new TextDecoder().decode(raw));
    if (depth >= RAW_DEPTH_MAX) throw badRequest(`the body nests objects more than ${RAW_DEPTH_MAX} levels deep`);
    return decodeBody(raw, schemas, plans, undefined, depth + 1);
  };
  const object = guard(() => decodeMessage(envelope.raw, plans.planOf(schema), readRaw));
  return { apiVersion, kind, ...object };
}

const bytesField = (number: number): number => (number << 3) | WIRE_BYTES;

/** Content encoding and content type, which nothing uses. */
const ENVELOPE_END = protobuf.Writer.create()
  .uint32(bytesField(3))
  .string('')
  .uint32(bytesField(4))
  .string('')
  .finish();

/** What stands around a message whose bytes are these pieces. */
function envelope({ apiVersion, kind }: TypeMeta, pieces: readonly Uint8Array[]): Uint8Array[] {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = protobuf.Writer.create();
  head.uint32(bytesField(1)).fork();
  head.uint32(bytesField(1)).string(apiVersion);
  head.uint32(bytesField(2)).string(kind).ldelim();
  head.uint32(bytesField(2)).uint32(length);
  return [MAGIC, head.finish(), ...pieces, ENVELOPE_END];
}

/** Of objects shown in part, and of discovery, which names no version: their messages are those of meta/v1. */
const isOfMeta = ({ apiVersion }: TypeMeta): boolean => apiVersion === '' || apiVersion.startsWith('meta.k8s.io/');

const typeMetaOf = ({ apiVersion, kind }: Readonly<JsonObject>): TypeMeta => ({
  apiVersion: String(apiVersion ?? ''),
  kind: String(kind ?? ''),
});

function createEncoder(schemas: SchemaSet, plans: ProtobufPlans): ProtobufEncoder {
  const planOf = (typeMeta: TypeMeta): MessagePlan => {
    const schema = isOfMeta(typeMeta) ? schemas.named(`meta/v1/${typeMeta.kind}`) : schemaOf(schemas, typeMeta);
    return plans.planOf(schema);
  };
  const listMeta = schemas.named('meta/v1/ListMeta');
  return {
    encode(object) {
      const typeMeta = typeMetaOf(object);
      return Buffer.concat(envelope(typeMeta, [encodeMessage(object, planOf(typeMeta))]));
    },
    encodeItem: (object) => encodeField(ITEMS, object, planOf(typeMetaOf(object))),
    encodeList({ metadata, ...typeMeta }, items) {
      return envelope(typeMeta, [encodeField(1, metadata, plans.planOf(listMeta)), ...items]);
    },
    encodeEvent(type, body) {
      const event = protobuf.Writer.create();
      event.uint32(bytesField(1)).string(type);
      event.uint32(bytesField(2)).fork().uint32(bytesField(1)).bytes(body).ldelim();
      const frame = event.finish();
      const length = Buffer.alloc(FRAME_HEAD_BYTES);
      length.writeUInt32BE(frame.length);
      return Buffer.concat([length, frame]);
    },
  };
}

/** A codec over a set; make one and keep it, since it plans each kind when it is first met. */
export function createProtobufCodec(schemas: SchemaSet): ProtobufCodec {
  const plans = createProtobufPlans(schemas);
  return {
    decode: (bytes, fallback) => decodeBody(bytes, schemas, plans, fallback, 0),
    ...createEncoder(schemas, plans),
  };
}
