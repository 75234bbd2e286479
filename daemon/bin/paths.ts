/**
 * Where everything lies below the data directory. Every command needs it: it imports nothing else of ours.
 */

import { join } from 'node:path';

export interface Paths {
  keys: string;
  store: string;
  run: string;
  agent: string;
  git: string;
  hostedRepository: string;
  kubeconfig: string;
}

export function pathsOf(dataDir: string): Paths {
  return {
    keys: join(dataDir, 'keys'),
    store: join(dataDir, 'store'),
    run: join(dataDir, 'run'),
    agent: join(dataDir, 'agent'),
    git: join(dataDir, 'git'),
    hostedRepository: join(dataDir, 'desired.git'),
    kubeconfig: join(dataDir, 'admin.kubeconfig'),
  };
}
