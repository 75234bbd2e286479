/**
 * The table of Nodes.
 */

import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf, wideColumn } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { Node } from '../types.generated.ts';

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

function statusOf({ spec, status }: Readonly<Node>): string {
  const ready = status?.conditions?.findLast(({ type }) => type === 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

function rolesOf({ metadata }: Readonly<Node>): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata?.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key.length > ROLE_PREFIX.length) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value) roles.add(value);
  }
  return [...roles].sort().join(',') || '<none>';
}

const addressOf = ({ status }: Readonly<Node>, type: string) =>
  status?.addresses?.find((address) => address.type === type)?.address ?? '<none>';

export const table: TableDefinition<Node> = {
  columns: [
    NAME_COLUMN,
    column('Status', 'Whether the node is ready for Pods, and whether new ones may come.'),
    column('Roles', 'What the node is for, from its labels.'),
    AGE_COLUMN,
    column('Version', 'The version that the agent speaks.'),
    wideColumn('Internal-IP', 'The address within the cluster.'),
    wideColumn('External-IP', 'The address from outside.'),
    wideColumn('OS-Image', 'The operating system, as it calls itself.'),
    wideColumn('Kernel-Version', 'The version of the kernel.'),
    wideColumn('Container-Runtime', 'What runs the containers, and its version.'),
  ],
  cells: (object, now) => {
    const facts = object.status?.nodeInfo;
    return [
      nameOf(object),
      statusOf(object),
      rolesOf(object),
      age(object, now),
      facts?.kubeletVersion ?? '',
      addressOf(object, 'InternalIP'),
      addressOf(object, 'ExternalIP'),
      facts?.osImage || '<unknown>',
      facts?.kernelVersion || '<unknown>',
      facts?.containerRuntimeVersion || '<unknown>',
    ];
  },
};
