/** Clients of a watch that read slowly or not at all: what waits for them is bounded, and nobody else notices. */

import { describe, expect, it } from 'vitest';
import { answerWatch, type WatchOutlet } from '../../../daemon/api/http/watch-answer.ts';
import { nextTurn } from '../../../daemon/base/turn.ts';
import { CONFIG_MAPS } from '../../../daemon/kinds/resources.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';
import { createProtobufCodec, type ProtobufEncoder } from '../../../daemon/schema/protobuf.ts';
import { createRest, type Rest } from '../rest/support.ts';

const FORM = { encoding: 'json', metaVersion: 'v1', pretty: false, as: undefined } as const;
const MIB = 1024 * 1024;

/** A client that reads when it is told to. `buffer`: bytes that wait in its connection. */
function client({ isReading }: { isReading: boolean }) {
  const seen: string[] = [];
  let buffer = 0;
  let largest = 0;
  let isGone = false;
  let drain: (() => void) | undefined;
  const outlet: WatchOutlet = {
    begin() {},
    write(lines) {
      for (const line of lines) seen.push(line.subarray(0, 40).toString());
      const bytes = lines.reduce((sum, { length }) => sum + length, 0);
      largest = Math.max(largest, bytes);
      if (!isReading) buffer += bytes;
      return isReading || buffer < MIB;
    },
    onDrain: (proceed) => {
      drain = proceed;
    },
    end() {
      isGone = true;
    },
    destroy() {
      isGone = true;
    },
    waiting: () => (isGone ? undefined : buffer),
  };
  const read = () => {
    buffer = 0;
    const proceed = drain;
    drain = undefined;
    proceed?.();
    return proceed !== undefined;
  };
  return { outlet, seen, read, isGone: () => isGone, largest: () => largest, buffered: () => buffer };
}

const watch = (rest: Rest, outlet: WatchOutlet, resourceVersion?: string) =>
  answerWatch(
    rest.context,
    rest.scope(CONFIG_MAPS),
    { resourceVersion },
    () => ({ form: FORM, include: 'Metadata', now: 0 }),
    outlet,
  );

const map = (name: string, kib: number) => ({ metadata: { name }, data: { text: 'x'.repeat(kib * 1024) } });

describe('the state that a watch begins with', () => {
  it('is of any size, in pieces, as the client reads', async () => {
    const rest = await createRest();
    for (let index = 0; index < 40; index++) await rest.create(CONFIG_MAPS, map(`m${index}`, 900));
    const slow = client({ isReading: false });
    const stop = watch(rest, slow.outlet);
    for (let turn = 0; turn < 10; turn++) await nextTurn();
    // Nothing more than the first pieces waits until it reads.
    expect(slow.buffered()).toBeLessThan(3 * MIB);
    expect(slow.isGone()).toBe(false);
    while (slow.seen.length < 40) {
      slow.read();
      await nextTurn();
    }
    expect(slow.largest()).toBeLessThan(3 * MIB);
    await rest.create(CONFIG_MAPS, map('late', 1));
    expect(slow.seen.at(-1)).toContain('"ADDED"');
    expect(slow.seen).toHaveLength(41);
    stop();
  });

  it('comes in pieces that let others in between', async () => {
    const rest = await createRest();
    for (let index = 0; index < 350; index++) await rest.create(CONFIG_MAPS, map(`m${index}`, 0));
    const quick = client({ isReading: true });
    watch(rest, quick.outlet)();
    const counts = [quick.seen.length];
    for (let turn = 0; turn < 5; turn++) {
      await nextTurn();
      counts.push(quick.seen.length);
    }
    expect(counts).toEqual([100, 200, 300, 350, 350, 350]);
  });
});

describe('a client that reads as fast as things change', () => {
  it('is never cut, though it is never quite level', async () => {
    const rest = await createRest();
    for (let index = 0; index < 8; index++) await rest.create(CONFIG_MAPS, map(`m${index}`, 900));
    const steady = client({ isReading: false });
    const stop = watch(rest, steady.outlet);
    let made = 8;
    for (let round = 0; round < 20; round++) {
      for (const half of ['a', 'b']) await rest.create(CONFIG_MAPS, map(`${half}${round}`, 900));
      made += 2;
      // Two fill its connection.
      steady.read();
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      expect(steady.seen.length).toBeLessThan(made);
    }
    expect(steady.isGone()).toBe(false);
    while (steady.seen.length < 48) {
      steady.read();
      await nextTurn();
    }
    stop();
  });
});

describe('a client that never reads', () => {
  it('is cut at a bound; others get every event', async () => {
    const rest = await createRest();
    const since = String(rest.store.revision);
    const deaf = client({ isReading: false });
    const well = client({ isReading: true });
    watch(rest, deaf.outlet, since);
    watch(rest, well.outlet, since);
    for (let index = 0; index < 30; index++) await rest.create(CONFIG_MAPS, map(`m${index}`, 900));
    expect(deaf.isGone()).toBe(true);
    expect(deaf.buffered()).toBeLessThan(17.5 * MIB);
    expect(well.isGone()).toBe(false);
    expect(well.seen).toHaveLength(30);
  });
});

describe('an object that cannot be shown', () => {
  const codec = createProtobufCodec(loadSchemas());
  const protobuf: ProtobufEncoder = {
    ...codec,
    encode(object) {
      if ((object['metadata'] as { name?: string }).name === 'odd') throw new TypeError('no such field');
      return codec.encode(object);
    },
  };

  /** A client that takes protobuf: what it sees, decoded; `ended` once its watch is over. */
  function reader(rest: Rest, resourceVersion?: string) {
    const seen: string[] = [];
    let isGone = false;
    const outlet: WatchOutlet = {
      begin() {},
      write(frames) {
        for (const frame of frames) seen.push(frame.toString('latin1'));
        return true;
      },
      onDrain() {},
      end() {
        isGone = true;
      },
      destroy() {
        isGone = true;
      },
      waiting: () => (isGone ? undefined : 0),
    };
    const form = { ...FORM, encoding: 'protobuf', protobuf } as const;
    const options = () => ({ form, include: 'Metadata', now: 0 }) as const;
    answerWatch(rest.context, rest.scope(CONFIG_MAPS), { resourceVersion }, options, outlet);
    return { seen, ended: () => isGone };
  }

  it('ends that watch with an error, and no other, and not the write', async () => {
    const rest = await createRest();
    const start = String(rest.store.revision);
    const broken = reader(rest, start);
    const others = client({ isReading: true });
    const stop = watch(rest, others.outlet, start);
    await rest.create(CONFIG_MAPS, map('plain', 1));
    await rest.create(CONFIG_MAPS, map('odd', 1));
    await rest.create(CONFIG_MAPS, map('later', 1));
    expect(broken.seen).toHaveLength(2);
    expect(broken.seen[0]).toContain('ADDED');
    expect(broken.seen[1]).toMatch(/ERROR.*Status.*InternalError/s);
    expect(broken.ended()).toBe(true);
    expect(others.seen).toHaveLength(3);
    stop();
  });

  it('so when it is part of the state that a watch begins with, or of much that comes at once', async () => {
    const rest = await createRest();
    for (let index = 0; index < 150; index++) await rest.create(CONFIG_MAPS, map(`m${index}`, 1));
    await rest.create(CONFIG_MAPS, map('odd', 1));
    const broken = reader(rest);
    for (let turn = 0; turn < 10 && !broken.ended(); turn++) await nextTurn();
    expect(broken.ended()).toBe(true);
    expect(broken.seen.at(-1)).toContain('ERROR');
    const count = broken.seen.length;
    await rest.create(CONFIG_MAPS, map('later', 1));
    expect(broken.seen).toHaveLength(count);
  });
});
