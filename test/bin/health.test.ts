/** What a control plane says of its health: while it starts, when its store is in trouble, when nobody reads its log. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type OutputLogger, silentLogger } from '../../daemon/base/log.ts';
import { startControlPlane } from '../../daemon/bin/control-plane.ts';
import { createHealthChecks } from '../../daemon/bin/health-checks.ts';
import type { Log } from '../../daemon/store/log.ts';
import { createMemoryLog } from '../../daemon/store/memory-log.ts';
import { observeLog } from '../../daemon/store/observed-log.ts';
import { ask } from '../client/api-server.ts';
import { SimClock } from '../support/sim-clock.ts';

const WRITTEN: OutputLogger = { ...silentLogger, flush: (written) => written() };
const BATCH = { operations: [] };

function checksOf(log: Log, output: OutputLogger = WRITTEN) {
  const clock = new SimClock();
  const { log: observed, observations } = observeLog(log, clock);
  const state = { git: true, informers: true };
  const health = createHealthChecks({
    clock,
    log: output,
    store: observations,
    isGitOpen: () => state.git,
    areInformersSynced: () => state.informers,
  });
  const check = (name: string) => health.checks.find((one) => one.name === name)!.check();
  return { clock, log: observed, health, state, check };
}

/** A log whose writes end when the test says so. */
function heldLog() {
  const writes: PromiseWithResolvers<void>[] = [];
  const append = () => {
    writes.push(Promise.withResolvers<void>());
    return writes.at(-1)!.promise;
  };
  return { writes, log: { ...createMemoryLog(), append } };
}

describe('the store', () => {
  it('is not ready after a write that failed, until one succeeds; it lives on', async () => {
    const { writes, log } = heldLog();
    const { check, log: observed } = checksOf(log);
    const lost = observed.append(BATCH, 1);
    writes[0]!.reject(new Error('ENOSPC: no space left on device, write'));
    await expect(lost).rejects.toThrow('ENOSPC');
    expect(check('etcd-readiness')).toBe("the store's last write failed: ENOSPC: no space left on device, write");
    expect(check('etcd')).toBeUndefined();
    const done = observed.append(BATCH, 1);
    writes[1]!.resolve();
    await done;
    expect(check('etcd-readiness')).toBeUndefined();
  });

  it('does not live when a write hangs', async () => {
    const { writes, log } = heldLog();
    const { clock, check, log: observed } = checksOf(log);
    const writing = observed.append(BATCH, 1);
    await clock.advance(1_900);
    const second = observed.append(BATCH, 2);
    expect(check('etcd')).toBeUndefined();
    await clock.advance(200);
    expect(check('etcd')).toBe('a write of the store does not come back');
    expect(check('etcd-readiness')).toBe('a write of the store does not come back');
    writes[0]!.resolve();
    await writing;
    expect(check('etcd')).toBeUndefined(); // the second began later
    writes[1]!.resolve();
    await second;
  });
});

it('a log that takes nothing for two minutes is blocked', async () => {
  let isRead = true;
  const output = { ...WRITTEN, flush: (written: () => void) => isRead && written() };
  const { clock, check, health } = checksOf(createMemoryLog(), output as OutputLogger);
  await clock.advance(600_000);
  expect(check('log')).toBeUndefined();
  isRead = false;
  await clock.advance(100_000);
  expect(check('log')).toBeUndefined();
  await clock.advance(60_000);
  expect(check('log')).toBe('logging blocked');
  isRead = true;
  await clock.advance(60_000);
  expect(check('log')).toBeUndefined();
  health.stop();
});

it('what is not finished is named, and a server that shuts down is not ready', () => {
  const { check, health, state } = checksOf(createMemoryLog());
  expect(check('poststarthook/rbac/bootstrap-roles')).toBe('not finished');
  health.finished('rbac/bootstrap-roles');
  expect(check('poststarthook/rbac/bootstrap-roles')).toBeUndefined();
  expect(check('poststarthook/bootstrap-controller')).toBe('not finished');
  state.informers = false;
  expect(check('informer-sync')).toBe('informers not started yet');
  expect(check('shutdown')).toBeUndefined();
  health.shuttingDown();
  expect(check('shutdown')).toBe('process is shutting down');
});

it('a control plane lives when it has started, and is ready when its branch is in force', {
  timeout: 60_000,
}, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'reflet-health-'));
  const plane = await startControlPlane({
    ...{ dataDir, port: 0, branch: 'main', path: '', nodeName: 'host', demonstration: false, allowedRemotes: [] },
    ...{ podCidr: '10.244.0.0/16', serviceCidr: '10.96.0.0/16' },
    log: WRITTEN,
    nodes: () => undefined,
    progress: () => {},
  });
  try {
    const get = (path: string) =>
      ask({ method: 'GET', path, port: plane.port, ca: plane.pki.caCertificate, anonymous: true });
    expect(await get('/livez')).toMatchObject({ code: 200, text: 'ok' });
    const early = await get('/readyz');
    expect(early.code).toBe(500);
    expect(early.text.split('\n').filter((line) => line.startsWith('[-]'))).toEqual(['[-]git failed: reason withheld']);
    await plane.follow();
    expect((await get('/readyz?verbose')).text).toMatchInlineSnapshot(`
      "[+]ping ok
      [+]log ok
      [+]etcd ok
      [+]etcd-readiness ok
      [+]informer-sync ok
      [+]poststarthook/generic-apiserver-start-informers ok
      [+]poststarthook/priority-and-fairness-config-consumer ok
      [+]poststarthook/start-apiextensions-controllers ok
      [+]poststarthook/crd-informer-synced ok
      [+]poststarthook/start-system-namespaces-controller ok
      [+]poststarthook/start-cluster-authentication-info-controller ok
      [+]poststarthook/rbac/bootstrap-roles ok
      [+]poststarthook/scheduling/bootstrap-system-priority-classes ok
      [+]poststarthook/priority-and-fairness-config-producer ok
      [+]poststarthook/bootstrap-controller ok
      [+]git ok
      [+]shutdown ok
      readyz check passed
      "
    `);
    expect((await get('/livez?verbose')).text).toMatchInlineSnapshot(`
      "[+]ping ok
      [+]log ok
      [+]etcd ok
      [+]poststarthook/generic-apiserver-start-informers ok
      [+]poststarthook/priority-and-fairness-config-consumer ok
      [+]poststarthook/start-apiextensions-controllers ok
      [+]poststarthook/crd-informer-synced ok
      [+]poststarthook/start-system-namespaces-controller ok
      [+]poststarthook/start-cluster-authentication-info-controller ok
      [+]poststarthook/rbac/bootstrap-roles ok
      [+]poststarthook/scheduling/bootstrap-system-priority-classes ok
      [+]poststarthook/priority-and-fairness-config-producer ok
      [+]poststarthook/bootstrap-controller ok
      livez check passed
      "
    `);
    expect((await get('/livez/etcd')).code).toBe(403); // not everybody's
    const trust = plane.kernel.store.get('/registry/core/configmaps/kube-system/extension-apiserver-authentication');
    expect(trust?.value).toMatchObject({ data: { 'client-ca-file': plane.pki.caCertificate } });
  } finally {
    await plane.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
