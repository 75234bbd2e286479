/**
 * The table of CertificateSigningRequests.
 */

import { humanDuration } from '../../base/duration.ts';
import { AGE_COLUMN, age, column, NAME_COLUMN, nameOf } from '../common/table.ts';
import type { TableDefinition } from '../kind.ts';
import type { CertificateSigningRequest } from '../types.generated.ts';

export const table: TableDefinition<CertificateSigningRequest> = {
  columns: [
    NAME_COLUMN,
    AGE_COLUMN,
    column('SignerName', 'Who shall sign it.'),
    column('Requestor', 'Who made the request.'),
    column('RequestedDuration', 'How long the certificate shall last.'),
    column('Condition', 'Pending, or what was decided and done.'),
  ],
  cells: (object, now) => [
    nameOf(object),
    age(object, now),
    object.spec?.signerName ?? '',
    object.spec?.username ?? '',
    object.spec?.expirationSeconds === undefined ? '<none>' : humanDuration(object.spec.expirationSeconds * 1000),
    conditionOf(object),
  ],
};

function conditionOf({ status }: Readonly<CertificateSigningRequest>): string {
  const has = (type: string): boolean => status?.conditions?.some((one) => one.type === type) ?? false;
  const decision = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return [decision, ...(has('Failed') ? ['Failed'] : []), ...(status?.certificate ? ['Issued'] : [])].join(',');
}
