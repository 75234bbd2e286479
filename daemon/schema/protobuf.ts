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
import { encodeMessage } from './protobuf-encode.ts';
import { createProtobufPlans, type ProtobufPlans } from './protobuf-plan.ts';

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

export interface ProtobufCodec {
  /**
   * Decodes a whole body. `fallback` names the kind when the body does not, as the endpoint's kind does for JSON.
   * Throws BadRequest (400) when the bytes are no such message or the kind is not known.
   */
  decode(bytes: Uint8Array, fallback?: TypeMeta): JsonObject;
  /** Encodes an object that has apiVersion and kind of a known schema. */
  encode(object: JsonObject): Uint8Array;
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

function encodeBody(object: JsonObject, schemas: SchemaSet, plans: ProtobufPlans): Uint8Array {
  const { apiVersion, kind } = object as unknown as TypeMeta;
  const raw = encodeMessage(object, plans.planOf(schemaOf(schemas, { apiVersion, kind })));
  const writer = protobuf.Writer.create();
  writer.uint32((1 << 3) | WIRE_BYTES).fork();
  writer.uint32((1 << 3) | WIRE_BYTES).string(apiVersion);
  writer
    .uint32((2 << 3) | WIRE_BYTES)
    .string(kind)
    .ldelim();
  writer.uint32((2 << 3) | WIRE_BYTES).bytes(raw);
  writer.uint32((3 << 3) | WIRE_BYTES).string('');
  writer.uint32((4 << 3) | WIRE_BYTES).string('');
  return Buffer.concat([MAGIC, writer.finish()]);
}

/** A codec over a set; make one and keep it, since it plans each kind when it is first met. */
export function createProtobufCodec(schemas: SchemaSet): ProtobufCodec {
  const plans = createProtobufPlans(schemas);
  return {
    decode: (bytes, fallback) => decodeBody(bytes, schemas, plans, fallback, 0),
    encode: (object) => encodeBody(object, schemas, plans),
  };
}
