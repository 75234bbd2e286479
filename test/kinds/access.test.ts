import { describe, expect, it } from 'vitest';
import { create, kindOf, update } from './support/admit.ts';
import { texts } from './support/expect.ts';

const RBAC = 'rbac.authorization.k8s.io';
const rbac = (name: string) => kindOf(RBAC, 'v1', name);
const review = (name: string) => kindOf('authorization.k8s.io', 'v1', name);
const metadata = { name: 'a' };

describe('roles', () => {
  it.each<[string, object, string[]]>([
    ['Role', { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }, []],
    [
      'Role',
      { rules: [{}] },
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
      ],
    ],
    [
      'Role',
      { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
      ['rules[0].nonResourceURLs: Invalid value: []string{"/x"}: namespaced rules cannot apply to non-resource URLs'],
    ],
    [
      'ClusterRole',
      { rules: [{ verbs: ['get'], nonResourceURLs: ['/x'], resources: ['pods'] }] },
      [
        'rules[0].nonResourceURLs: Invalid value: []string{"/x"}: rules cannot apply to both regular resources and non-resource URLs',
      ],
    ],
    [
      'ClusterRole',
      { aggregationRule: {} },
      [
        'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
      ],
    ],
  ])('a %s of %j', (name, body, expected) => {
    expect(texts(create(rbac(name), { metadata, ...body }).errors)).toEqual(expected);
  });

  it.each(['Role', 'ClusterRole'])('what is wrong with a changed %s is told twice', (name) => {
    const rule = { apiGroups: [''], resources: ['pods'] };
    const live = create(rbac(name), { metadata, rules: [{ ...rule, verbs: ['get'] }] }).object;
    const { errors } = update(rbac(name), { metadata, rules: [rule] }, live);
    const told = 'rules[0].verbs: Required value: verbs must contain at least one value';
    expect(texts(errors)).toEqual([told, told]);
  });

  it('may have names that are no subdomains', () => {
    expect(create(rbac('ClusterRole'), { metadata: { name: 'system:a:B' } }).errors).toEqual([]);
    expect(texts(create(rbac('ClusterRole'), { metadata: { name: 'a/b%' } }).errors)).toEqual([
      `metadata.name: Invalid value: "a/b%": may not contain '/'`,
      `metadata.name: Invalid value: "a/b%": may not contain '%'`,
    ]);
  });
});

describe('bindings of roles', () => {
  const roleRef = { kind: 'ClusterRole', name: 'r' };

  it('name the group of what they bind', () => {
    const subjects = [
      { kind: 'User', name: 'u' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ];
    expect(create(rbac('RoleBinding'), { metadata, roleRef, subjects }).object).toMatchObject({
      roleRef: { apiGroup: RBAC },
      subjects: [{ apiGroup: RBAC }, { kind: 'ServiceAccount', name: 's', namespace: 'n' }],
    });
  });

  it.each<[string, object, string[]]>([
    [
      'ClusterRoleBinding',
      {
        roleRef: { kind: 'Role', name: '' },
        subjects: [
          { kind: 'ServiceAccount', name: 's' },
          { kind: 'Cat', name: '' },
        ],
      },
      [
        'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
        'roleRef.name: Required value',
        'subjects[0].namespace: Required value',
        'subjects[1].name: Required value',
        'subjects[1].kind: Unsupported value: "Cat": supported values: "ServiceAccount", "User", "Group"',
      ],
    ],
    [
      'RoleBinding',
      { roleRef: { apiGroup: 'x', kind: 'Role', name: 'r' }, subjects: [{ kind: 'User', apiGroup: 'x', name: 'u' }] },
      [
        `roleRef.apiGroup: Unsupported value: "x": supported values: "${RBAC}"`,
        `subjects[0].apiGroup: Unsupported value: "x": supported values: "${RBAC}"`,
      ],
    ],
  ])('a %s of %j', (name, body, expected) => {
    expect(texts(create(rbac(name), { metadata, ...body }).errors)).toEqual(expected);
  });

  it.each(['RoleBinding', 'ClusterRoleBinding'])('a %s binds one role for life', (name) => {
    const live = create(rbac(name), { metadata, roleRef }).object;
    const { errors } = update(rbac(name), { metadata, roleRef: { ...roleRef, name: 'other' } }, live);
    expect(texts(errors)).toEqual([
      `roleRef: Invalid value: rbac.RoleRef{APIGroup:"${RBAC}", Kind:"ClusterRole", Name:"other"}: cannot change roleRef`,
    ]);
  });

  it.each(['RoleBinding', 'ClusterRoleBinding'])('what is wrong with a changed %s is told twice', (name) => {
    const live = create(rbac(name), { metadata, roleRef }).object;
    const { errors } = update(rbac(name), { metadata, roleRef, subjects: [{ kind: 'User', name: '' }] }, live);
    expect(texts(errors)).toEqual(Array(2).fill('subjects[0].name: Required value'));
  });

  it('shows who is bound to what', () => {
    const subjects = [
      { kind: 'User', name: 'u' },
      { kind: 'User', name: 'v' },
      { kind: 'Group', name: 'g' },
      { kind: 'ServiceAccount', name: 's', namespace: 'n' },
    ];
    const { object } = create(rbac('RoleBinding'), { metadata, roleRef, subjects });
    expect(rbac('RoleBinding').table.cells(object, 0)).toEqual(['a', 'ClusterRole/r', '<unknown>', 'u, v', 'g', 'n/s']);
  });
});

describe('reviews', () => {
  const resourceAttributes = { verb: 'get', namespace: 'n' };
  it.each<[string, object, string[]]>([
    ['SelfSubjectAccessReview', { spec: { resourceAttributes } }, []],
    [
      'SelfSubjectAccessReview',
      { spec: {} },
      [
        'spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ],
    ],
    [
      'SubjectAccessReview',
      { metadata: { name: 'x' }, spec: { resourceAttributes, nonResourceAttributes: { path: '/' } } },
      [
        'spec.nonResourceAttributes: Invalid value: authorization.NonResourceAttributes{Path:"/", Verb:""}: cannot be specified in combination with resourceAttributes',
        'spec.user: Invalid value: "": at least one of user or group must be specified',
        expect.stringMatching(/^metadata: Invalid value: v1\.ObjectMeta\{Name:"x", .*\}: must be empty$/),
      ],
    ],
    [
      'SubjectAccessReview',
      {
        spec: {
          user: 'u',
          resourceAttributes: {
            fieldSelector: {
              requirements: [
                { key: '', operator: 'In' },
                { key: 'a', operator: 'Exists', values: ['b'] },
                { key: 'a', operator: 'Newer', values: ['b'] },
              ],
            },
            labelSelector: { requirements: [{ key: 'a b', operator: 'NotIn', values: ['-'] }] },
          },
        },
      },
      [
        'spec.resourceAttributes.fieldSelector.requirements[0].key: Required value: must be specified',
        "spec.resourceAttributes.fieldSelector.requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.resourceAttributes.fieldSelector.requirements[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        expect.stringMatching(
          /^spec\.resourceAttributes\.labelSelector\.requirements\[0\]\.key: Invalid value: "a b": name part must consist/,
        ),
        expect.stringMatching(
          /^spec\.resourceAttributes\.labelSelector\.requirements\[0\]\.values\[0\]: Invalid value: "-": a valid label/,
        ),
      ],
    ],
    [
      'LocalSubjectAccessReview',
      { metadata: { namespace: 'm' }, spec: { user: 'u', resourceAttributes } },
      ['spec.resourceAttributes.namespace: Invalid value: "n": must match metadata.namespace'],
    ],
  ])('a %s of %j', (name, body, expected) => {
    const kind = review(name);
    const object = { ...body };
    expect(texts(kind.validate(object as never))).toEqual(expected);
  });

  it('only know create, and are not kept', () => {
    for (const name of ['SelfSubjectAccessReview', 'SubjectAccessReview', 'SelfSubjectRulesReview']) {
      expect(review(name)).toMatchObject({ stored: false, verbs: ['create'] });
    }
  });

  it('and a binding names its node', () => {
    const kind = kindOf('', 'v1', 'Binding');
    expect(texts(kind.validate({ target: { kind: 'Pod' } } as never))).toEqual([
      'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
      'target.name: Required value',
    ]);
  });
});
