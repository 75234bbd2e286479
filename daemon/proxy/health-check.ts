/**
 * Answers balancers on `healthCheckNodePort`: 200 when this node has ready endpoints of the service, 503 when not (kube-proxy's body).
 * One small HTTP server per service that asks for it; a port that cannot be opened is reported and tried again with the next change.
 */

import { createServer, type Server } from 'node:http';
import type { Logger } from '../base/log.ts';

export interface HealthChecks {
  /** `port` undefined: no (longer a) health check for this service. */
  set(service: string, port: number | undefined, localEndpoints: number): void;
  stop(): void;
}

interface Check {
  readonly port: number;
  readonly server: Server;
  localEndpoints: number;
}

/** A balancer's probe is one short request; anything slower is cut. */
const REQUEST_MS_MAX = 5_000;
const CONNECTIONS_MAX = 64;

export function createHealthChecks(log: Logger): HealthChecks {
  const checks = new Map<string, Check>();
  const close = (service: string) => {
    const check = checks.get(service);
    check?.server.close();
    check?.server.closeAllConnections();
    checks.delete(service);
  };
  return {
    set(service, port, localEndpoints) {
      const known = checks.get(service);
      if (known && known.port === port) {
        known.localEndpoints = localEndpoints;
        return;
      }
      close(service);
      if (port === undefined) return;
      const check: Check = { port, server: createServer(), localEndpoints };
      checks.set(service, check);
      check.server.on('request', (_request, response) => answer(response, service, check.localEndpoints));
      check.server.requestTimeout = REQUEST_MS_MAX;
      check.server.maxConnections = CONNECTIONS_MAX;
      check.server.on('error', (error) => {
        log.warn({ service, port, error: error.message }, 'cannot serve the health check node port');
        if (checks.get(service) === check) checks.delete(service);
      });
      check.server.listen(port).unref();
    },
    stop() {
      for (const service of [...checks.keys()]) close(service);
    },
  };
}

function answer(response: import('node:http').ServerResponse, service: string, localEndpoints: number): void {
  const [namespace, name] = service.split('/');
  response.writeHead(localEndpoints > 0 ? 200 : 503, {
    'Content-Type': 'application/json',
    'X-Content-Type-Options': 'nosniff',
    'X-Load-Balancing-Endpoint-Weight': String(localEndpoints),
  });
  response.end(JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }));
}
