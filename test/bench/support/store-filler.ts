/**
 * A program: fills a store in memory through the API's own create, and prints how much memory it took. Arguments: nodes, pods.
 */

import { NODES, PODS } from '../../../daemon/kinds/resources.ts';
import type { Pod } from '../../../daemon/kinds/types.generated.ts';
import type { Operation } from '../../../daemon/store/store.ts';
import { createRest } from '../../api/rest/support.ts';
import { pod } from './objects.ts';
import { pssBytes } from './process-usage.ts';

const [nodes = 0, pods = 0] = process.argv.slice(2).map(Number);
/** Its log lives in memory, but holds the very bytes that the store holds: an array's worth more. */
const rest = await createRest();

/** Pods a commit. */
const BATCH = 500;

function putPod(text: string, index: number): Operation {
  // Admission gives each pod a volume of its own name, which its containers mount.
  const suffix = index.toString(36).padStart(5, '0');
  const own = text
    .replaceAll('web-template', `web-${index}`)
    .replaceAll(/kube-api-access-\w{5}/g, `kube-api-access-${suffix}`);
  const value = JSON.parse(own) as Pod;
  value.metadata!.uid = `0b8f9ab0-0000-4000-8000-${String(index).padStart(12, '0')}`;
  value.spec!.nodeName = `node-${index % nodes}`;
  return { type: 'put', key: `/registry/core/pods/default/web-${index}`, value };
}

function collected(): number {
  for (let turn = 0; turn < 3; turn++) (globalThis as { gc?: () => void }).gc?.();
  return pssBytes(process.pid);
}

const before = collected();
let jsonBytes = 0;
for (let index = 0; index < nodes; index++) {
  await rest.create(NODES, {
    metadata: { name: `node-${index}`, labels: { 'kubernetes.io/hostname': `node-${index}` } },
  });
}
// One pod is admitted; the others are decoded from its text under other names, as they would be from requests.
const template = await rest.create(PODS, pod('web-template', 'default'), { fieldManager: 'kube-controller-manager' });
const text = JSON.stringify(template);
await rest.store.commit([{ type: 'delete', key: '/registry/core/pods/default/web-template' }]);
for (let first = 0; first < pods; first += BATCH) {
  const operations = Array.from({ length: Math.min(BATCH, pods - first) }, (_, offset) => putPod(text, first + offset));
  const result = await rest.store.commit(operations);
  if (result.ok) for (const { json } of result.entries) jsonBytes += json.length;
}
await rest.store.compact(rest.store.revision);
const bytes = collected() - before;
console.log(
  JSON.stringify({
    nodes: rest.store.count('/registry/core/nodes/'),
    pods: rest.store.count('/registry/core/pods/'),
    bytes,
    jsonBytes,
  }),
);
