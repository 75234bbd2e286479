/**
 * Resource records → bytes, by dns-packet. Pure.
 */

import dnsPacket, { type Answer } from 'dns-packet';
import { ADDRESS_RECORD_BYTES, type Sections } from './wire.ts';

/** A record whose owner is the question's own name is encoded with a pointer to it. */
export interface ResourceRecord {
  /** Lower case, without the final dot. */
  readonly name: string;
  readonly type: 'A' | 'CNAME' | 'NS' | 'PTR' | 'SOA' | 'SRV' | 'TXT';
  /** As dns-packet takes it for the type. */
  readonly data: unknown;
}

export interface RecordSections {
  readonly rcode: number;
  readonly answers: readonly ResourceRecord[];
  readonly authorities?: readonly ResourceRecord[];
  readonly additionals?: readonly ResourceRecord[];
}

const HEADER_BYTES = 12;

/** `ttlSeconds` for every record. */
export function encodeSections(question: string, sections: RecordSections, ttlSeconds: number): Sections {
  const { answers, authorities = [], additionals = [] } = sections;
  const body = [...answers, ...authorities, ...additionals].map((record) => encodeRecord(question, record, ttlSeconds));
  const rotating = answers.findIndex((record) => record.type !== 'A' || record.name !== question);
  return {
    rcode: sections.rcode,
    isAuthoritative: true,
    counts: [answers.length, authorities.length, additionals.length],
    body: Buffer.concat(body),
    rotatingBytes: (rotating < 0 ? answers.length : rotating) * ADDRESS_RECORD_BYTES,
  };
}

function encodeRecord(question: string, record: ResourceRecord, ttlSeconds: number): Buffer {
  const answer = { name: record.name, type: record.type, class: 'IN', ttl: ttlSeconds, data: record.data } as Answer;
  const bytes = dnsPacket.encode({ type: 'response', answers: [answer] }).subarray(HEADER_BYTES);
  if (record.name !== question) return bytes;
  const owner = record.name === '' ? 1 : record.name.length + 2;
  return Buffer.concat([Buffer.from([0xc0, 12]), bytes.subarray(owner)]);
}
