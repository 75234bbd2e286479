import { describe, expect, it } from 'vitest';
import { deepFreeze } from '../../daemon/base/json.ts';
import {
  checkIndexes,
  countIndexes,
  firstFree,
  formatIndexes,
  hasIndex,
  parseIndexes,
  unite,
} from '../../daemon/kinds/jobs/indexes.ts';
import type { Job, JobSpec, JobStatus } from '../../daemon/kinds/types.generated.ts';
import { create as admit, kindOf, update } from './support/admit.ts';
import { copyOf, podBody, texts } from './support/expect.ts';

const jobs = kindOf('batch', 'v1', 'Job');
const UID = '6f1c';
const pod = { ...podBody().spec, restartPolicy: 'Never' };
const body = (spec: object = {}, metadata: object = {}) => ({
  metadata: { name: 'work', uid: UID, ...metadata },
  spec: { template: { spec: pod }, ...spec },
});
const create = (spec: object = {}, metadata: object = {}) => admit(jobs, body(spec, metadata));
const made = (spec: object = {}): Job => copyOf<Job>(create(spec).object);
const LABELS = {
  'batch.kubernetes.io/controller-uid': UID,
  'batch.kubernetes.io/job-name': 'work',
  'controller-uid': UID,
  'job-name': 'work',
};
const indexed = (spec: object = {}) => ({ completionMode: 'Indexed', completions: 4, ...spec });

describe('a Job is given', () => {
  it('one completion, limits, and a selector of its own', () => {
    const { object, errors } = create();
    expect(texts(errors)).toEqual([]);
    const { spec, status, metadata } = object as Job;
    expect(spec).toMatchObject({
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': UID } },
      template: { metadata: { labels: LABELS } },
    });
    expect(status).toEqual({});
    expect(metadata?.labels).toEqual(LABELS);
  });

  it.each<[string, object, Partial<JobSpec>]>([
    ['no completions where only parallelism is said', { parallelism: 3 }, { parallelism: 3 }],
    ['no common limit where each index has one', indexed({ backoffLimitPerIndex: 1 }), { backoffLimit: 2_147_483_647 }],
    [
      'no replacement of what still stops, and a status, by its failure policy',
      { podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } },
      {
        podReplacementPolicy: 'Failed',
        podFailurePolicy: {
          rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }],
        },
      },
    ],
  ])('%s', (_name, spec, expected) => {
    const { object, errors } = create(spec);
    expect(texts(errors)).toEqual([]);
    expect((object as Job).spec).toMatchObject(expected);
    if (!('completions' in spec)) expect((object as Job).spec?.completions ?? 1).toBe(1);
  });
});

const AT_LEAST_0 = 'must be greater than or equal to 0';
const failing = (...rules: object[]) => ({ podFailurePolicy: { rules } });
const codes = (requirement: object) =>
  failing({ action: 'FailJob', onExitCodes: { operator: 'In', values: [1], ...requirement } });

describe('a Job is refused', () => {
  it.each<[string, object, string[]]>([
    [
      'that runs for ever',
      { template: { spec: podBody().spec } },
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'with less than nothing',
      { parallelism: -1, completions: -1, activeDeadlineSeconds: -1, backoffLimit: -1, ttlSecondsAfterFinished: -1 },
      ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'].map(
        (field) => `spec.${field}: Invalid value: -1: ${AT_LEAST_0}`,
      ),
    ],
    [
      'that selects otherwise, by hand',
      { manualSelector: true, selector: { matchLabels: { a: 'b' } } },
      [
        'spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`',
      ],
    ],
    [
      'without the selector that it wants to set by hand',
      { manualSelector: true },
      [
        'spec.selector: Required value',
        'spec.template.metadata.labels: Invalid value: map[string]string(nil): `selector` does not match template `labels`',
      ],
    ],
    [
      'that selects otherwise, with a generated selector',
      { selector: { matchLabels: { a: 'b' } } },
      [
        'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{"a":"b", "batch.kubernetes.io/controller-uid":"6f1c"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: map[string]string{"batch.kubernetes.io/controller-uid":"6f1c", "batch.kubernetes.io/job-name":"work", "controller-uid":"6f1c", "job-name":"work"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'whose template has the name of another',
      { template: { metadata: { labels: { 'job-name': 'other' } }, spec: pod } },
      [
        'spec.template.metadata.labels[job-name]: Invalid value: map[string]string{"batch.kubernetes.io/controller-uid":"6f1c", "batch.kubernetes.io/job-name":"work", "controller-uid":"6f1c", "job-name":"other"}: must be \'work\'',
      ],
    ],
    [
      'of no completion mode',
      { completionMode: 'Some' },
      ['spec.completionMode: Unsupported value: "Some": supported values: "NonIndexed", "Indexed"'],
    ],
    [
      'that is Indexed without an end',
      { completionMode: 'Indexed', parallelism: 1 },
      ['spec.completions: Required value: when completion mode is Indexed'],
    ],
    [
      'with limits of indexes that it has not',
      { backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      [
        'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      'that may fail more often than it runs, without a limit each',
      indexed({ maxFailedIndexes: 5 }),
      [
        'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
        'spec.maxFailedIndexes: Invalid value: 5: must be less than or equal to completions',
      ],
    ],
    [
      'that is too large to be tracked',
      indexed({ completions: 100_001, parallelism: 100_001, backoffLimitPerIndex: 1 }),
      [
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
        'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    ],
    [
      'managed by nobody',
      { managedBy: 'me' },
      ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    ],
    [
      'with a rule that matches nothing',
      failing({ action: 'FailJob' }, {}),
      [
        'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
        'spec.podFailurePolicy.rules[1].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        'spec.podFailurePolicy.rules[1]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
      ],
    ],
    [
      'with exit codes out of order',
      codes({ values: [2, 1, 2, 0], containerName: 'other' }),
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "other": must be one of the container or initContainer names in the pod template',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 2',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[3]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []int32{2, 1, 2, 0}: must be ordered',
      ],
    ],
    [
      'with no exit codes',
      codes({ values: [], operator: 'Out' }),
      [
        'spec.podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "Out": supported values: "In", "NotIn"',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []int32{}: at least one value is required',
      ],
    ],
    [
      'that replaces what still stops, with a failure policy',
      { ...codes({}), podReplacementPolicy: 'TerminatingOrFailed' },
      ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
    ],
    [
      'that restarts containers, with a failure policy',
      { ...codes({}), template: { spec: { ...pod, restartPolicy: 'OnFailure' } } },
      [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    ],
    [
      'with a success policy of no rules',
      indexed({ successPolicy: {} }),
      [
        'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
      ],
    ],
    [
      'with a success policy that cannot be met',
      indexed({
        successPolicy: { rules: [{}, { succeededIndexes: '0-9' }, { succeededIndexes: '1,3', succeededCount: 3 }] },
      }),
      [
        'spec.successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes must be specified',
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "0-9": error parsing succeededIndexes: too large index: "9"',
        'spec.successPolicy.rules[2].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
      ],
    ],
    [
      'with a success policy, and no indexes',
      { successPolicy: { rules: [{ succeededCount: 1 }] } },
      [
        'spec.successPolicy: Invalid value: batch.SuccessPolicy{Rules:[]batch.SuccessPolicyRule{batch.SuccessPolicyRule{SucceededIndexes:(*string)(nil), SucceededCount:(*int32)(0xc000000000)}}}: requires indexed completion mode',
      ],
    ],
  ])('%s', (_name, spec, expected) => {
    expect(texts(create(spec).errors)).toEqual(expected);
  });

  it('whose Pods could not have their hostnames', () => {
    const name = 'a'.repeat(62);
    expect(texts(create(indexed(), { name }).errors)).toEqual([
      `metadata.name: Invalid value: "${name}": will not able to create pod with invalid DNS label: ${name}-3`,
    ]);
  });
});

describe('an update of a Job', () => {
  const changed = (spec: object, change: object, status: JobStatus = {}): string[] => {
    const live = deepFreeze({ ...made(spec), status });
    const next = copyOf<Job>(live);
    Object.assign(next.spec!, change);
    return texts(update(jobs, next, live).errors);
  };
  const IMMUTABLE = 'field is immutable';

  it('may change how many run, and whether', () => {
    expect(changed({ completions: 4 }, { parallelism: 3, suspend: true, backoffLimit: 1 })).toEqual([]);
  });

  it.each<[string, object, object, string[]]>([
    ['completions', {}, { completions: 2 }, [`spec.completions: Invalid value: 2: ${IMMUTABLE}`]],
    [
      'completions of an Indexed Job alone',
      indexed({ parallelism: 4 }),
      { completions: 5 },
      ['spec.completions: Invalid value: 5: can only be modified in tandem with spec.parallelism'],
    ],
    [
      'the mode',
      { completions: 2 },
      { completionMode: 'Indexed' },
      [`spec.completionMode: Invalid value: "Indexed": ${IMMUTABLE}`],
    ],
    [
      'who manages it',
      {},
      { managedBy: 'a.example/b' },
      [`spec.managedBy: Invalid value: "a.example/b": ${IMMUTABLE}`],
    ],
  ])('may not change %s', (_name, spec, change, expected) => {
    expect(changed(spec, change)).toEqual(expected);
  });

  it('may not change the template, but where a Job runs that never has', () => {
    const template = (spec: object) => ({
      template: { ...made().spec!.template, spec: { ...made().spec!.template.spec!, ...spec } },
    });
    const elsewhere = template({ nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'a', operator: 'Exists' }] });
    const [refused] = changed({}, elsewhere);
    expect(refused).toMatch(
      /^spec\.template: Invalid value: core\.PodTemplateSpec\{ObjectMeta:.*: field is immutable$/,
    );
    expect(changed({ suspend: true }, elsewhere)).toEqual([]);
    expect(changed({ suspend: true }, elsewhere, { startTime: '2026-01-01T00:00:00Z' })).toHaveLength(1);
    expect(changed({ suspend: true }, template({ hostname: 'other' }))).toHaveLength(1);
  });

  it('of a Job from before the prefixed labels need not have them', () => {
    const live = made();
    for (const label of ['batch.kubernetes.io/job-name', 'batch.kubernetes.io/controller-uid'])
      delete live.spec!.template.metadata!.labels![label];
    live.spec!.selector = { matchLabels: { 'controller-uid': UID } };
    const next = copyOf<Job>(live);
    next.spec!.parallelism = 2;
    expect(texts(update(jobs, next, live).errors)).toEqual([]);
  });
});

const at = '2026-01-01T00:00:00Z';
const condition = (...types: string[]) =>
  types.map((type) => ({ type, status: 'True', lastProbeTime: at, lastTransitionTime: at }));
const complete: JobStatus = {
  startTime: at,
  completionTime: at,
  succeeded: 1,
  conditions: condition('SuccessCriteriaMet', 'Complete'),
};

describe('the status of a Job', () => {
  const told = (before: JobStatus, after: JobStatus, spec: object = {}): string[] => {
    const live = deepFreeze({ ...made(spec), status: before });
    return texts(update(jobs, { ...copyOf<Job>(live), status: after }, live, 'status').errors);
  };

  it('may tell of a success, and of a failure', () => {
    expect(told({ startTime: at }, complete)).toEqual([]);
    expect(
      told({ startTime: at }, { startTime: at, failed: 1, conditions: condition('FailureTarget', 'Failed') }),
    ).toEqual([]);
  });

  it.each<[string, JobStatus, JobStatus, string[], object?]>([
    ['counts of less than nothing', {}, { active: -1 }, [`status.active: Invalid value: -1: ${AT_LEAST_0}`]],
    [
      'a success that nothing led to',
      { startTime: at },
      { startTime: at, completionTime: at, conditions: condition('Complete') },
      [
        'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      ],
    ],
    [
      'a success without its time',
      { startTime: at },
      { startTime: at, conditions: condition('SuccessCriteriaMet', 'Complete') },
      ['status.completionTime: Required value: completionTime is required for Complete jobs'],
    ],
    [
      'an end that has not come',
      {},
      { completionTime: at },
      [
        'status.completionTime: Invalid value: 2026-01-01 00:00:00 +0000 UTC: cannot set completionTime when there is no Complete=True condition',
      ],
    ],
    [
      'an end before all Pods are counted',
      { startTime: at },
      { ...complete, active: 1, ready: 1, terminating: 1, uncountedTerminatedPods: { succeeded: ['a', 'a', ''] } },
      [
        'status.uncountedTerminatedPods.succeeded[1]: Duplicate value: "a"',
        'status.uncountedTerminatedPods.succeeded[2]: Invalid value: "": must not be empty',
        'status.active: Invalid value: 1: active>0 is invalid for finished job',
        'status.uncountedTerminatedPods: Invalid value: batch.UncountedTerminatedPods{Succeeded:[]types.UID{"a", "a", ""}, Failed:[]types.UID(nil)}: uncountedTerminatedPods needs to be empty for finished job',
        'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
      ],
    ],
    [
      'more ready than there are',
      {},
      { active: 1, ready: 2 },
      ['status.ready: Invalid value: 2: cannot set more ready pods than active'],
    ],
    [
      'that it goes on after its end',
      complete,
      { startTime: at },
      [
        'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
        'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter',
        'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
      ],
    ],
    [
      'another beginning',
      { startTime: at },
      { startTime: '2026-01-02T00:00:00Z' },
      ['status.startTime: Required value: startTime cannot be removed for unsuspended job'],
    ],
    [
      'indexes that it has not',
      {},
      { completedIndexes: '0' },
      [
        'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      ],
    ],
    [
      'indexes that both failed and succeeded',
      {},
      { completedIndexes: '0-2', failedIndexes: '2,3' },
      ['status.failedIndexes: Invalid value: "2,3": failedIndexes and completedIndexes overlap at index: 2'],
      indexed({ backoffLimitPerIndex: 1 }),
    ],
  ])('may not tell of %s', (_name, before, after, expected, spec = {}) => {
    expect(told(before, after, spec)).toEqual(expected);
  });

  it('may begin anew with a Job that is resumed', () => {
    const suspended = { startTime: at, conditions: condition('Suspended') };
    const resumed = condition('Suspended').map((one) => ({ ...one, status: 'False' }));
    expect(told(suspended, { startTime: '2026-01-02T00:00:00Z', conditions: resumed })).toEqual([]);
  });
});

describe('indexes', () => {
  it.each([
    ['', 0, ''],
    ['1,3-5,7', 5, '1,3-5,7'],
    ['0,1,2', 3, '0-2'],
    ['0,1', 2, '0,1'],
    ['0-20', 10, '0-9'],
    ['x,2', 1, '2'],
  ])('%j are %i', (text, count, written) => {
    const indexes = parseIndexes(text, 10);
    expect(countIndexes(indexes)).toBe(count);
    expect(formatIndexes(indexes)).toBe(written);
  });

  it('are united, looked up, and filled', () => {
    const indexes = unite(parseIndexes('1,5-7', 10), parseIndexes('2-4', 10));
    expect(formatIndexes(indexes)).toBe('1-7');
    expect([0, 1, 7, 8].map((index) => hasIndex(indexes, index))).toEqual([false, true, true, false]);
    expect(firstFree(indexes, 2, 10)).toEqual([0, 8]);
    expect(firstFree(indexes, 9, 10)).toEqual([0, 8, 9]);
  });

  it.each([
    [
      '0-1-2',
      `the fragment "0-1-2" violates the requirement that an index interval can have at most two parts separated by '-'`,
    ],
    ['a', 'cannot convert string to integer for index: "a"'],
    ['10', 'too large index: "10"'],
    ['3-1', 'non-increasing order, previous: 3, current: 1'],
    ['3,2', 'non-increasing order, previous: 3, current: 2'],
  ])('%s are refused', (text, expected) => {
    expect(checkIndexes(text, 10)).toBe(expected);
  });
});

describe('the table of Jobs', () => {
  const cells = (spec: object, status: JobStatus) =>
    jobs.table.cells({ ...made(spec), status } as Job, Date.parse('2026-01-01T00:01:30Z')).slice(1, 4);

  it.each<[object, JobStatus, unknown[]]>([
    [{}, {}, ['Running', '0/1', '']],
    [{}, { startTime: at, active: 1 }, ['Running', '0/1', '90s']],
    [{}, { ...complete, completionTime: '2026-01-01T00:00:07Z' }, ['Complete', '1/1', '7s']],
    [{ parallelism: 3 }, { succeeded: 2 }, ['Running', '2/1 of 3', '']],
    [{ parallelism: 1 }, {}, ['Running', '0/1', '']],
    [{}, { conditions: condition('Suspended') }, ['Suspended', '0/1', '']],
    [{}, { conditions: condition('FailureTarget', 'Failed') }, ['Failed', '0/1', '']],
  ])('%j %j', (spec, status, expected) => {
    expect(cells(spec, status)).toEqual(expected);
  });
});
