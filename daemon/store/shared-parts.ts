/**
 * Equal parts of objects are kept once: pods of one template differ in a few names and times, and their containers, volumes, labels and owned fields
 * are most of what they hold. Parts are found from the innermost outwards, each by a hash of its members: parts within it are one already when they
 * are equal, so that finding a part looks no further down than its members, and makes no text. Texts of what is not shared are kept once too.
 *
 * Invariants: a shared part is frozen, and equal in its JSON to the one that it stands for. What is forgotten is only not shared with what comes later:
 * nothing depends on it. It knows nothing of keys and revisions.
 */

import { defineMember } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';

/** Characters of parts that are remembered, in each of two generations: what was met in neither is forgotten. */
const GENERATION_LENGTH_MAX = 8 * 1024 * 1024;
/** Longer parts (schemas of a definition) are hardly ever equal. */
const PART_LENGTH_MAX = 16 * 1024;
/** Places for texts that many objects have (an image, a time, a path): whichever came last has the place of its hash. */
const TEXT_PLACES_BITS = 12;
/** Shorter texts are made one by the parser, longer ones are hardly ever equal. */
const TEXT_LENGTH_MIN = 11;
const TEXT_LENGTH_MAX = 128;
/** What a member takes beside its characters, in characters. */
const MEMBER_LENGTH = 8;
/** Parts stand below the members of an object's members: `spec.containers`, `metadata.labels`. */
const PART_DEPTH = 1;
/** A list of which each entry has its own time, and fields that many others have. */
const MANAGED_FIELDS = 'managedFields';

type Members = Record<string, unknown>;

interface Part {
  readonly value: object;
  /** Equal for parts that are equal. */
  readonly hash: number;
  /** Of its JSON, roughly. */
  readonly length: number;
}

export class SharedParts {
  #recent = new Map<number, Part>();
  #older: ReadonlyMap<number, Part> = new Map();
  #length = 0;
  readonly #texts = new Array<string>(2 ** TEXT_PLACES_BITS).fill('');

  /** Freezes `object`, with equal parts of earlier ones in place of its own. */
  share(object: KubeObject): void {
    this.#shareWithin(object as Members, PART_DEPTH);
  }

  #shareWithin(owner: Members, depth: number): void {
    for (const name in owner) {
      const member = owner[name];
      if (typeof member === 'string') this.#shareText(owner, name, member);
      // What is frozen comes from an object that is kept already.
      if (!isPart(member) || Object.isFrozen(member)) continue;
      if (Array.isArray(member)) {
        if (name === MANAGED_FIELDS && member.every(isPart)) this.#shareEntries(member as Members[]);
        else this.#replace(owner, name, member);
      } else if (depth > 0) this.#shareWithin(member as Members, depth - 1);
      else this.#replace(owner, name, member);
    }
    Object.freeze(owner);
  }

  #shareEntries(entries: readonly Members[]): void {
    for (const entry of entries) if (!Object.isFrozen(entry)) this.#shareWithin(entry, 0);
    Object.freeze(entries);
  }

  #replace(owner: Members, name: string, member: object): void {
    const { value } = this.#partOf(member);
    if (value !== member) defineMember(owner, name, value);
  }

  #partOf(value: object): Part {
    return Array.isArray(value) ? this.#partOfList(value) : this.#partOfMap(value as Members);
  }

  #partOfList(items: unknown[]): Part {
    let hash = LIST_HASH;
    let length = MEMBER_LENGTH;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (isPart(item)) {
        const part = this.#partOf(item);
        if (part.value !== item && !Object.isFrozen(items)) items[index] = part.value;
        hash = mix(hash, part.hash);
        length += part.length;
      } else {
        hash = mix(hash, hashOf(item));
        length += lengthOf(item);
      }
    }
    return this.#kept(items, hash, length, isSameList);
  }

  #partOfMap(members: Members): Part {
    let hash = MAP_HASH;
    let length = MEMBER_LENGTH;
    for (const name in members) {
      const member = members[name];
      hash = mix(hash, hashOfText(name));
      if (isPart(member)) {
        const part = this.#partOf(member);
        if (part.value !== member && !Object.isFrozen(members)) defineMember(members, name, part.value);
        hash = mix(hash, part.hash);
        length += part.length;
      } else {
        hash = mix(hash, hashOf(member));
        length += lengthOf(member);
      }
    }
    return this.#kept(members, hash, length, isSameMap);
  }

  #kept<T extends object>(value: T, hash: number, length: number, isSame: (a: T, b: object) => boolean): Part {
    const recent = this.#recent.get(hash);
    if (recent && isSame(value, recent.value)) return recent;
    const older = this.#older.get(hash);
    if (older && isSame(value, older.value)) {
      this.#remember(older);
      return older;
    }
    if (!Object.isFrozen(value)) this.#shareTexts(value as Members);
    const part = { value: Object.freeze(value), hash, length };
    if (length <= PART_LENGTH_MAX) this.#remember(part);
    return part;
  }

  #shareTexts(part: Members): void {
    for (const name in part) {
      const member = part[name];
      if (typeof member === 'string') this.#shareText(part, name, member);
    }
  }

  #shareText(owner: Members, name: string, text: string): void {
    if (text.length < TEXT_LENGTH_MIN || text.length > TEXT_LENGTH_MAX) return;
    const place = hashOfText(text) >>> (32 - TEXT_PLACES_BITS);
    const known = this.#texts[place]!;
    if (known === text) defineMember(owner, name, known);
    else this.#texts[place] = text;
  }

  #remember(part: Part): void {
    if (this.#length > GENERATION_LENGTH_MAX) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#length = 0;
    }
    this.#recent.set(part.hash, part);
    this.#length += part.length;
  }
}

const isPart = (member: unknown): member is object => typeof member === 'object' && member !== null;

/** Seeds of hashes: an empty list is no empty map. */
const LIST_HASH = 17;
const MAP_HASH = 23;

/** FNV's step. */
const mix = (hash: number, next: number): number => Math.imul(hash ^ next, 0x01000193);

/** Of a few characters only: what is found by it is compared. */
function hashOfText(text: string): number {
  const { length } = text;
  if (length === 0) return 5;
  const ends = (text.charCodeAt(0) << 16) ^ text.charCodeAt(length - 1);
  return Math.imul(ends ^ (text.charCodeAt(length >> 1) << 8), 0x9e3779b1) ^ length;
}

function hashOf(scalar: unknown): number {
  if (typeof scalar === 'string') return hashOfText(scalar);
  if (typeof scalar === 'number') return scalar | 0;
  return scalar === true ? 3 : 7;
}

const lengthOf = (scalar: unknown): number =>
  typeof scalar === 'string' ? scalar.length + MEMBER_LENGTH : MEMBER_LENGTH;

function isSameList(a: readonly unknown[], b: object): boolean {
  if (!Array.isArray(b) || a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index] || a[index] === undefined) return false;
  return true;
}

/** Not of what has undefined members: they are missing in its JSON, and so are others in the other. */
function isSameMap(a: Members, b: object): boolean {
  if (Array.isArray(b)) return false;
  let missing = 0;
  for (const name in a) {
    const member = a[name];
    if (member !== (b as Members)[name] || member === undefined) return false;
    missing++;
  }
  for (const _ in b) missing--;
  return missing === 0;
}
