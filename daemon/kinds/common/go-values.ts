/**
 * Values inside error messages, written as Go's `%#v` writes the API server's own types: until 1.33 the API server
 * prints everything but texts, numbers and booleans that way.
 */

import { GoText } from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { parseQuantity } from '../../base/quantity.ts';

/** The fields of the types that appear in messages, in Go's order. */
const STRUCTS: Readonly<Record<string, string>> = {
  'v1.LabelSelector': 'MatchLabels map[string]string, MatchExpressions []v1.LabelSelectorRequirement',
  'v1.LabelSelectorRequirement': 'Key string, Operator string, Values []string',
  'v1.OwnerReference':
    'APIVersion string, Kind string, Name string, UID string, Controller *bool, BlockOwnerDeletion *bool',
  'v1.ObjectMeta':
    'Name string, GenerateName string, Namespace string, SelfLink string, UID string, ResourceVersion string, ' +
    'Generation int, CreationTimestamp v1.Time, DeletionTimestamp *v1.Time, DeletionGracePeriodSeconds *int64, ' +
    'Labels map[string]string, Annotations map[string]string, OwnerReferences []v1.OwnerReference, ' +
    'Finalizers []string, ManagedFields []v1.ManagedFieldsEntry',
  'apps.DeploymentStrategy': 'Type string, RollingUpdate *apps.RollingUpdateDeployment',
  'authorization.NonResourceAttributes': 'Path string, Verb string',
  'core.HostIP': 'IP string',
  'core.NodeAddress': 'Type string, Address string',
  'core.NodeSelectorRequirement': 'Key string, Operator string, Values []string',
  'core.NodeSelectorTerm':
    'MatchExpressions []core.NodeSelectorRequirement, MatchFields []core.NodeSelectorRequirement',
  'core.PodIP': 'IP string',
  'core.SeccompProfile': 'Type string, LocalhostProfile *string',
  'core.SecurityContext':
    'Capabilities *core.Capabilities, Privileged *bool, SELinuxOptions *core.SELinuxOptions, ' +
    'WindowsOptions *core.WindowsSecurityContextOptions, RunAsUser *int64, RunAsGroup *int64, RunAsNonRoot *bool, ' +
    'ReadOnlyRootFilesystem *bool, AllowPrivilegeEscalation *bool, ProcMount *core.ProcMountType, ' +
    'SeccompProfile *core.SeccompProfile, AppArmorProfile *core.AppArmorProfile',
  'core.ServicePort':
    'Name string, Protocol string, AppProtocol *string, Port int, TargetPort intstr.IntOrString, NodePort int',
  'core.Taint': 'Key string, Value string, Effect string, TimeAdded *v1.Time',
  'rbac.RoleRef': 'APIGroup string, Kind string, Name string',
};

const FIELDS = new Map(
  Object.entries(STRUCTS).map(([type, text]) => [
    type,
    text.split(', ').map((field) => {
      const [name = '', of = ''] = field.split(' ');
      return { name, of, json: jsonName(name) };
    }),
  ]),
);

/** `value` as Go prints it when it is a `type`: `[]string`, `v1.LabelSelector`, `intstr.IntOrString`. */
export function goValue(type: string, value: unknown): GoText {
  return new GoText(() => write(type, value ?? undefined));
}

/** `APIVersion` → `apiVersion`, `UID` → `uid` */
function jsonName(name: string): string {
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])/, (start) => start.toLowerCase());
}

function write(type: string, value: unknown): string {
  if (type.startsWith('[]')) return writeList(type, value as readonly unknown[] | undefined);
  if (type.startsWith('*')) return writePointer(type, value);
  const fields = FIELDS.get(type);
  if (fields) {
    const given = (value ?? {}) as Readonly<Record<string, unknown>>;
    return `${type}{${fields.map(({ name, of, json }) => `${name}:${write(of, given[json] ?? undefined)}`).join(', ')}}`;
  }
  switch (type) {
    case 'map[string]string':
      return writeMap(value as Readonly<Record<string, string>> | undefined);
    case 'int':
      return String(value ?? 0);
    case 'intstr.IntOrString':
      return typeof value === 'string'
        ? `intstr.IntOrString{Type:1, IntVal:0, StrVal:${goQuote(value)}}`
        : `intstr.IntOrString{Type:0, IntVal:${String(value ?? 0)}, StrVal:""}`;
    case 'v1.Time':
      return writeTime(value as string | undefined);
    case 'resource.Quantity':
      return writeQuantity(value as string | undefined);
    default:
      return goQuote(String(value ?? ''));
  }
}

function writeList(type: string, list: readonly unknown[] | undefined): string {
  const of = type.slice(2);
  return list ? `${type}{${list.map((one) => write(of, one)).join(', ')}}` : `${type}(nil)`;
}

/** Where a pointer points to is chance, and so is what is written for it. */
function writePointer(type: string, value: unknown): string {
  if (value !== undefined) return `(${type})(0xc000000000)`;
  return type === '*v1.Time' ? '<nil>' : `(${type})(nil)`;
}

function writeMap(map: Readonly<Record<string, string>> | undefined): string {
  if (!map) return 'map[string]string(nil)';
  const entries = Object.keys(map).sort();
  return `map[string]string{${entries.map((key) => `${goQuote(key)}:${goQuote(map[key] ?? '')}`).join(', ')}}`;
}

const MONTHS = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' });

function writeTime(text: string | undefined): string {
  const time = new Date(text ?? NaN);
  if (Number.isNaN(time.getTime())) return 'time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)';
  const clock = `${time.getUTCHours()}, ${time.getUTCMinutes()}, ${time.getUTCSeconds()}`;
  return `time.Date(${time.getUTCFullYear()}, time.${MONTHS.format(time)}, ${time.getUTCDate()}, ${clock}, 0, time.Local)`;
}

/** The number as it is kept while it fits 64 bits: `1500m` is 1500 × 10⁻³. */
function writeQuantity(text = '0'): string {
  const parsed = parseQuantity(text);
  let value = parsed?.nanos ?? 0n;
  let scale = -9;
  while (value !== 0n && scale < 0 && value % 10n === 0n) {
    value /= 10n;
    scale += 1;
  }
  const amount = `resource.int64Amount{value:${value}, scale:${value === 0n ? 0 : scale}}`;
  const rest = 'd:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:""';
  return `resource.Quantity{i:${amount}, ${rest}, Format:${JSON.stringify(parsed?.format ?? 'DecimalSI')}}`;
}
