/**
 * Equal parts of objects are kept once: pods of one template differ in a few names and times, and their containers, volumes, labels and owned fields
 * are most of what they hold. A part is told by its JSON, which has to be made for the object's own anyway, so that sharing costs a look-up and
 * saves freezing.
 *
 * Invariants: a shared part is frozen, and equal in its JSON to the one that it stands for. What is forgotten is only not shared with what comes later:
 * nothing depends on it. It knows nothing of keys and revisions.
 */

import { deepFreeze, defineMember } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';

/** Characters of JSON that are remembered, in each of two generations: what was met in neither is forgotten. */
const GENERATION_LENGTH_MAX = 4 * 1024 * 1024;
/** Longer parts (schemas of a definition) are hardly ever equal. */
const PART_LENGTH_MAX = 16 * 1024;
/** Within a part: sharing less than this costs more than it saves. */
const SMALL_LENGTH = 32;
/** `containers[0].volumeMounts[1]` is three levels below `containers`. Bounded, since each level is encoded anew. */
const LEVELS = 3;
/** Parts stand below the members of an object's members: `spec.containers`, `metadata.labels`. */
const PART_DEPTH = 1;
/** A list of which each entry has its own time, and fields that many others have. */
const MANAGED_FIELDS = 'managedFields';

type Members = Record<string, unknown>;

export class SharedParts {
  #recent = new Map<string, object>();
  #older: ReadonlyMap<string, object> = new Map();
  #length = 0;

  /** Freezes `object` with equal parts of earlier ones in place of its own; gives its JSON. */
  encode(object: KubeObject): string {
    return this.#members(object as Members, PART_DEPTH);
  }

  #members(value: Members, depth: number): string {
    let text = '';
    for (const name of Object.keys(value)) {
      const member = value[name];
      const json = isPart(member) ? this.#member(value, name, member, depth) : JSON.stringify(member);
      if (json !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${json}`;
    }
    Object.freeze(value);
    return `{${text}}`;
  }

  #member(owner: Members, name: string, member: object, depth: number): string {
    // From an object that is kept already.
    if (Object.isFrozen(member)) return JSON.stringify(member);
    if (Array.isArray(member)) {
      if (name === MANAGED_FIELDS && member.every(isPart)) return this.#entries(member as Members[]);
    } else if (depth > 0) return this.#members(member as Members, depth - 1);
    const text = JSON.stringify(member);
    const kept = this.#kept(text, member);
    if (kept !== member) defineMember(owner, name, kept);
    return text;
  }

  #entries(entries: readonly Members[]): string {
    const texts = entries.map((entry) =>
      Object.isFrozen(entry) || Array.isArray(entry) ? JSON.stringify(deepFreeze(entry)) : this.#members(entry, 0),
    );
    Object.freeze(entries);
    return `[${texts.join(',')}]`;
  }

  /** `levels`: how far down equal parts are looked for in a part that is not equal as a whole, as in containers that mount a volume of their own. */
  #kept(text: string, part: object, levels = LEVELS): object {
    if (text.length > PART_LENGTH_MAX) return deepFreeze(part);
    const recent = this.#recent.get(text);
    if (recent) return recent;
    const older = this.#older.get(text);
    if (!older && levels > 0) this.#keepWithin(part as Members, levels - 1);
    const kept = older ?? deepFreeze(part);
    this.#remember(text, kept);
    return kept;
  }

  #keepWithin(part: Members, levels: number): void {
    for (const name of Object.keys(part)) {
      const member = part[name];
      if (!isPart(member) || Object.isFrozen(member)) continue;
      const text = JSON.stringify(member);
      const kept = text.length < SMALL_LENGTH ? member : this.#kept(text, member, levels);
      if (kept !== member) defineMember(part, name, kept);
    }
  }

  #remember(text: string, part: object): void {
    if (this.#length > GENERATION_LENGTH_MAX) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#length = 0;
    }
    this.#recent.set(text, part);
    this.#length += text.length;
  }
}

const isPart = (member: unknown): member is object => typeof member === 'object' && member !== null;
