import { describe, expect, it } from 'vitest';

import { goValue } from '../../daemon/kinds/common/go-values.ts';

const NO_TIME = 'time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)';

/** As `fmt.Sprintf("%#v")` of Go 1.23 prints them. */
describe('values as Go writes them', () => {
  it.each([
    ['[]string', ['a', 'b"'], '[]string{"a", "b\\""}'],
    ['[]string', null, '[]string(nil)'],
    ['[]string', [], '[]string{}'],
    ['[]core.IPFamily', ['IPv4'], '[]core.IPFamily{"IPv4"}'],
    ['map[string]string', { b: '1', a: '' }, 'map[string]string{"a":"", "b":"1"}'],
    ['map[string]string', undefined, 'map[string]string(nil)'],
    ['intstr.IntOrString', '0%', 'intstr.IntOrString{Type:1, IntVal:0, StrVal:"0%"}'],
    ['intstr.IntOrString', 3, 'intstr.IntOrString{Type:0, IntVal:3, StrVal:""}'],
    [
      'v1.OwnerReference',
      { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u', controller: false },
      'v1.OwnerReference{APIVersion:"v1", Kind:"Pod", Name:"p", UID:"u", Controller:(*bool)(0xc000000000), BlockOwnerDeletion:(*bool)(nil)}',
    ],
    ['core.PodIP', { ip: '10.0.0.1' }, 'core.PodIP{IP:"10.0.0.1"}'],
    [
      '[]core.NodeSelectorTerm',
      [{ matchFields: [{ key: 'k', operator: 'In', values: ['v'] }] }],
      '[]core.NodeSelectorTerm{core.NodeSelectorTerm{MatchExpressions:[]core.NodeSelectorRequirement(nil), ' +
        'MatchFields:[]core.NodeSelectorRequirement{core.NodeSelectorRequirement{Key:"k", Operator:"In", Values:[]string{"v"}}}}}',
    ],
    [
      'resource.Quantity',
      '1500m',
      'resource.Quantity{i:resource.int64Amount{value:1500, scale:-3}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"1500m", Format:"DecimalSI"}',
    ],
    [
      'resource.Quantity',
      '1.5Gi',
      'resource.Quantity{i:resource.int64Amount{value:0, scale:0}, d:resource.infDecAmount{Dec:(*inf.Dec)(0xc000000000)}, s:"", Format:"BinarySI"}',
    ],
    ['v1.Time', undefined, NO_TIME],
    ['v1.Time', '2024-02-03T04:05:06Z', 'time.Date(2024, time.February, 3, 4, 5, 6, 0, time.Local)'],
  ])('%s %j', (type, value, expected) => {
    expect(goValue(type, value).text).toBe(expected);
  });

  it('writes the whole metadata', () => {
    expect(goValue('v1.ObjectMeta', { name: 'x', uid: 'u' }).text).toBe(
      'v1.ObjectMeta{Name:"x", GenerateName:"", Namespace:"", SelfLink:"", UID:"u", ResourceVersion:"", Generation:0, ' +
        `CreationTimestamp:${NO_TIME}, DeletionTimestamp:<nil>, DeletionGracePeriodSeconds:(*int64)(nil), ` +
        'Labels:map[string]string(nil), Annotations:map[string]string(nil), OwnerReferences:[]v1.OwnerReference(nil), ' +
        'Finalizers:[]string(nil), ManagedFields:[]v1.ManagedFieldsEntry(nil)}',
    );
  });
});
