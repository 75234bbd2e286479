/**
 * The table of Services.
 */

import { AGE_COLUMN, age, column, formatLabels, NAME_COLUMN, nameOf, orNone, wideColumn } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { Service } from '../types.generated.ts';

function externalAddresses({ spec, status }: Readonly<Service>): string {
  const fixed = (spec?.externalIPs ?? []).join(',');
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return orNone(fixed);
    case 'LoadBalancer': {
      const balanced = (status?.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname).filter(Boolean);
      if (balanced.length > 0) return [...new Set(balanced), ...(fixed ? [fixed] : [])].join(',');
      return fixed || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return '<unknown>';
  }
}

function formatPorts({ spec }: Readonly<Service>): string {
  const ports = (spec?.ports ?? []).map(({ port, nodePort, protocol }) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  return orNone(ports.join(','));
}

export const table: TableDefinition<Service> = {
  columns: [
    NAME_COLUMN,
    column('Type', 'How the Service is reached.'),
    column('Cluster-IP', 'The address within the cluster, `None` for a headless Service.'),
    column('External-IP', 'The addresses from outside the cluster.'),
    column('Port(s)', 'The ports, with the port on the nodes and the protocol.'),
    AGE_COLUMN,
    wideColumn('Selector', 'Which Pods answer.'),
  ],
  cells: (object, now) => [
    nameOf(object),
    object.spec?.type ?? '',
    orNone(object.spec?.clusterIPs?.[0] ?? object.spec?.clusterIP),
    externalAddresses(object),
    formatPorts(object),
    age(object, now),
    formatLabels(object.spec?.selector),
  ],
};
