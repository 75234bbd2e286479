import { beforeEach, expect, test } from 'vitest';
import { LABEL } from '../../../daemon/agent/containers/names.ts';
import type { InspectedContainer } from '../../../daemon/agent/podman/containers.ts';
import { ContainerTable } from '../../../daemon/agent/pods/container-table.ts';

let host: Map<string, InspectedContainer>;
let told: string[];
let table: ContainerTable;
let beforeAnswer: () => Promise<unknown>;

function put(id: string, status: string, labels: Record<string, string> = {}): void {
  host.set(id, {
    Id: id,
    Created: '2026-11-21T10:00:00Z',
    State: {
      Status: status,
      Running: status === 'running',
      OOMKilled: false,
      Pid: 5,
      ExitCode: status === 'exited' ? 3 : 0,
      StartedAt: '2026-11-21T10:00:01Z',
      FinishedAt: status === 'exited' ? '2026-11-21T10:00:02Z' : '0001-01-01T00:00:00Z',
    },
    Image: 'sha256:f00',
    ImageName: 'example:1',
    Config: { Labels: { [LABEL.node]: 'n1', [LABEL.uid]: 'pod', [LABEL.container]: 'main', ...labels } },
  });
}

beforeEach(() => {
  host = new Map();
  told = [];
  beforeAnswer = async () => {};
  table = new ContainerTable({
    calls: {
      create: async () => '',
      start: async () => {},
      kill: async () => true,
      remove: async () => {},
      inspect: async (id) => host.get(id),
      async list() {
        const all = [...host.values()].map(({ Id, State }) => ({ Id, State: State.Status, ExitCode: 0, Pid: 0 }));
        await beforeAnswer();
        return all;
      },
    },
    nodeName: 'n1',
    onChange: (uid) => told.push(`change ${uid}`),
    onStart: ({ id }) => told.push(`start ${id}`),
    onExit: ({ id, exitCode }) => told.push(`exit ${id} ${exitCode}`),
  });
});

test('follows a container from start to end', async () => {
  put('a', 'running');
  await table.refreshAll();
  put('a', 'exited');
  await table.refreshAll();
  expect(told).toEqual(['start a', 'change pod', 'exit a 3', 'change pod']);
  expect(table.get('a')).toMatchObject({ state: 'exited', exitCode: 3, imageId: 'f00' });
  host.clear();
  await table.refreshAll();
  expect(table.uids()).toEqual([]);
});

test('an end that the agent saw is not undone by podman, which is late', async () => {
  put('a', 'running');
  await table.refreshAll();
  table.markEnded('a', { exitCode: 137, finishedMs: 1 });
  await table.refresh('a');
  expect(table.get('a')).toMatchObject({ state: 'exited', exitCode: 137 });
});

test('a list that began before a container was made does not remove it', async () => {
  beforeAnswer = () => {
    put('new', 'running');
    return table.refresh('new');
  };
  await table.refreshAll();
  expect(table.get('new')).toBeDefined();
});

test('containers of other nodes and of nobody are not ours', async () => {
  put('other', 'running', { [LABEL.node]: 'n2' });
  put('foreign', 'running', { [LABEL.uid]: '' });
  await table.refresh('other');
  await table.refresh('foreign');
  expect(table.running()).toEqual([]);
});

test('tells whoever asked of the end of a container, once, and not who no longer listens', async () => {
  put('a', 'running');
  await table.refreshAll();
  table.onEnd('a', () => told.push('a ended'));
  table.onEnd('a', () => told.push('nobody'))();
  expect(told).not.toContain('a ended');
  table.markEnded('a', { exitCode: 0, finishedMs: 1 });
  table.remove('a');
  table.onEnd('a', () => told.push('a is not here'));
  expect(told.filter((text) => / ended| here|nobody/.test(text))).toEqual(['a ended', 'a is not here']);
});
