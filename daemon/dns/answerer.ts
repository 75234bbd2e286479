/**
 * A query's bytes → the reply's bytes: the zone's own names from answers encoded once, other names from upstream.
 *
 * Invariants: any bytes are survived; an encoded answer is dropped in the turn in which its service changes; the cache is bounded. It owns
 * no socket: `listen.ts` does.
 */

import type { Clock } from '../base/clock.ts';
import type { Forwarder } from './forward.ts';
import { readTtls } from './forward-cache.ts';
import { encodeSections, type RecordSections } from './records.ts';
import { type Resolution, resolve, TTL_SECONDS, type ZoneSettings } from './resolve.ts';
import {
  ADDRESS_RECORD_BYTES,
  emptySections,
  encodeFormatError,
  encodeReply,
  parseQuery,
  type Query,
  RCODE,
  readRecord,
  type Sections,
  TYPE,
} from './wire.ts';
import type { Zone } from './zone.ts';

export interface Answerer {
  /** `bytesMax`: 65,535 by TCP; undefined by UDP, where the query says. Undefined: no reply is due. Never throws or rejects. */
  answer(message: Buffer, bytesMax?: number): Buffer | undefined | Promise<Buffer | undefined>;
  /** A service (`namespace/name`) has changed. */
  forget(serviceKey: string): void;
}

/** Encoded answers kept: a hot set far larger than any node's pods use; about 300 octets each. */
const ANSWERS_MAX = 10_000;
/** Longer questions carry options that differ each time; they are not worth keeping. */
const QUICK_BYTES_MAX = 300;
const CLASS_IN = 1;
const CLASS_ANY = 255;

export function createAnswerer(zone: Zone, settings: ZoneSettings, forwarder: Forwarder, clock: Clock): Answerer {
  return new ZoneAnswerer(zone, settings, forwarder, clock);
}

class ZoneAnswerer implements Answerer {
  readonly #zone: Zone;
  readonly #settings: ZoneSettings;
  readonly #forwarder: Forwarder;
  readonly #clock: Clock;
  readonly #answers = new Map<string, { sections: Sections; serviceKey: string }>();
  /** Service → keys of its answers. */
  readonly #keysOf = new Map<string, Set<string>>();
  /** Whole replies by everything of the query but its id: the hot path is one look-up and one copy. */
  readonly #replies = new Map<string, Buffer>();
  readonly #repliesOf = new Map<string, Set<string>>();
  #turn = 0;

  constructor(zone: Zone, settings: ZoneSettings, forwarder: Forwarder, clock: Clock) {
    this.#zone = zone;
    this.#settings = settings;
    this.#forwarder = forwarder;
    this.#clock = clock;
  }

  answer(message: Buffer, bytesMax?: number): Buffer | undefined | Promise<Buffer | undefined> {
    const quickKey = message.length <= QUICK_BYTES_MAX ? message.toString('latin1', 2) : '';
    const known = this.#replies.get(quickKey);
    if (known) {
      const reply = Buffer.from(known);
      reply[0] = message[0]!;
      reply[1] = message[1]!;
      return reply;
    }
    const query = parseQuery(message);
    if (!query) return undefined;
    if ('malformed' in query) return encodeFormatError(query.id);
    const limit = bytesMax ?? query.udpBytesMax;
    try {
      return this.#answers.get(answerKey(query))
        ? this.#reply(query, limit, quickKey)
        : this.#resolve(query, limit, quickKey);
    } catch {
      return encodeReply(query, emptySections(RCODE.SERVFAIL), limit, 0);
    }
  }

  forget(serviceKey: string): void {
    for (const key of this.#keysOf.get(serviceKey) ?? []) this.#answers.delete(key);
    for (const key of this.#repliesOf.get(serviceKey) ?? []) this.#replies.delete(key);
    this.#keysOf.delete(serviceKey);
    this.#repliesOf.delete(serviceKey);
  }

  /** From sections that are kept; the reply itself is kept too if it is the same each time and whole. */
  #reply(query: Query, limit: number, quickKey: string): Buffer {
    const { sections, serviceKey } = this.#answers.get(answerKey(query))!;
    const reply = encodeReply(query, sections, limit, this.#turn++);
    const isSame = sections.rotatingBytes <= ADDRESS_RECORD_BYTES && (reply[2]! & 0x02) === 0;
    if (isSame && quickKey !== '') {
      if (this.#replies.size >= ANSWERS_MAX) {
        this.#replies.clear();
        this.#repliesOf.clear();
      }
      this.#replies.set(quickKey, reply);
      remember(this.#repliesOf, serviceKey, quickKey);
    }
    return reply;
  }

  #resolve(query: Query, limit: number, quickKey: string): Buffer | Promise<Buffer | undefined> {
    if (!query.isStandard) return encodeReply(query, emptySections(RCODE.NOTIMP), limit, 0);
    if (query.class !== CLASS_IN && query.class !== CLASS_ANY)
      return encodeReply(query, emptySections(RCODE.REFUSED), limit, 0);
    const serial = Math.floor(this.#clock.now() / 1_000);
    const resolution = resolve(this.#zone, this.#settings, query.name, query.type, serial);
    if (resolution.kind === 'forward') return this.#forward(query, limit);
    if (resolution.kind === 'alias') return this.#followAlias(query, limit, resolution, serial);
    const sections = encodeSections(query.name, resolution.sections, TTL_SECONDS);
    if (resolution.serviceKey === undefined) return encodeReply(query, sections, limit, this.#turn++);
    this.#keep(answerKey(query), resolution.serviceKey, sections);
    return this.#reply(query, limit, quickKey);
  }

  #keep(key: string, serviceKey: string, sections: Sections): void {
    if (this.#answers.size >= ANSWERS_MAX) {
      this.#answers.clear();
      this.#keysOf.clear();
    }
    this.#answers.set(key, { sections, serviceKey });
    remember(this.#keysOf, serviceKey, key);
  }

  async #forward(query: Query, limit: number): Promise<Buffer | undefined> {
    const answer = await this.#forwarder.ask(query);
    if (!answer) return encodeReply(query, emptySections(RCODE.SERVFAIL), limit, 0);
    return answer.length <= limit ? answer : encodeReply(query, TOO_LONG, 0, 0);
  }

  /** ExternalName: the alias, and the target's addresses from the zone itself or from upstream. */
  async #followAlias(
    query: Query,
    limit: number,
    alias: Extract<Resolution, { kind: 'alias' }>,
    serial: number,
  ): Promise<Buffer> {
    const own = resolve(this.#zone, this.#settings, alias.target, query.type, serial);
    const answers = [alias.cname, ...(own.kind === 'records' ? own.sections.answers : [])];
    const sections = encodeSections(
      query.name,
      { rcode: RCODE.NOERROR, answers } satisfies RecordSections,
      TTL_SECONDS,
    );
    if (own.kind !== 'forward') return encodeReply(query, sections, limit, 0);
    const upstream = await this.#forwarder.ask(targetQuery(query, alias.target));
    return encodeReply(query, upstream ? withUpstream(sections, upstream) : sections, limit, 0);
  }
}

function answerKey(query: Query): string {
  return `${query.type} ${query.class} ${query.name}`;
}

function remember(index: Map<string, Set<string>>, serviceKey: string, key: string): void {
  const keys = index.get(serviceKey) ?? new Set();
  index.set(serviceKey, keys.add(key));
}

/** Never fits: the reply to it carries the TC bit alone. */
const TOO_LONG: Sections = {
  rcode: RCODE.NOERROR,
  isAuthoritative: false,
  counts: [0, 0, 0],
  body: Buffer.alloc(1),
  rotatingBytes: 0,
};

function targetQuery(query: Query, target: string): Query {
  const name = Buffer.concat([
    ...target.split('.').map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`, 'latin1')),
    Buffer.from([0]),
  ]);
  const fixed = query.question.subarray(query.question.length - 4);
  return { ...query, name: target, question: Buffer.concat([name, fixed]), hasEdns: false, isDnssecWanted: false };
}

/** Adds the upstream's address records. Their owners are re-written as the target: chains of aliases are shortened to their end. */
function withUpstream(sections: Sections, message: Buffer): Sections {
  if (!readTtls(message)) return sections;
  let offset = 12;
  while (message[offset] !== 0) offset += 1 + (message[offset] ?? 255);
  const owner = message.subarray(12, offset + 1);
  offset += 5;
  const found: Buffer[] = [];
  for (let index = 0; index < message.readUInt16BE(6); index++) {
    const record = readRecord(message, offset);
    if (!record) break;
    if (record.type === TYPE.A || record.type === TYPE.AAAA)
      found.push(Buffer.concat([owner, message.subarray(record.fixed, record.end)]));
    offset = record.end;
  }
  const [answers, authorities, additionals] = sections.counts;
  return {
    ...sections,
    counts: [answers + found.length, authorities, additionals],
    body: Buffer.concat([sections.body, ...found]),
  };
}
