/** How service accounts' tokens are used, in Prometheus' form under Kubernetes' names. */

import { Counter, type Registry } from 'prom-client';
import type { TokenUse } from '../auth/service-account-token.ts';

const METRICS: Readonly<Record<TokenUse, { name: string; help: string }>> = {
  valid: { name: 'valid_tokens_total', help: 'Uses of pods’ tokens in the time for which they were asked.' },
  stale: { name: 'stale_tokens_total', help: 'Uses of pods’ tokens after it.' },
  automatic: { name: 'legacy_auto_token_uses_total', help: 'Uses of tokens in Secrets that their account lists.' },
  manual: { name: 'legacy_manual_token_uses_total', help: 'Uses of tokens in other Secrets.' },
  invalidated: { name: 'invalid_legacy_auto_token_uses_total', help: 'Uses of tokens that were marked invalid.' },
};

/** `uses` is read when the metrics are. */
export function registerTokenMetrics(registry: Registry, uses: Readonly<Record<TokenUse, number>>): void {
  for (const [use, { name, help }] of Object.entries(METRICS))
    new Counter({
      ...{ name: `serviceaccount_${name}`, help, registers: [registry] },
      collect() {
        this.reset();
        this.inc(uses[use as TokenUse]);
      },
    });
}
