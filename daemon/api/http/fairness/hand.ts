/**
 * Shuffle sharding: each flow is dealt a few of a level's queues, so that two flows hardly ever share all of theirs and a heavy one cannot
 * fill the queues of all others (`apiserver/pkg/util/shufflesharding`). Pure.
 */

import { createHash } from 'node:crypto';

/** `handSize` different numbers below `deckSize`, always the same for the same text. */
export function dealHand(text: string, deckSize: number, handSize: number): number[] {
  let rest = createHash('sha256').update(text).digest().readBigUInt64LE();
  const hand: number[] = [];
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = BigInt(deckSize - dealt);
    // The card's place among those that are left …
    let card = Number(rest % left);
    rest /= left;
    // … and in the whole deck: each dealt card at or before it moves it up by one.
    for (const earlier of hand.toSorted((a, b) => a - b)) if (card >= earlier) card++;
    hand.push(card);
  }
  return hand;
}
