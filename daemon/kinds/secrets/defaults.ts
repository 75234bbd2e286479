/**
 * Defaults of a Secret: its type; and `stringData`, which is only ever written, becomes `data`.
 */

import type { Secret } from '../types.generated.ts';

export function setDefaults(secret: Secret): void {
  secret.type ||= 'Opaque';
  for (const key of Object.keys(secret.stringData ?? {})) {
    secret.data ??= {};
    secret.data[key] = Buffer.from(secret.stringData![key]!).toString('base64');
  }
  delete secret.stringData;
}
