/**
 * What a CertificateSigningRequest is.
 */

import { pathSegmentName } from '../common/names.ts';
import { defineKind } from '../define-kind.ts';
import { CERTIFICATE_SIGNING_REQUESTS } from '../resources.ts';
import type { CertificateSigningRequest } from '../types.generated.ts';
import { setDefaults } from './defaults.ts';
import { prepareForApproval, prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts';
import { table } from './table.ts';
import { validate, validateApproval, validateStatusUpdate, validateUpdate } from './validation.ts';

export const certificateSigningRequest = defineKind<CertificateSigningRequest>({
  resource: CERTIFICATE_SIGNING_REQUESTS,
  shortNames: ['csr'],
  hasStatus: true,
  setDefaults,
  prepareForCreate,
  prepareForUpdate,
  prepareForStatusUpdate,
  partialUpdates: { approval: { prepare: prepareForApproval, validate: validateApproval } },
  validate,
  validateUpdate,
  validateStatusUpdate,
  validateName: pathSegmentName,
  judgesMetadataLast: true,
  table,
  fieldSelectors: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
});
