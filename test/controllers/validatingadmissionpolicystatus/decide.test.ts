import { describe, expect, it } from 'vitest';
import { decide } from '../../../daemon/controllers/validatingadmissionpolicystatus/decide.ts';
import { checkTypes } from '../../../daemon/kinds/common/admission/check-types.ts';
import { createKindRegistry } from '../../../daemon/kinds/registry.ts';
import type { ValidatingAdmissionPolicy } from '../../../daemon/kinds/types.generated.ts';
import { loadSchemas } from '../../../daemon/schema/load.ts';

const sources = { registry: createKindRegistry(), schemas: loadSchemas() };

const policy = (spec: ValidatingAdmissionPolicy['spec'], apiVersions = ['v1']): ValidatingAdmissionPolicy => ({
  metadata: { name: 'p', generation: 2 },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: ['apps'], apiVersions, operations: ['*'], resources: ['deployments', 'replicasets'] },
      ],
    },
    ...spec,
  },
});

describe('checking types', () => {
  it('warns of fields that are not there, once for each type', () => {
    const warnings = checkTypes(
      policy({
        variables: [{ name: 'wanted', expression: 'object.spec.replicas' }],
        validations: [
          { expression: 'object.replicas > 1' },
          { expression: 'variables.wanted > 1', messageExpression: "'too ' + variables.wanted" },
          {
            expression:
              'object.metadata.labels["a"] == "b" && object.spec.template.spec.containers.all(c, c.image != "")',
          },
        ],
      }),
      sources,
    );
    const undefinedField = "ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^";
    const overload =
      "ERROR: <input>:1:8: found no matching overload for '_+_' applied to '(string, int)'\n | 'too ' + variables.wanted\n | .......^";
    expect(warnings).toEqual([
      {
        fieldRef: 'spec.validations[0].expression',
        warning: `apps/v1, Kind=Deployment: ${undefinedField}\n\napps/v1, Kind=ReplicaSet: ${undefinedField}\n`,
      },
      {
        fieldRef: 'spec.validations[1].messageExpression',
        warning: `apps/v1, Kind=Deployment: ${overload}\n\napps/v1, Kind=ReplicaSet: ${overload}\n`,
      },
    ]);
  });

  it('knows who asks, but not what they ask for, as upstream', () => {
    const validations = [
      { expression: 'authorizer.path("/x").check("get").allowed()' },
      { expression: 'authorizer.requestResource.check("get").allowed()' },
    ];
    const warning =
      "ERROR: <input>:1:11: type 'kubernetes.authorization.Authorizer' does not support field selection\n" +
      ' | authorizer.requestResource.check("get").allowed()\n | ..........^';
    expect(checkTypes(policy({ validations }), sources)).toEqual([
      {
        fieldRef: 'spec.validations[1].expression',
        warning: `apps/v1, Kind=Deployment: ${warning}\n\napps/v1, Kind=ReplicaSet: ${warning}\n`,
      },
    ]);
  });

  it('says nothing where a rule names no types', () => {
    expect(checkTypes(policy({ validations: [{ expression: 'object.replicas > 1' }] }, ['*']), sources)).toEqual([]);
  });

  it('does without the parameters of a kind that nobody knows', () => {
    const spec = {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['pods', 'pods/status'] },
        ],
      },
      paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' },
      validations: [{ expression: 'true', messageExpression: 'string(params.max)' }],
    };
    expect(checkTypes(policy(spec), sources)).toEqual([
      {
        fieldRef: 'spec.validations[0].messageExpression',
        warning:
          "/v1, Kind=Pod: ERROR: <input>:1:8: undeclared reference to 'params' (in container '')\n | string(params.max)\n | .......^\n",
      },
    ]);
  });

  it('knows the types of parameters', () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      validations: [{ expression: 'params.data.max != "" && params.nothing == 1' }],
    };
    expect(checkTypes(policy(spec), sources)[0]?.warning).toContain("undefined field 'nothing'");
  });
});

describe('a policy', () => {
  it('says what was found, once for each generation', () => {
    const warnings = [{ fieldRef: 'spec.validations[0].expression', warning: 'w' }];
    const [action] = decide({ key: 'p', policy: policy({}), warnings }).actions;
    expect(action?.policy.status).toEqual({ observedGeneration: 2, typeChecking: { expressionWarnings: warnings } });
    expect(decide({ key: 'p', policy: policy({}), warnings: [] }).actions[0]?.policy.status?.typeChecking).toEqual({});
    expect(decide({ key: 'p', policy: action!.policy, warnings: undefined }).actions).toEqual([]);
  });
});
