import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../daemon/base/object.ts';
import { decide } from '../../../daemon/controllers/flowcontrolbootstrap/decide.ts';
import { start } from '../../../daemon/controllers/flowcontrolbootstrap/loop.ts';
import { observe, shippedKeys } from '../../../daemon/controllers/flowcontrolbootstrap/observe.ts';
import { FLOW_SCHEMAS, PRIORITY_LEVEL_CONFIGURATIONS } from '../../../daemon/kinds/resources.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../../daemon/kinds/types.generated.ts';
import { startControlPlane } from '../../support/control-plane.ts';

async function plane() {
  const made = await startControlPlane([start], { nodes: [] });
  await made.clock.advance(1_000);
  const names = () =>
    [...made.client.all(PRIORITY_LEVEL_CONFIGURATIONS), ...made.client.all(FLOW_SCHEMAS)].map(
      ({ metadata }) => metadata!.name!,
    );
  const level = (name: string) => made.client.get(PRIORITY_LEVEL_CONFIGURATIONS, { name });
  const schema = (name: string) => made.client.get(FLOW_SCHEMAS, { name });
  return { ...made, names, level, schema };
}

describe('what the cluster ships with', () => {
  it('is made, mandatory and suggested', async () => {
    const made = await plane();
    expect(made.names()).toHaveLength(shippedKeys().length);
    expect(made.names()).toEqual(expect.arrayContaining(['exempt', 'catch-all', 'system-leader-election', 'probes']));
    made.stop();
  });

  it('comes back when it is deleted, without a poll', async () => {
    const made = await plane();
    const before = await made.schema('catch-all');
    await made.client.delete(FLOW_SCHEMAS, { name: 'catch-all' });
    await made.client.delete(PRIORITY_LEVEL_CONFIGURATIONS, { name: 'exempt' });
    await made.client.delete(FLOW_SCHEMAS, { name: 'probes' });
    await made.clock.advance(1_000);
    expect(made.names()).toHaveLength(shippedKeys().length);
    const after = await made.schema('catch-all');
    expect(after.spec).toEqual(before.spec);
    expect(after.metadata?.uid).not.toBe(before.metadata?.uid);
    expect(after.metadata?.annotations).toEqual({ 'apf.kubernetes.io/autoupdate-spec': 'true' });
    made.stop();
  });

  it('stays as it ships where it is mandatory, and is the user’s where it is suggested', async () => {
    const made = await plane();
    const change = async (name: string, annotations: Record<string, string>) => {
      const live = await made.schema(name);
      const spec = { ...live.spec!, matchingPrecedence: 77 };
      await made.client.update(FLOW_SCHEMAS, { ...live, metadata: { ...live.metadata, annotations }, spec });
    };
    await change('catch-all', { 'apf.kubernetes.io/autoupdate-spec': 'false' });
    await change('probes', { 'apf.kubernetes.io/autoupdate-spec': 'false' });
    await change('global-default', { 'apf.kubernetes.io/autoupdate-spec': 'true' });
    await made.clock.advance(1_000);
    const precedence = async (name: string) => (await made.schema(name)).spec?.matchingPrecedence;
    expect(await precedence('catch-all')).toBe(10_000);
    expect(await precedence('probes')).toBe(77);
    expect(await precedence('global-default')).toBe(9_900);
    made.stop();
  });

  it('leaves alone what users make', async () => {
    const made = await plane();
    const spec = { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 5, rules: [] };
    await made.client.create(FLOW_SCHEMAS, { metadata: { name: 'mine' }, spec } as FlowSchema);
    await made.client.delete(FLOW_SCHEMAS, { name: 'mine' });
    await made.clock.advance(1_000);
    expect(made.names()).not.toContain('mine');
    made.stop();
  });
});

it('what is set aside for the exempt is the user’s, though the level is mandatory', () => {
  const exempt = { nominalConcurrencyShares: 5, lendablePercent: 20 };
  const about = (live: KubeObject) => {
    const get = () => live;
    return decide(
      observe({ flowschemas: { get }, prioritylevelconfigurations: { get } }, 'prioritylevelconfigurations/exempt')!,
    );
  };
  const level: PriorityLevelConfiguration = { metadata: { name: 'exempt' }, spec: { type: 'Exempt', exempt } };
  expect(about(level).actions).toEqual([]);
  const wrong = { ...level, spec: { ...level.spec, type: 'Limited' } } as KubeObject;
  expect(about(wrong).actions).toMatchObject([{ type: 'update', object: { spec: { type: 'Exempt', exempt } } }]);
});
