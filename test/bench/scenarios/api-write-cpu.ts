/**
 * Processor time of a create, from the body's bytes to the answer's, without network and disk: decode, strict fields, defaults, validation, managed
 * fields, store. The floor is JSON.parse and one stringify of the same pod.
 */

import { decodeJson } from '../../../daemon/api/http/body.ts';
import { createObject } from '../../../daemon/api/rest/create.ts';
import { PODS } from '../../../daemon/kinds/resources.ts';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import { createRest, type Rest } from '../../api/rest/support.ts';
import { figureOf } from '../support/figure.ts';
import { pod } from '../support/objects.ts';
import { type Scenario, verify } from '../support/scenario.ts';

const ROUNDS = 20;
/** Rounds before the compilers are done: they are at it for some 10,000 writes. */
const WARM_ROUNDS = 10;
const WRITES = 1_000;

export const apiWriteCpu: Scenario = {
  name: 'api-write-cpu',
  summary: 'processor time of creating a 2.8 kB pod, against JSON.parse and one stringify',
  async run({ say }) {
    const rest = await createRest();
    const ours: number[] = [];
    const floor: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const { microseconds, example } = await writeRound(rest, round);
      bytes = example.length;
      const parsed = parseRound(example);
      if (round < WARM_ROUNDS) continue;
      ours.push(microseconds);
      floor.push(parsed);
    }
    say(`${(ROUNDS - WARM_ROUNDS) * WRITES} pods of ${bytes} B`);
    const figure = figureOf({
      figure: `API write path, create of a ${bytes} B pod`,
      unit: 'µs',
      samples: ours,
      peer: { name: 'JSON.parse + stringify', samples: floor },
      goal: { of: 'ratio', atMost: 2 },
    });
    return [figure];
  },
};

const cpuUs = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

async function writeRound(rest: Rest, round: number): Promise<{ microseconds: number; example: Buffer }> {
  const nameOf = (index: number) => `web-${round}-${index}`;
  const bodies = Array.from({ length: WRITES }, (_, index) =>
    Buffer.from(JSON.stringify(pod(nameOf(index), 'default'))),
  );
  const scope = rest.scope(PODS);
  const answers: Buffer[] = [];
  const before = cpuUs();
  for (const body of bodies) {
    const { value, ...text } = decodeJson(body);
    const { entry } = await createObject(rest.context, scope, value as Pod, { text, fieldManager: 'bench' });
    answers.push(entry.json!);
  }
  const microseconds = (cpuUs() - before) / WRITES;
  for (const [index, answer] of answers.entries()) {
    const { metadata, spec } = JSON.parse(answer.toString('utf8')) as Pod;
    const stored = rest.store.get(`/registry/core/pods/default/${nameOf(index)}`)?.value as Pod | undefined;
    verify(
      metadata?.name === nameOf(index) && stored?.metadata?.uid === metadata.uid,
      `${nameOf(index)} is not stored`,
    );
    verify(spec?.containers[0]?.imagePullPolicy === 'IfNotPresent', 'defaults are missing');
  }
  return { microseconds, example: answers[0]! };
}

function parseRound(example: Buffer): number {
  const before = cpuUs();
  let length = 0;
  for (let index = 0; index < WRITES; index++) {
    length += JSON.stringify(JSON.parse(example.toString('utf8'))).length;
  }
  verify(length > 0, 'nothing was parsed');
  return (cpuUs() - before) / WRITES;
}
