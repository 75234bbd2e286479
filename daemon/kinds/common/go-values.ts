/**
 * Values inside error messages, written as Go's `%#v` writes the API server's own types: until 1.33 the API server
 * prints everything but texts, numbers and booleans that way.
 */

import { GoText, goText } from '../../base/field.ts';
import { goQuote } from '../../base/go-quote.ts';
import { parseQuantity, scaledInteger } from '../../base/quantity.ts';
import { writtenEmpty } from '../../base/written-empty.ts';

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
  'admissionregistration.AuditAnnotation': 'Key string, ValueExpression string',
  'apiextensions.CustomResourceColumnDefinition':
    'Name string, Type string, Format string, Description string, Priority int, JSONPath string',
  'apiextensions.CustomResourceDefinitionVersion':
    'Name string, Served bool, Storage bool, Deprecated bool, DeprecationWarning *string, ' +
    'Schema *apiextensions.CustomResourceValidation, Subresources *apiextensions.CustomResourceSubresources, ' +
    'AdditionalPrinterColumns []apiextensions.CustomResourceColumnDefinition, ' +
    'SelectableFields []apiextensions.SelectableField',
  'apiextensions.JSONSchemaProps':
    'ID string, Schema string $schema, Ref *string $ref, Description string, Type string, Nullable bool, Format string, ' +
    'Title string, Default *apiextensions.JSON, Maximum *float64, ExclusiveMaximum bool, Minimum *float64, ' +
    'ExclusiveMinimum bool, MaxLength *int64, MinLength *int64, Pattern string, MaxItems *int64, MinItems *int64, ' +
    'UniqueItems bool, MultipleOf *float64, Enum []apiextensions.JSON, MaxProperties *int64, MinProperties *int64, ' +
    'Required []string, Items *apiextensions.JSONSchemaPropsOrArray, AllOf []apiextensions.JSONSchemaProps, ' +
    'OneOf []apiextensions.JSONSchemaProps, AnyOf []apiextensions.JSONSchemaProps, Not *apiextensions.JSONSchemaProps, ' +
    'Properties map[string]apiextensions.JSONSchemaProps, AdditionalProperties *apiextensions.JSONSchemaPropsOrBool, ' +
    'PatternProperties map[string]apiextensions.JSONSchemaProps, Dependencies apiextensions.JSONSchemaDependencies, ' +
    'AdditionalItems *apiextensions.JSONSchemaPropsOrBool, Definitions apiextensions.JSONSchemaDefinitions, ' +
    'ExternalDocs *apiextensions.ExternalDocumentation, Example *apiextensions.JSON, ' +
    'XPreserveUnknownFields *bool x-kubernetes-preserve-unknown-fields, ' +
    'XEmbeddedResource bool x-kubernetes-embedded-resource, XIntOrString bool x-kubernetes-int-or-string, ' +
    'XListMapKeys []string x-kubernetes-list-map-keys, XListType *string x-kubernetes-list-type, ' +
    'XMapType *string x-kubernetes-map-type, XValidations apiextensions.ValidationRules x-kubernetes-validations',
  'apiextensions.SelectableField': 'JSONPath string',
  'apiextensions.ValidationRule':
    'Rule string, Message string, MessageExpression string, Reason *apiextensions.FieldValueErrorReason, ' +
    'FieldPath string, OptionalOldSelf *bool',
  'apps.DeploymentStrategy': 'Type string, RollingUpdate *apps.RollingUpdateDeployment',
  'authorization.NonResourceAttributes': 'Path string, Verb string',
  'batch.PodFailurePolicy': 'Rules []batch.PodFailurePolicyRule',
  'batch.PodFailurePolicyOnPodConditionsPattern': 'Type string, Status string',
  'batch.PodFailurePolicyRule':
    'Action string, OnExitCodes *batch.PodFailurePolicyOnExitCodesRequirement, ' +
    'OnPodConditions []batch.PodFailurePolicyOnPodConditionsPattern',
  'batch.SuccessPolicy': 'Rules []batch.SuccessPolicyRule',
  'batch.SuccessPolicyRule': 'SucceededIndexes *string, SucceededCount *int32',
  'batch.UncountedTerminatedPods': 'Succeeded []types.UID, Failed []types.UID',
  'core.EventSource': 'Component string, Host string',
  'core.HostIP': 'IP string',
  'core.NodeAddress': 'Type string, Address string',
  'core.NodeSelectorRequirement': 'Key string, Operator string, Values []string',
  'core.NodeSelectorTerm':
    'MatchExpressions []core.NodeSelectorRequirement, MatchFields []core.NodeSelectorRequirement',
  'core.ObjectReference':
    'Kind string, Namespace string, Name string, UID string, APIVersion string, ResourceVersion string, FieldPath string',
  'core.PodIP': 'IP string',
  // Shown where a Job's may not change: what runs, and by which rules; of its parts only what stands in the text itself.
  'core.Container':
    'Name string, Image string, Command []string, Args []string, WorkingDir string, Lifecycle *core.Lifecycle, ' +
    'LivenessProbe *core.Probe, ReadinessProbe *core.Probe, StartupProbe *core.Probe, TerminationMessagePath string, ' +
    'TerminationMessagePolicy string, ImagePullPolicy string, SecurityContext *core.SecurityContext, Stdin bool, ' +
    'StdinOnce bool, TTY bool tty',
  'core.PodSpec':
    'InitContainers []core.Container, Containers []core.Container, RestartPolicy string, ' +
    'TerminationGracePeriodSeconds *int64, ActiveDeadlineSeconds *int64, DNSPolicy string, NodeSelector map[string]string, ' +
    'ServiceAccountName string, AutomountServiceAccountToken *bool, NodeName string, ' +
    'SecurityContext *core.PodSecurityContext, Hostname string, Subdomain string, Affinity *core.Affinity, ' +
    'SchedulerName string, Tolerations []core.Toleration, PriorityClassName string, Priority *int32',
  'core.PodTemplateSpec': 'ObjectMeta v1.ObjectMeta metadata, Spec core.PodSpec',
  'core.ScopeSelector': 'MatchExpressions []core.ScopedResourceSelectorRequirement',
  'core.ScopedResourceSelectorRequirement': 'ScopeName string, Operator string, Values []string',
  'core.SeccompProfile': 'Type string, LocalhostProfile *string',
  'core.SecurityContext':
    'Capabilities *core.Capabilities, Privileged *bool, SELinuxOptions *core.SELinuxOptions, ' +
    'WindowsOptions *core.WindowsSecurityContextOptions, RunAsUser *int64, RunAsGroup *int64, RunAsNonRoot *bool, ' +
    'ReadOnlyRootFilesystem *bool, AllowPrivilegeEscalation *bool, ProcMount *core.ProcMountType, ' +
    'SeccompProfile *core.SeccompProfile, AppArmorProfile *core.AppArmorProfile',
  'core.ServicePort':
    'Name string, Protocol string, AppProtocol *string, Port int, TargetPort intstr.IntOrString, NodePort int',
  'core.Taint': 'Key string, Value string, Effect string, TimeAdded *v1.Time',
  'core.Toleration': 'Key string, Operator string, Value string, Effect string, TolerationSeconds *int64',
  'flowcontrol.FlowSchemaSpec':
    'PriorityLevelConfiguration flowcontrol.PriorityLevelConfigurationReference, MatchingPrecedence int32, ' +
    'DistinguisherMethod *flowcontrol.FlowDistinguisherMethod, Rules []flowcontrol.PolicyRulesWithSubjects',
  'flowcontrol.NonResourcePolicyRule': 'Verbs []string, NonResourceURLs []string',
  'flowcontrol.PolicyRulesWithSubjects':
    'Subjects []flowcontrol.Subject, ResourceRules []flowcontrol.ResourcePolicyRule, ' +
    'NonResourceRules []flowcontrol.NonResourcePolicyRule',
  'flowcontrol.PriorityLevelConfigurationReference': 'Name string',
  'flowcontrol.PriorityLevelConfigurationSpec':
    'Type string, Limited *flowcontrol.LimitedPriorityLevelConfiguration, ' +
    'Exempt *flowcontrol.ExemptPriorityLevelConfiguration',
  'flowcontrol.ResourcePolicyRule':
    'Verbs []string, APIGroups []string, Resources []string, ClusterScope bool, Namespaces []string',
  'flowcontrol.Subject':
    'Kind string, User *flowcontrol.UserSubject, Group *flowcontrol.GroupSubject, ' +
    'ServiceAccount *flowcontrol.ServiceAccountSubject',
  'policy.PodDisruptionBudgetSpec':
    'MinAvailable *intstr.IntOrString, Selector *v1.LabelSelector, MaxUnavailable *intstr.IntOrString, ' +
    'UnhealthyPodEvictionPolicy *policy.UnhealthyPodEvictionPolicyType',
  'runtime.TypeMeta': 'APIVersion string, Kind string',
  'runtime.Unknown': 'TypeMeta runtime.TypeMeta, Raw []byte, ContentEncoding string, ContentType string',
  'rbac.RoleRef': 'APIGroup string, Kind string, Name string',
};

/** Types that are lists and maps of others, and print under their own names. */
const NAMED: Readonly<Record<string, string>> = {
  'apiextensions.JSONSchemaDefinitions': 'map[string]apiextensions.JSONSchemaProps',
  'apiextensions.JSONSchemaDependencies': 'map[string]apiextensions.JSONSchemaPropsOrStringArray',
  'apiextensions.ValidationRules': '[]apiextensions.ValidationRule',
};

/** Where a pointer points to is chance, and so is what is written for it. */
const POINTER = '0xc000000000';

const FIELDS = new Map(
  Object.entries(STRUCTS).map(([type, text]) => [
    type,
    text.split(', ').map((field) => {
      const [name = '', of = '', json = jsonName(name)] = field.split(' ');
      return { name, of, json };
    }),
  ]),
);

/** `value` as Go prints it when it is a `type`: `[]string`, `v1.LabelSelector`, `intstr.IntOrString`. */
export function goValue(type: string, value: unknown): GoText {
  return new GoText(() => write(type, value ?? undefined));
}

/** The same of a member, which may have been written empty. */
export const goMember = <T extends object>(type: string, parent: T | undefined, name: keyof T & string): GoText =>
  goValue(type, parent?.[name] ?? writtenEmpty(parent, name));

/** A time as Go's `Time.String` writes it; anything else as it is. */
export function goMoment(value: number | string | undefined): unknown {
  if (typeof value !== 'string') return value;
  return goText(value.replace('T', ' ').replace(/(?:\.0*|(\.\d*?)0*)?Z$/, '$1 +0000 UTC'));
}

/** Decoded JSON as Go prints it: `map[string]interface {}{"name":"a"}`; texts, numbers and booleans as they are in messages. */
export function goAny(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? new GoText(() => writeAny(value)) : value;
}

function writeAny(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(writeAny).join(', ')}}`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]interface {}{${members.map(([name, member]) => `${goQuote(name)}:${writeAny(member)}`).join(', ')}}`;
}

/** `APIVersion` → `apiVersion`, `UID` → `uid` */
function jsonName(name: string): string {
  return name.replace(/^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+$|[A-Z])/, (start) => start.toLowerCase());
}

const MAP = 'map[string]';
type Fields = Readonly<Record<string, unknown>>;

function write(type: string, value: unknown): string {
  const shape = NAMED[type] ?? type;
  if (type === '[]byte') return writeBytes(value as string | undefined);
  if (shape.startsWith('[]')) return writeList(type, shape.slice(2), value as readonly unknown[] | undefined);
  if (shape.startsWith(MAP)) return writeMap(type, shape.slice(MAP.length), value as Fields | undefined);
  if (type.startsWith('*')) return writePointer(type, value);
  const fields = FIELDS.get(type);
  if (fields) {
    const given = (value ?? {}) as Fields;
    return `${type}{${fields.map(({ name, of, json }) => `${name}:${write(of, given[json] ?? writtenEmpty(given, json))}`).join(', ')}}`;
  }
  switch (type) {
    case 'bool':
      return String(value ?? false);
    case 'int':
    case 'int32':
      return String(value ?? 0);
    case 'intstr.IntOrString':
      return typeof value === 'string'
        ? `intstr.IntOrString{Type:1, IntVal:0, StrVal:${goQuote(value)}}`
        : `intstr.IntOrString{Type:0, IntVal:${String(value ?? 0)}, StrVal:""}`;
    case 'apiextensions.JSON':
      return typeof value === 'string' ? goQuote(value) : JSON.stringify(value ?? null);
    case 'v1.Time':
      return writeTime(value as string | undefined);
    case 'resource.Quantity':
      return writeQuantity(value as string | undefined);
    default:
      return goQuote(String(value ?? ''));
  }
}

function writeList(type: string, of: string, list: readonly unknown[] | undefined): string {
  return list ? `${type}{${list.map((one) => write(of, one)).join(', ')}}` : `${type}(nil)`;
}

/** Base64 in JSON. */
function writeBytes(encoded: string | undefined): string {
  if (encoded === undefined) return '[]byte(nil)';
  return `[]byte{${[...Buffer.from(encoded, 'base64')].map((byte) => `0x${byte.toString(16)}`).join(', ')}}`;
}

function writePointer(type: string, value: unknown): string {
  if (value !== undefined) return `(${type})(${POINTER})`;
  return type === '*v1.Time' ? '<nil>' : `(${type})(nil)`;
}

function writeMap(type: string, of: string, map: Fields | undefined): string {
  if (!map) return `${type}(nil)`;
  const entries = Object.keys(map).sort();
  return `${type}{${entries.map((key) => `${goQuote(key)}:${write(of, map[key])}`).join(', ')}}`;
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
  const { value, scale, text: kept } = scaledInteger(text) ?? { value: 0n, scale: 0, text: '' };
  const decimal = scaledInteger(text) ? '(*inf.Dec)(nil)' : `(*inf.Dec)(${POINTER})`;
  const amount = `i:resource.int64Amount{value:${value}, scale:${scale}}, d:resource.infDecAmount{Dec:${decimal}}`;
  const format = parseQuantity(text)?.format ?? '';
  return `resource.Quantity{${amount}, s:${goQuote(kept)}, Format:${goQuote(format)}}`;
}
