/**
 * ValidatingAdmissionPolicies through the REST verbs: what is refused, warned of and noted, in upstream's words; rules of the kinds themselves.
 */

import { beforeEach, describe, expect, it } from 'vitest';
import { createObject } from '../../daemon/api/rest/create.ts';
import { deleteObject } from '../../daemon/api/rest/delete.ts';
import { updateObject } from '../../daemon/api/rest/update.ts';
import type { Authorizer, ResourceAttributes } from '../../daemon/auth/user.ts';
import type { KubeObject } from '../../daemon/base/object.ts';
import {
  CONFIG_MAPS,
  NAMESPACES,
  VALIDATING_ADMISSION_POLICIES,
  VALIDATING_ADMISSION_POLICY_BINDINGS,
} from '../../daemon/kinds/resources.ts';
import type {
  ConfigMap,
  ValidatingAdmissionPolicyBindingSpec,
  ValidatingAdmissionPolicySpec,
} from '../../daemon/kinds/types.generated.ts';
import { createRest, type Rest, refusalOf } from '../api/rest/support.ts';

let rest: Rest;
beforeEach(async () => {
  rest = await createRest();
});

const CONFIG_MAP_RULES = {
  resourceRules: [
    { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE', 'DELETE'], resources: ['configmaps'] },
  ],
};

async function addPolicy(
  spec: Partial<ValidatingAdmissionPolicySpec>,
  binding: Partial<ValidatingAdmissionPolicyBindingSpec> = {},
  name = 'demo',
): Promise<void> {
  await rest.create(VALIDATING_ADMISSION_POLICIES, {
    metadata: { name },
    spec: { matchConstraints: CONFIG_MAP_RULES, validations: [{ expression: 'true' }], ...spec },
  });
  await rest.create(VALIDATING_ADMISSION_POLICY_BINDINGS, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, validationActions: ['Deny'], ...binding },
  });
}

const createConfigMap = (data: Record<string, string> = {}, metadata: KubeObject['metadata'] = { name: 'c' }) =>
  createObject(rest.context, rest.scope(CONFIG_MAPS, metadata?.namespace), { metadata, data } as KubeObject);

const says = (message: string) =>
  `configmaps "c" is forbidden: ValidatingAdmissionPolicy 'demo' with binding 'demo-binding' denied request: ${message}`;

describe('a policy', () => {
  it('refuses what does not satisfy it', async () => {
    await addPolicy({ validations: [{ expression: 'object.data.size() <= 1' }] });
    await createConfigMap({ a: '1' }, { name: 'fine' });
    const message = says('failed expression: object.data.size() <= 1');
    expect(await refusalOf(createConfigMap({ a: '1', b: '2' }))).toMatchObject({
      code: 422,
      reason: 'Invalid',
      message,
      details: { name: 'c', kind: 'configmaps', causes: [{ message: message.slice(message.indexOf('Validating')) }] },
    });
  });

  it.each([
    [{ message: 'too much' }, 'too much'],
    [{ message: 'too much', messageExpression: '"has " + string(object.data.size())' }, 'has 2'],
    [{ message: 'too much', messageExpression: 'object.nothing' }, undefined],
    [{ message: 'too much', messageExpression: 'string(object.nothing)' }, 'too much'],
  ])('has a message: %j', async (extra, message) => {
    const added = addPolicy({ validations: [{ expression: 'object.data.size() <= 1', ...extra }] });
    if (message === undefined) {
      expect((await refusalOf(added)).message).toContain('must evaluate to string but got dyn');
      return;
    }
    await added;
    expect((await refusalOf(createConfigMap({ a: '1', b: '2' }))).message).toBe(says(message));
  });

  it.each([
    ['Forbidden', 403],
    ['RequestEntityTooLarge', 413],
  ])('has a reason: %s', async (reason, code) => {
    await addPolicy({ validations: [{ expression: 'false', reason }] });
    expect(await refusalOf(createConfigMap())).toMatchObject({ code, reason });
  });

  it('sees the request, both objects, its namespace and its own variables', async () => {
    await addPolicy({
      variables: [
        { name: 'grown', expression: 'object.data.size() - (oldObject == null ? 0 : oldObject.data.size())' },
        { name: 'twice', expression: 'variables.grown * 2' },
      ],
      validations: [
        {
          expression: 'variables.twice <= 2 && request.operation in ["CREATE", "UPDATE"]',
          messageExpression:
            'request.operation + " " + request.userInfo.username + " " + namespaceObject.metadata.name + " " + string(variables.twice)',
        },
      ],
    });
    await createConfigMap({ a: '1' });
    const grown = { metadata: { name: 'c' }, data: { a: '1', b: '2', c: '3' } };
    const message = says('UPDATE admin default 4');
    expect(
      (await refusalOf(updateObject(rest.context, rest.target(CONFIG_MAPS, 'c'), grown as KubeObject))).message,
    ).toBe(message);
  });

  it('judges deletions', async () => {
    await addPolicy({ validations: [{ expression: 'request.operation != "DELETE" || !("keep" in oldObject.data)' }] });
    await createConfigMap({ keep: '' });
    const refused = await refusalOf(deleteObject(rest.context, rest.target(CONFIG_MAPS, 'c')));
    expect(refused.message).toContain("ValidatingAdmissionPolicy 'demo' with binding 'demo-binding' denied request");
  });

  it('fails as its failurePolicy says', async () => {
    await addPolicy({ validations: [{ expression: 'object.spec.replicas > 1' }] });
    expect((await refusalOf(createConfigMap())).message).toBe(
      says("expression 'object.spec.replicas > 1' resulted in error: no such key: spec"),
    );
    await addPolicy(
      { failurePolicy: 'Ignore', validations: [{ expression: 'object.spec.replicas > 1' }] },
      {},
      'other',
    );
    await deleteObject(rest.context, rest.target(VALIDATING_ADMISSION_POLICIES, 'demo'));
    await createConfigMap();
  });

  it('holds only where its match conditions are true', async () => {
    await addPolicy({
      matchConditions: [{ name: 'labelled', expression: '"judged" in object.metadata.labels' }],
      validations: [{ expression: 'false' }],
    });
    await createConfigMap({}, { name: 'free', labels: { a: 'b' } });
    expect((await refusalOf(createConfigMap({}, { name: 'c', labels: { judged: '' } }))).reason).toBe('Invalid');
    expect((await refusalOf(createConfigMap())).message).toBe(
      says(`expression '"judged" in object.metadata.labels' resulted in error: no such key: labels`),
    );
  });

  it('asks who may do what', async () => {
    await addPolicy({
      validations: [{ expression: 'authorizer.group("").resource("configmaps").check("approve").allowed()' }],
    });
    expect((await refusalOf(createConfigMap())).message).toContain('denied request');
    const authorizer = { authorize: () => ({ allowed: true, reason: '' }) };
    const admission = { ...rest.context.admission, authorizer };
    const context = { ...rest.context, admission };
    await createObject(context, rest.scope(CONFIG_MAPS), { metadata: { name: 'c' } });
  });

  it.each([
    ['fieldSelector("spec.nodeName=n1").labelSelector("app in (a, b)")', { fields: 1, labels: 1 }],
    ['fieldSelector("spec.nodeName")', { fields: 0, labels: 0 }],
  ])('asks about selected objects: %s', async (selected, expected) => {
    const validations = [{ expression: `authorizer.group("").resource("pods").${selected}.check("list").allowed()` }];
    await addPolicy({ validations });
    const asked: ResourceAttributes[] = [];
    const authorizer: Authorizer = {
      authorize(_user, attributes) {
        if ('resource' in attributes) asked.push(attributes);
        return { allowed: true, reason: '' };
      },
    };
    const context = { ...rest.context, admission: { ...rest.context.admission, authorizer } };
    await createObject(context, rest.scope(CONFIG_MAPS), { metadata: { name: 'c' } });
    const [{ fieldSelector, labelSelector } = {}] = asked as Partial<ResourceAttributes>[];
    expect({ fields: fieldSelector?.length ?? 0, labels: labelSelector ? 1 : 0 }).toEqual(expected);
  });

  it('costs at most so much, and the API goes on', async () => {
    const everything = 'object.data.all(a, object.data.all(b, object.data.all(c, a + b != c)))';
    await addPolicy({ validations: [{ expression: everything }] });
    const data = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key-${index}`, '']));
    expect((await refusalOf(createConfigMap(data))).message).toMatch(
      /operation cancelled: actual cost limit exceeded$/,
    );
  });
});

describe('a policy whose budget runs out', () => {
  const OUT = 'validation failed due to running out of cost budget, no further validation rules will be run';
  /** Some 400,000 of the 10,000,000 that there are, with the data below; true. */
  const COSTLY = 'object.data.all(a, object.data.all(b, a != b || true))';
  const MANY = Array.from({ length: 40 });
  const data = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key-${index}`, '']));
  const messages: ValidatingAdmissionPolicySpec['validations'] = [
    { expression: 'false', message: 'never' },
    ...MANY.map(() => ({ expression: 'true', messageExpression: `string(${COSTLY})` })),
  ];

  it('in its messages refuses even what is valid, and why', async () => {
    await addPolicy({ validations: messages!.slice(1) });
    expect((await refusalOf(createConfigMap(data))).message).toBe(says(`failed messageExpression: ${OUT}`));
    await createConfigMap({ a: '1' });
  });

  it('in its messages admits even what is not, where failures are ignored', async () => {
    await addPolicy({ validations: messages!, failurePolicy: 'Ignore' });
    expect((await refusalOf(createConfigMap({ a: '1' }))).message).toBe(says('never'));
    await createConfigMap(data);
  });

  it('in what it notes for the audit counts as failed, whatever is valid', async () => {
    const auditAnnotations = MANY.slice(0, 20).map((_, index) => ({
      key: `k${index}`,
      valueExpression: `[1, 2].all(x, ${COSTLY} && x > 0) ? "a" : "b"`,
    }));
    await addPolicy({ auditAnnotations });
    expect((await refusalOf(createConfigMap(data))).message).toBe(says(OUT));
  });

  it('in its conditions fails, although one of them is false', async () => {
    const costly = MANY.slice(0, 10).map((_, index) => ({ name: `c${index}`, expression: COSTLY }));
    await addPolicy({ matchConditions: [{ name: 'never', expression: 'false' }, ...costly] });
    expect((await refusalOf(createConfigMap(data))).message).toBe(says(OUT));
    await createConfigMap({ a: '1' });
  });
});

it('only validations and conditions may ask who may do what', async () => {
  const valueExpression = 'authorizer.path("/x").check("get").allowed() ? "yes" : "no"';
  await addPolicy({ auditAnnotations: [{ key: 'may', valueExpression }] });
  expect((await refusalOf(createConfigMap())).message).toBe(
    says(`expression '${valueExpression}' resulted in error: no such attribute(s): authorizer`),
  );
});

describe('a binding', () => {
  it('warns, and notes for the audit', async () => {
    await addPolicy(
      { validations: [{ expression: 'false', message: 'no' }] },
      { validationActions: ['Warn', 'Audit'] },
    );
    const { warnings } = await createConfigMap();
    expect(warnings).toEqual([
      "Validation failed for ValidatingAdmissionPolicy 'demo' with binding 'demo-binding': no",
    ]);
  });

  it('selects namespaces and objects', async () => {
    await rest.create(NAMESPACES, { metadata: { name: 'prod', labels: { stage: 'prod' } } });
    const matchResources = { namespaceSelector: { matchLabels: { stage: 'prod' } } };
    await addPolicy({ validations: [{ expression: 'false' }] }, { matchResources });
    await createConfigMap();
    expect((await refusalOf(createConfigMap({}, { name: 'c', namespace: 'prod' }))).code).toBe(422);
  });

  it('leaves out what is excluded, and what has another name', async () => {
    const [rule] = CONFIG_MAP_RULES.resourceRules;
    await addPolicy({
      matchConstraints: { ...CONFIG_MAP_RULES, excludeResourceRules: [{ ...rule!, resourceNames: ['free'] }] },
      validations: [{ expression: 'false' }],
    });
    await createConfigMap({}, { name: 'free' });
    expect((await refusalOf(createConfigMap())).code).toBe(422);
  });

  const withParams: Partial<ValidatingAdmissionPolicySpec> = {
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    matchConditions: [{ name: 'not-the-parameter', expression: '!object.metadata.name.startsWith("limit")' }],
    validations: [
      { expression: 'object.data.size() <= int(params.data.max)', messageExpression: '"at most " + params.data.max' },
    ],
  };

  it('brings parameters by name', async () => {
    await rest.create(CONFIG_MAPS, {
      metadata: { name: 'limits', namespace: 'default' },
      data: { max: '1' },
    } as ConfigMap);
    await addPolicy(withParams, {
      paramRef: { name: 'limits', namespace: 'default', parameterNotFoundAction: 'Deny' },
    });
    await createConfigMap({ a: '' }, { name: 'fine' });
    expect((await refusalOf(createConfigMap({ a: '', b: '' }))).message).toBe(says('at most 1'));
  });

  it('brings parameters by labels, of the request’s namespace; each must be satisfied', async () => {
    for (const max of ['1', '2']) {
      const metadata = { name: `limit-${max}`, namespace: 'default', labels: { limit: '' } };
      await rest.create(CONFIG_MAPS, { metadata, data: { max } } as ConfigMap);
    }
    const paramRef = { selector: { matchLabels: { limit: '' } }, parameterNotFoundAction: 'Allow' };
    await addPolicy(withParams, { paramRef });
    expect((await refusalOf(createConfigMap({ a: '', b: '' }))).message).toBe(says('at most 1'));
  });

  it.each([
    ['Deny', 'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'],
    ['Allow', undefined],
  ])('without parameters: %s', async (parameterNotFoundAction, message) => {
    await addPolicy(withParams, { paramRef: { name: 'absent', parameterNotFoundAction } });
    if (message === undefined) await createConfigMap();
    else expect((await refusalOf(createConfigMap())).message).toBe(says(message));
  });

  it('with parameters of an unknown kind refuses, whatever its bindings say', async () => {
    await addPolicy({ ...withParams, paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' } });
    expect((await refusalOf(createConfigMap())).message).toMatch(
      /ValidatingAdmissionPolicy '[^']+' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example\.com\/v1, Kind=Limit'$/,
    );
  });

  it('judges no policies', async () => {
    const everything = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }];
    await addPolicy({ matchConstraints: { resourceRules: everything }, validations: [{ expression: 'false' }] });
    expect((await refusalOf(createConfigMap())).code).toBe(422);
    await deleteObject(rest.context, rest.target(VALIDATING_ADMISSION_POLICY_BINDINGS, 'demo-binding'));
    await createConfigMap();
  });
});

describe('rules', () => {
  const causesOf = async (call: Promise<unknown>) =>
    (await refusalOf(call)).details?.causes?.map(({ field, message }) => `${field}: ${message}`);

  it('of a policy', async () => {
    const spec = {
      failurePolicy: 'Never',
      paramKind: { apiVersion: 'a/b/c', kind: 'A_B' },
      matchConstraints: {
        resourceRules: [{ apiGroups: ['*', 'apps'], apiVersions: [], operations: ['READ'], resources: [''] }],
      },
      variables: [{ name: 'in', expression: '' }],
      validations: [
        { expression: 'object.', message: 'a\nb', reason: 'Teapot' },
        { expression: '1', messageExpression: 'authorizer.path("/")' },
        { expression: 'request.nothing' },
      ],
      auditAnnotations: [{ key: 'a b', valueExpression: '1' }],
    };
    expect(
      await causesOf(rest.create(VALIDATING_ADMISSION_POLICIES, { metadata: { name: 'bad' }, spec } as never)),
    ).toMatchSnapshot();
  });

  it('of a binding', async () => {
    const spec = {
      policyName: 'No Name',
      paramRef: { name: 'a/b', selector: {} },
      validationActions: ['Deny', 'Warn', 'Warn', 'Log'],
    };
    expect(
      await causesOf(rest.create(VALIDATING_ADMISSION_POLICY_BINDINGS, { metadata: { name: 'bad' }, spec } as never)),
    ).toMatchSnapshot();
  });
});
