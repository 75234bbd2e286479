/**
 * Which handshake begins next, of those that wait: peers take turns, and of one peer alternately its oldest and its newest. So neither others
 * nor a late-comer from a flood's own address wait for all of a flood. Knows neither sockets nor time.
 */

export interface HandshakeQueue<T> {
  readonly size: number;
  /** What has to give way when too many wait: the oldest of the peer with the most, or `item` itself. */
  add(peer: string, item: T): T | undefined;
  remove(peer: string, item: T): void;
  /** Of the next peer that may begin one; undefined when there is none. */
  take(mayBegin: (peer: string) => boolean): T | undefined;
}

interface Waiting<T> {
  /** In order of arrival. */
  items: T[];
  newestNext: boolean;
}

export function createHandshakeQueue<T>(max: number): HandshakeQueue<T> {
  /** In order of their turns. */
  const peers = new Map<string, Waiting<T>>();
  let size = 0;
  const removeAt = (peer: string, { items }: Waiting<T>, at: number): T => {
    const [item] = items.splice(at, 1);
    size--;
    if (items.length === 0) peers.delete(peer);
    return item as T;
  };
  const makeRoomFor = (peer: string): T | undefined => {
    const [largest, waiting] = [...peers].reduce((a, b) => (b[1].items.length > a[1].items.length ? b : a));
    const own = peers.get(peer)?.items.length ?? 0;
    return waiting.items.length > own ? removeAt(largest, waiting, 0) : undefined;
  };
  return {
    get size() {
      return size;
    },
    add(peer, item) {
      const gone = size < max ? undefined : makeRoomFor(peer);
      if (size >= max) return item;
      const waiting = peers.get(peer) ?? { items: [], newestNext: false };
      waiting.items.push(item);
      peers.set(peer, waiting);
      size++;
      return gone;
    },
    remove(peer, item) {
      const waiting = peers.get(peer);
      const at = waiting?.items.indexOf(item) ?? -1;
      if (waiting && at >= 0) removeAt(peer, waiting, at);
    },
    take(mayBegin) {
      for (const [peer, waiting] of peers) {
        if (!mayBegin(peer)) continue;
        const item = removeAt(peer, waiting, waiting.newestNext ? waiting.items.length - 1 : 0);
        waiting.newestNext = !waiting.newestNext;
        if (peers.delete(peer)) peers.set(peer, waiting); // behind the others
        return item;
      }
      return undefined;
    },
  };
}
