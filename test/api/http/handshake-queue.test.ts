import { describe, expect, it } from 'vitest';
import { createHandshakeQueue, type HandshakeQueue } from '../../../daemon/api/http/handshake-queue.ts';

const filled = (max: number, ...items: string[]): HandshakeQueue<string> => {
  const queue = createHandshakeQueue<string>(max);
  for (const item of items) queue.add(item[0]!, item);
  return queue;
};
const takeAll = (queue: HandshakeQueue<string>, mayBegin: (peer: string) => boolean = () => true): string[] => {
  const taken: string[] = [];
  for (let item = queue.take(mayBegin); item !== undefined; item = queue.take(mayBegin)) taken.push(item);
  return taken;
};

describe('handshakes that wait', () => {
  it('begin in turns of their peers, and of each peer the oldest and the newest by turns', () => {
    expect(takeAll(filled(10, 'a1', 'a2', 'a3', 'a4', 'b1', 'b2'))).toEqual(['a1', 'b1', 'a4', 'b2', 'a2', 'a3']);
  });

  it('of a peer that may begin none are passed over, and keep their place', () => {
    const queue = filled(10, 'a1', 'a2', 'b1');
    expect(takeAll(queue, (peer) => peer === 'b')).toEqual(['b1']);
    expect(queue.size).toBe(2);
    expect(takeAll(queue)).toEqual(['a1', 'a2']);
  });

  it('are forgotten when they go away', () => {
    const queue = filled(10, 'a1', 'a2', 'b1');
    queue.remove('a', 'a1');
    queue.remove('a', 'a1');
    queue.remove('c', 'c1');
    expect(queue.size).toBe(2);
    expect(takeAll(queue)).toEqual(['a2', 'b1']);
    expect(queue.size).toBe(0);
  });

  it('give way, when they are too many, to peers that have fewer', () => {
    const queue = filled(3, 'a1', 'a2', 'b1');
    expect(queue.add('a', 'a3')).toBe('a3');
    expect(queue.add('b', 'b2')).toBe('a1');
    expect(queue.add('b', 'b3')).toBe('b3');
    expect(queue.add('c', 'c1')).toBe('b1');
    expect(queue.size).toBe(3);
    expect(takeAll(queue)).toEqual(['a2', 'b2', 'c1']);
  });
});
