/**
 * DNS messages as bytes (RFC 1035, EDNS RFC 6891): only what the server's hot path needs, without decoding whole messages.
 *
 * Invariants: every read is bounds-checked, so that any bytes give a result or undefined, never an exception; a name is followed for at
 * most 255 octets; compression pointers are not accepted in a question. Records' data is encoded by `records.ts` (dns-packet).
 */

export const TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, ANY: 255 } as const;
export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

const HEADER_BYTES = 12;
const NAME_BYTES_MAX = 255;
/** Without EDNS a datagram holds this much (RFC 1035). */
const UDP_BYTES_DEFAULT = 512;
/** Larger datagrams are fragmented on common links; what clients announce above it is not used (DNS flag day 2020). */
const UDP_BYTES_MAX = 1_232;
const OPT_BYTES = 11;

export interface Query {
  readonly id: number;
  /** Opcode 0; others are answered NOTIMP. */
  readonly isStandard: boolean;
  readonly isRecursionDesired: boolean;
  /** Lower-case, without the final dot; `''` is the root. Octets above 0x7f are kept as Latin-1. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** The question as the client wrote it: its letters' case is echoed. */
  readonly question: Buffer;
  readonly hasEdns: boolean;
  readonly isDnssecWanted: boolean;
  /** The largest datagram that the client takes. */
  readonly udpBytesMax: number;
}

/** Undefined for what deserves no answer at all: too short, or itself a response. `id` only: malformed, to be answered FORMERR. */
export function parseQuery(message: Buffer): Query | { id: number; malformed: true } | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const flags = message.readUInt16BE(2);
  if (flags & 0x8000) return undefined;
  const id = message.readUInt16BE(0);
  const malformed = { id, malformed: true } as const;
  if (message.readUInt16BE(4) !== 1 || message.readUInt16BE(6) !== 0) return malformed;
  const end = questionEnd(message);
  if (end === undefined) return malformed;
  const edns = findEdns(message, end);
  if (edns === undefined) return malformed;
  return {
    id,
    isStandard: (flags & 0x7800) === 0,
    isRecursionDesired: (flags & 0x0100) !== 0,
    name: readPlainName(message),
    type: message.readUInt16BE(end - 4),
    class: message.readUInt16BE(end - 2),
    question: message.subarray(HEADER_BYTES, end),
    ...edns,
  };
}

/** Where the (only) question ends, or undefined when it does not fit, is compressed or too long. */
function questionEnd(message: Buffer): number | undefined {
  let offset = HEADER_BYTES;
  for (;;) {
    const length = message[offset];
    if (length === undefined || length > 63 || offset - HEADER_BYTES > NAME_BYTES_MAX - 1) return undefined;
    offset += 1 + length;
    if (length === 0) break;
  }
  return offset + 4 <= message.length ? offset + 4 : undefined;
}

/** The question's name; `questionEnd` has checked it. A dot inside a label becomes `\.`, so that it is never taken for a separator. */
function readPlainName(message: Buffer): string {
  let name = '';
  for (let offset = HEADER_BYTES; message[offset] !== 0; ) {
    const length = message[offset]!;
    const label = message.toString('latin1', offset + 1, offset + 1 + length);
    name += (offset === HEADER_BYTES ? '' : '.') + (label.includes('.') ? label.replaceAll('.', '\\.') : label);
    offset += 1 + length;
  }
  return name.toLowerCase();
}

type Edns = Pick<Query, 'hasEdns' | 'isDnssecWanted' | 'udpBytesMax'>;

/** Looks for an OPT record after the question; undefined when the sections do not parse. */
function findEdns(message: Buffer, questionsEnd: number): Edns | undefined {
  const records = message.readUInt16BE(8) + message.readUInt16BE(10);
  let offset = questionsEnd;
  let edns: Edns = { hasEdns: false, isDnssecWanted: false, udpBytesMax: UDP_BYTES_DEFAULT };
  for (let index = 0; index < records; index++) {
    const record = readRecord(message, offset);
    if (!record) return undefined;
    if (record.type === TYPE.OPT) {
      const size = message.readUInt16BE(record.fixed + 2);
      edns = {
        hasEdns: true,
        isDnssecWanted: (message[record.fixed + 6]! & 0x80) !== 0,
        udpBytesMax: Math.min(Math.max(size, UDP_BYTES_DEFAULT), UDP_BYTES_MAX),
      };
    }
    offset = record.end;
  }
  return edns;
}

/** `fixed`: where type, class, TTL and length stand (10 octets); `end`: after the data. */
export function readRecord(message: Buffer, offset: number): { type: number; fixed: number; end: number } | undefined {
  const fixed = skipName(message, offset);
  if (fixed === undefined || fixed + 10 > message.length) return undefined;
  const end = fixed + 10 + message.readUInt16BE(fixed + 8);
  return end <= message.length ? { type: message.readUInt16BE(fixed), fixed, end } : undefined;
}

/** Past a name that may end in a compression pointer (which is not followed). */
function skipName(message: Buffer, start: number): number | undefined {
  for (let offset = start; offset - start <= NAME_BYTES_MAX; ) {
    const length = message[offset];
    if (length === undefined) return undefined;
    if (length === 0) return offset + 1;
    if (length >= 0xc0) return offset + 2 <= message.length ? offset + 2 : undefined;
    if (length > 63) return undefined;
    offset += 1 + length;
  }
  return undefined;
}

/** Sections of an answer, encoded once and sent many times. Owner names that equal the question's are pointers to it. */
export interface Sections {
  readonly rcode: number;
  readonly isAuthoritative: boolean;
  readonly counts: readonly [answers: number, authorities: number, additionals: number];
  readonly body: Buffer;
  /** The first this many octets are address records of 16 octets each, sent in a different order each time. */
  readonly rotatingBytes: number;
}

/** Address records with a pointer as owner: 2 + 10 + 4 octets. */
export const ADDRESS_RECORD_BYTES = 16;

/**
 * A whole reply. `turn` (any integer) chooses which address comes first. When it does not fit `bytesMax`, the answer is empty with the TC
 * bit set, and the client comes back by TCP.
 */
export function encodeReply(query: Query, sections: Sections, bytesMax: number, turn: number): Buffer {
  const question = query.question;
  const opt = query.hasEdns ? OPT_BYTES : 0;
  const isTruncated = HEADER_BYTES + question.length + sections.body.length + opt > bytesMax;
  const body = isTruncated ? 0 : sections.body.length;
  const reply = Buffer.allocUnsafe(HEADER_BYTES + question.length + body + opt);
  const flags =
    0x8000 |
    (sections.isAuthoritative ? 0x0400 : 0) |
    (isTruncated ? 0x0200 : 0) |
    (query.isRecursionDesired ? 0x0100 : 0) |
    0x0080;
  reply.writeUInt16BE(query.id, 0);
  reply.writeUInt16BE(flags | sections.rcode, 2);
  reply.writeUInt16BE(1, 4);
  const [answers, authorities, additionals] = isTruncated ? [0, 0, 0] : sections.counts;
  reply.writeUInt16BE(answers, 6);
  reply.writeUInt16BE(authorities, 8);
  reply.writeUInt16BE(additionals + (opt ? 1 : 0), 10);
  question.copy(reply, HEADER_BYTES);
  let offset = HEADER_BYTES + question.length;
  if (!isTruncated) offset = copyBody(sections, reply, offset, turn);
  if (opt) writeOpt(reply, offset);
  return reply;
}

function copyBody(sections: Sections, reply: Buffer, start: number, turn: number): number {
  const { body, rotatingBytes } = sections;
  if (rotatingBytes <= ADDRESS_RECORD_BYTES) {
    body.copy(reply, start);
  } else {
    const first = (turn % (rotatingBytes / ADDRESS_RECORD_BYTES)) * ADDRESS_RECORD_BYTES;
    body.copy(reply, start, first, rotatingBytes);
    body.copy(reply, start + rotatingBytes - first, 0, first);
    body.copy(reply, start + rotatingBytes, rotatingBytes);
  }
  return start + body.length;
}

function writeOpt(reply: Buffer, offset: number): void {
  reply.fill(0, offset, offset + OPT_BYTES);
  reply.writeUInt16BE(TYPE.OPT, offset + 1);
  reply.writeUInt16BE(UDP_BYTES_MAX, offset + 3);
}

/** Header only: for malformed queries, whose question cannot be echoed. */
export function encodeFormatError(id: number): Buffer {
  const reply = Buffer.alloc(HEADER_BYTES);
  reply.writeUInt16BE(id, 0);
  reply.writeUInt16BE(0x8080 | RCODE.FORMERR, 2);
  return reply;
}

/** An empty answer with a code: SERVFAIL, REFUSED, NOTIMP. */
export function emptySections(rcode: number): Sections {
  return { rcode, isAuthoritative: false, counts: [0, 0, 0], body: Buffer.alloc(0), rotatingBytes: 0 };
}
