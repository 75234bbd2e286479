/** Generated from schemas/ by daemon/schema/generate-types.ts. Do not edit: change the schema and generate again. */

import type { ListMeta, ManagedFieldsEntry, ObjectMeta, OwnerReference } from '../base/object.ts';
export type { ListMeta, ManagedFieldsEntry, ObjectMeta, OwnerReference };

import type { Status, StatusCause, StatusDetails } from '../base/status.ts';
export type { Status, StatusCause, StatusDetails };

// admissionregistration.k8s.io/v1

/** What is noted in the audit. */
export interface AuditAnnotation {
  /** The annotation's key, behind the policy's name. */
  key: string;
  /** A CEL expression that gives its value, or null. */
  valueExpression: string;
}

/** What is suspicious about an expression. */
export interface ExpressionWarning {
  /** Where the expression stands. */
  fieldRef: string;
  /** What checking its types has found. */
  warning: string;
}

/** An expression that must be true for a request to be judged. */
export interface MatchCondition {
  /** Its name, for errors and metrics. */
  name: string;
  /** The CEL expression. */
  expression: string;
}

/** Which requests are judged. */
export interface MatchResources {
  /** Only objects in namespaces with these labels. */
  namespaceSelector?: LabelSelector;
  /** Only objects with these labels, before or after. */
  objectSelector?: LabelSelector;
  /** Operations on resources, of which one must match. */
  resourceRules?: NamedRuleWithOperations[];
  /** Operations on resources that are left out. */
  excludeResourceRules?: NamedRuleWithOperations[];
  /** Exact, or Equivalent (the default): other versions of the resource match too. */
  matchPolicy?: string;
}

/** A webhook that changes objects. */
export interface MutatingWebhook {
  /** Its name, a domain name. */
  name: string;
  /** How it is reached. */
  clientConfig: WebhookClientConfig;
  /** Operations on resources, of which one must match. */
  rules?: RuleWithOperations[];
  /** When it cannot be asked: Fail (the default) or Ignore. */
  failurePolicy?: string;
  /** Exact, or Equivalent (the default): other versions of the resource match too. */
  matchPolicy?: string;
  /** Only objects in namespaces with these labels. */
  namespaceSelector?: LabelSelector;
  /** Only objects with these labels, before or after. */
  objectSelector?: LabelSelector;
  /** None, or NoneOnDryRun. */
  sideEffects: string;
  /** How long it may take: 1 to 30, 10 when not given. */
  timeoutSeconds?: number;
  /** The versions of AdmissionReview that it understands, the preferred one first. */
  admissionReviewVersions: string[];
  /** Never (the default), or IfNeeded: asked again when others changed the object after it. */
  reinvocationPolicy?: string;
  /** Expressions that must all be true for it to be asked. */
  matchConditions?: MatchCondition[];
}

/** Webhooks that may change what a request writes. */
export interface MutatingWebhookConfiguration {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** The webhooks, asked one after the other. */
  webhooks?: MutatingWebhook[];
}

/** A list of MutatingWebhookConfiguration objects. */
export interface MutatingWebhookConfigurationList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: MutatingWebhookConfiguration[];
}

/** Operations on resources, of some names only when there are any. */
export interface NamedRuleWithOperations {
  /** Only objects of these names. */
  resourceNames?: string[];
  /** What is done: CREATE, UPDATE, DELETE, CONNECT or * for all. */
  operations?: string[];
  /** The groups of the resources; "" is core, * is all. */
  apiGroups?: string[];
  /** The versions of the resources; * is all. */
  apiVersions?: string[];
  /** The resources; * is all, pods/log a subresource, * /* all with all subresources. */
  resources?: string[];
  /** Cluster, Namespaced or * (the default). */
  scope?: string;
}

/** The kind of the objects that parametrise a policy. */
export interface ParamKind {
  /** Its group and version. */
  apiVersion?: string;
  /** Its kind. */
  kind?: string;
}

/** The objects that parametrise a policy. */
export interface ParamRef {
  /** The object's name. */
  name?: string;
  /** The object's namespace; that of the request when not given. */
  namespace?: string;
  /** Labels of the objects, instead of a name. */
  selector?: LabelSelector;
  /** When there is none: Allow or Deny. */
  parameterNotFoundAction?: string;
}

/** Operations on resources. */
export interface RuleWithOperations {
  /** What is done: CREATE, UPDATE, DELETE, CONNECT or * for all. */
  operations?: string[];
  /** The groups of the resources; "" is core, * is all. */
  apiGroups?: string[];
  /** The versions of the resources; * is all. */
  apiVersions?: string[];
  /** The resources; * is all, pods/log a subresource, * /* all with all subresources. */
  resources?: string[];
  /** Cluster, Namespaced or * (the default). */
  scope?: string;
}

/** A Service, and where to reach the webhook on it. */
export interface ServiceReference {
  /** The Service's namespace. */
  namespace: string;
  /** The Service's name. */
  name: string;
  /** The path of the URL. */
  path?: string;
  /** The Service's port; 443 when not given. */
  port?: number;
}

/** What checking the expressions' types has found. */
export interface TypeChecking {
  /** One entry an expression. */
  expressionWarnings?: ExpressionWarning[];
}

/** Expressions that requests must satisfy. */
export interface ValidatingAdmissionPolicy {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What it asks of requests. */
  spec?: ValidatingAdmissionPolicySpec;
  /** What is known of it. */
  status?: ValidatingAdmissionPolicyStatus;
}

/** Where a policy holds. */
export interface ValidatingAdmissionPolicyBinding {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Where it holds, and what it does. */
  spec?: ValidatingAdmissionPolicyBindingSpec;
}

/** A list of ValidatingAdmissionPolicyBinding objects. */
export interface ValidatingAdmissionPolicyBindingList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ValidatingAdmissionPolicyBinding[];
}

/** Where a policy holds, and what it does. */
export interface ValidatingAdmissionPolicyBindingSpec {
  /** The policy. */
  policyName?: string;
  /** Its parameters. */
  paramRef?: ParamRef;
  /** Which of the policy's requests; all when not given. */
  matchResources?: MatchResources;
  /** What happens to a request that does not satisfy it: Deny, Warn, Audit. */
  validationActions?: string[];
}

/** A list of ValidatingAdmissionPolicy objects. */
export interface ValidatingAdmissionPolicyList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ValidatingAdmissionPolicy[];
}

/** What a policy asks of requests. */
export interface ValidatingAdmissionPolicySpec {
  /** The kind of its parameters, if it has any. */
  paramKind?: ParamKind;
  /** Which requests it judges. */
  matchConstraints?: MatchResources;
  /** Expressions that must be true. */
  validations?: Validation[];
  /** When an expression fails: Fail (the default) or Ignore. */
  failurePolicy?: string;
  /** What is noted in the audit. */
  auditAnnotations?: AuditAnnotation[];
  /** Expressions that must all be true for a request to be judged. */
  matchConditions?: MatchCondition[];
  /** Values that the expressions share; later ones may use earlier ones. */
  variables?: Variable[];
}

/** What is known of a policy. */
export interface ValidatingAdmissionPolicyStatus {
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** What checking the expressions' types has found. */
  typeChecking?: TypeChecking;
  /** What is known of the object's state, one entry a type. */
  conditions?: Condition[];
}

/** A webhook that judges requests. */
export interface ValidatingWebhook {
  /** Its name, a domain name. */
  name: string;
  /** How it is reached. */
  clientConfig: WebhookClientConfig;
  /** Operations on resources, of which one must match. */
  rules?: RuleWithOperations[];
  /** When it cannot be asked: Fail (the default) or Ignore. */
  failurePolicy?: string;
  /** Exact, or Equivalent (the default): other versions of the resource match too. */
  matchPolicy?: string;
  /** Only objects in namespaces with these labels. */
  namespaceSelector?: LabelSelector;
  /** Only objects with these labels, before or after. */
  objectSelector?: LabelSelector;
  /** None, or NoneOnDryRun. */
  sideEffects: string;
  /** How long it may take: 1 to 30, 10 when not given. */
  timeoutSeconds?: number;
  /** The versions of AdmissionReview that it understands, the preferred one first. */
  admissionReviewVersions: string[];
  /** Expressions that must all be true for it to be asked. */
  matchConditions?: MatchCondition[];
}

/** Webhooks that are asked whether a request may be done. */
export interface ValidatingWebhookConfiguration {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** The webhooks. */
  webhooks?: ValidatingWebhook[];
}

/** A list of ValidatingWebhookConfiguration objects. */
export interface ValidatingWebhookConfigurationList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ValidatingWebhookConfiguration[];
}

/** An expression that must be true. */
export interface Validation {
  /** The CEL expression. */
  expression: string;
  /** What is said when it is not. */
  message?: string;
  /** The reason of the answer: Forbidden, Invalid (the default) or RequestEntityTooLarge. */
  reason?: string;
  /** A CEL expression that gives the message. */
  messageExpression?: string;
}

/** A value that expressions call variables.<name>. */
export interface Variable {
  /** Its name. */
  name: string;
  /** The CEL expression that gives it, evaluated when it is first needed. */
  expression: string;
}

/** How a webhook is reached: a URL or a Service. */
export interface WebhookClientConfig {
  /** An https URL. */
  url?: string;
  /** The Service that answers. */
  service?: ServiceReference;
  /** The certificates (PEM) by which the webhook is trusted; without it the host's. */
  caBundle?: string;
}

// apiextensions.k8s.io/v1

/** A column of kubectl get. */
export interface CustomResourceColumnDefinition {
  /** Its heading. */
  name: string;
  /** integer, number, string, boolean or date. */
  type: string;
  /** How the value is formatted. */
  format?: string;
  /** What it shows. */
  description?: string;
  /** 0: always shown; more: with -o wide. */
  priority?: number;
  /** The path of the value, such as .spec.size. */
  jsonPath: string;
}

/** How objects turn from one version into another. */
export interface CustomResourceConversion {
  /** None: only apiVersion changes. Webhook: somebody is asked. */
  strategy: string;
  /** Who is asked. */
  webhook?: WebhookConversion;
}

/** A kind of its own that the API serves: its names, its versions and what its objects look like. */
export interface CustomResourceDefinition {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. The name is the plural and the group. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: CustomResourceDefinitionSpec;
  /** What is served. */
  status?: CustomResourceDefinitionStatus;
}

/** One condition. */
export interface CustomResourceDefinitionCondition {
  /** Established, NamesAccepted, NonStructuralSchema, Terminating or KubernetesAPIApprovalPolicyConformant. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the status changed. */
  lastTransitionTime?: string;
  /** Why, in one word. */
  reason?: string;
  /** Why, for people. */
  message?: string;
}

/** A list of CustomResourceDefinitions. */
export interface CustomResourceDefinitionList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** About the list. */
  metadata?: ListMeta;
  /** The objects. */
  items: CustomResourceDefinition[];
}

/** What a kind is called. */
export interface CustomResourceDefinitionNames {
  /** In paths: all lower case. */
  plural: string;
  /** For people; the kind in lower case when it is not set. */
  singular?: string;
  /** Short names for command lines. */
  shortNames?: string[];
  /** In manifests: CamelCase and singular. */
  kind: string;
  /** The kind of its lists; the kind and List when it is not set. */
  listKind?: string;
  /** Groups of kinds that it belongs to, such as all. */
  categories?: string[];
}

/** How the kind is called and what its versions are. */
export interface CustomResourceDefinitionSpec {
  /** The API group, a domain. Objects are served under /apis/<group>. */
  group: string;
  /** What the kind is called. */
  names: CustomResourceDefinitionNames;
  /** Namespaced or Cluster. */
  scope: string;
  /** The versions. The order of their names decides which one is preferred. */
  versions: CustomResourceDefinitionVersion[];
  /** How objects turn from one version into another. */
  conversion?: CustomResourceConversion;
  /** Must be false: unknown fields are pruned. */
  preserveUnknownFields?: boolean;
}

/** What is served of a definition. */
export interface CustomResourceDefinitionStatus {
  /** Whether its names are accepted, whether it is established, and more. */
  conditions?: CustomResourceDefinitionCondition[];
  /** The names that are served. */
  acceptedNames?: CustomResourceDefinitionNames;
  /** All versions in which objects were ever kept. */
  storedVersions?: string[];
}

/** One version of a kind. */
export interface CustomResourceDefinitionVersion {
  /** Such as v1 or v2beta1. Objects are served under /apis/<group>/<name>. */
  name: string;
  /** Whether the API answers for it. */
  served: boolean;
  /** Whether objects are kept in it: of exactly one version. */
  storage: boolean;
  /** What its objects look like. */
  schema?: CustomResourceValidation;
  /** Whether it has status and scale. */
  subresources?: CustomResourceSubresources;
  /** Columns of kubectl get; without them the age. */
  additionalPrinterColumns?: CustomResourceColumnDefinition[];
  /** Whether each request is answered with a warning. */
  deprecated?: boolean;
  /** The text of that warning. */
  deprecationWarning?: string;
  /** Fields that field selectors may name. */
  selectableFields?: SelectableField[];
}

/** Where the replicas of a kind stand. */
export interface CustomResourceSubresourceScale {
  /** The path of the replicas that are wanted, under .spec. */
  specReplicasPath: string;
  /** The path of those that are there, under .status. */
  statusReplicasPath: string;
  /** The path of the selector, as text, under .status or .spec. */
  labelSelectorPath?: string;
}

/** It has nothing to say. */
export type CustomResourceSubresourceStatus = Record<string, unknown>;

/** What a version has besides its objects. */
export interface CustomResourceSubresources {
  /** With it, the status is written apart from all else. */
  status?: CustomResourceSubresourceStatus;
  /** Where its replicas stand. */
  scale?: CustomResourceSubresourceScale;
}

/** The schema of a version. */
export interface CustomResourceValidation {
  /** A structural schema. */
  openAPIV3Schema?: JSONSchemaProps;
}

/** Documentation elsewhere. */
export interface ExternalDocumentation {
  /** What it is about. */
  description?: string;
  /** Where it stands. */
  url?: string;
}

/** A JSON Schema, as OpenAPI v3 has it, with the extensions of Kubernetes. */
export interface JSONSchemaProps {
  /** Not supported. */
  id?: string;
  /** The dialect. */
  '$schema'?: string;
  /** Not supported. */
  '$ref'?: string;
  /** What the value means. */
  description?: string;
  /** object, array, string, integer, number or boolean. */
  type?: string;
  /** The format of a string or number. */
  format?: string;
  /** A title. */
  title?: string;
  /** The value of a field that is not set. */
  default?: unknown;
  /** The largest number. */
  maximum?: number;
  /** Whether the largest itself is too large. */
  exclusiveMaximum?: boolean;
  /** The smallest number. */
  minimum?: number;
  /** Whether the smallest itself is too small. */
  exclusiveMinimum?: boolean;
  /** The most characters. */
  maxLength?: number;
  /** The fewest characters. */
  minLength?: number;
  /** A regular expression. */
  pattern?: string;
  /** The most items. */
  maxItems?: number;
  /** The fewest items. */
  minItems?: number;
  /** Must be false. */
  uniqueItems?: boolean;
  /** What a number is a multiple of. */
  multipleOf?: number;
  /** The values that there are. */
  enum?: unknown[];
  /** The most properties. */
  maxProperties?: number;
  /** The fewest properties. */
  minProperties?: number;
  /** Properties that must be there. */
  required?: string[];
  /** The schema of each item. */
  items?: JSONSchemaProps;
  /** Schemas that all hold. */
  allOf?: JSONSchemaProps[];
  /** Schemas of which one holds. */
  oneOf?: JSONSchemaProps[];
  /** Schemas of which one or more hold. */
  anyOf?: JSONSchemaProps[];
  /** A schema that does not hold. */
  not?: JSONSchemaProps;
  /** The schema of each property. */
  properties?: Record<string, JSONSchemaProps>;
  /** The schema of all other properties, or whether there may be any. */
  additionalProperties?: JSONSchemaProps;
  /** Not supported. */
  patternProperties?: Record<string, JSONSchemaProps>;
  /** Not supported. */
  dependencies?: Record<string, unknown>;
  /** Not supported. */
  additionalItems?: JSONSchemaProps;
  /** Not supported. */
  definitions?: Record<string, JSONSchemaProps>;
  /** Documentation elsewhere. */
  externalDocs?: ExternalDocumentation;
  /** An example. */
  example?: unknown;
  /** Whether it may be null. */
  nullable?: boolean;
  /** Whether fields that are not specified are kept. */
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  /** Whether it is a whole object, with apiVersion, kind and metadata. */
  'x-kubernetes-embedded-resource'?: boolean;
  /** Whether it may be an integer or a string. */
  'x-kubernetes-int-or-string'?: boolean;
  /** The fields that identify an item. */
  'x-kubernetes-list-map-keys'?: string[];
  /** atomic, set or map. */
  'x-kubernetes-list-type'?: string;
  /** granular or atomic. */
  'x-kubernetes-map-type'?: string;
  /** Rules in CEL. */
  'x-kubernetes-validations'?: ValidationRule[];
}

/** A field that selectors may name. */
export interface SelectableField {
  /** Its path, such as .spec.color. */
  jsonPath: string;
}

/** A service of the cluster. */
export interface ServiceReferenceApiextensions {
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
  /** The path of the request. */
  path?: string;
  /** Its port, 443 when not set. */
  port?: number;
}

/** A rule in CEL. */
export interface ValidationRule {
  /** The expression; true when the value is good. */
  rule: string;
  /** What is told when it is not. */
  message?: string;
  /** An expression for that text. */
  messageExpression?: string;
  /** FieldValueInvalid, FieldValueForbidden, FieldValueRequired or FieldValueDuplicate. */
  reason?: string;
  /** The field that is told of. */
  fieldPath?: string;
  /** Whether oldSelf is an optional, so that the rule holds for creates too. */
  optionalOldSelf?: boolean;
}

/** How to reach a webhook: by url or service. */
export interface WebhookClientConfigApiextensions {
  /** An address that begins with https://. */
  url?: string;
  /** A service of the cluster. */
  service?: ServiceReferenceApiextensions;
  /** The certificates that its own is verified by, PEM. */
  caBundle?: string;
}

/** Who converts objects. */
export interface WebhookConversion {
  /** How to reach it. */
  clientConfig?: WebhookClientConfigApiextensions;
  /** The versions of ConversionReview that it understands, the preferred one first. */
  conversionReviewVersions: string[];
}

// apps/v1

/** One state in the history of a stateful set or daemon set. Never changed. */
export interface ControllerRevision {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** The state. */
  data?: Record<string, unknown>;
  /** Its place in the history. */
  revision: number;
}

/** A list of ControllerRevision objects. */
export interface ControllerRevisionList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ControllerRevision[];
}

/** Keeps one pod on each node that fits. */
export interface DaemonSet {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: DaemonSetSpec;
  /** What was last observed. Written by the system. */
  status?: DaemonSetStatus;
}

/** One aspect of a daemon set's state. */
export interface DaemonSetCondition {
  /** The aspect. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of DaemonSet objects. */
export interface DaemonSetList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: DaemonSet[];
}

/** The pods that are kept. */
export interface DaemonSetSpec {
  /** Which pods belong to it, by their labels. */
  selector: LabelSelector;
  /** The pod that is created, again and again. */
  template: PodTemplateSpec;
  /** How pods are replaced after a change of the template. */
  updateStrategy?: DaemonSetUpdateStrategy;
  /** How long a new pod must be ready, in seconds, to count as available. Defaults to 0. */
  minReadySeconds?: number;
  /** How many old revisions are kept for rolling back. Defaults to 10. */
  revisionHistoryLimit?: number;
}

/** What was last observed of a daemon set. */
export interface DaemonSetStatus {
  /** Nodes that run a pod and should. */
  currentNumberScheduled: number;
  /** Nodes that run a pod and should not. */
  numberMisscheduled: number;
  /** Nodes that should run a pod. */
  desiredNumberScheduled: number;
  /** Nodes whose pod is ready. */
  numberReady: number;
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** Nodes whose pod has the current template. */
  updatedNumberScheduled?: number;
  /** Nodes whose pod is ready for minReadySeconds. */
  numberAvailable?: number;
  /** Nodes whose pod is missing or not available. */
  numberUnavailable?: number;
  /** How many hash collisions were met when naming what this object creates. */
  collisionCount?: number;
  /** What is known of the object's state, one entry a type. */
  conditions?: DaemonSetCondition[];
}

/** How pods are replaced. */
export interface DaemonSetUpdateStrategy {
  /** RollingUpdate (the default) or OnDelete. */
  type?: string;
  /** Settings of RollingUpdate. */
  rollingUpdate?: RollingUpdateDaemonSet;
}

/** Keeps pods of one template running and rolls out changes of it. */
export interface Deployment {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: DeploymentSpec;
  /** What was last observed. Written by the system. */
  status?: DeploymentStatus;
}

/** One aspect of a deployment's state. */
export interface DeploymentCondition {
  /** Available, Progressing or ReplicaFailure. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition was last written. */
  lastUpdateTime?: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of Deployment objects. */
export interface DeploymentList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Deployment[];
}

/** The pods that are kept and how changes reach them. */
export interface DeploymentSpec {
  /** How many pods. Defaults to 1. */
  replicas?: number;
  /** Which pods belong to it; must match the template's labels and never change. */
  selector: LabelSelector;
  /** The pod that is created, again and again. */
  template: PodTemplateSpec;
  /** How old pods are replaced by new ones. */
  strategy?: DeploymentStrategy;
  /** How long a new pod must be ready, in seconds, to count as available. Defaults to 0. */
  minReadySeconds?: number;
  /** How many old revisions are kept for rolling back. Defaults to 10. */
  revisionHistoryLimit?: number;
  /** Whether changes of the template wait. */
  paused?: boolean;
  /** Seconds without progress after which a rollout counts as failed. Defaults to 600. */
  progressDeadlineSeconds?: number;
}

/** What was last observed of a deployment. */
export interface DeploymentStatus {
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** How many pods there are. */
  replicas?: number;
  /** How many have the current template. */
  updatedReplicas?: number;
  /** How many are ready. */
  readyReplicas?: number;
  /** How many are ready for minReadySeconds. */
  availableReplicas?: number;
  /** How many are missing or not available. */
  unavailableReplicas?: number;
  /** Available, Progressing and ReplicaFailure. */
  conditions?: DeploymentCondition[];
  /** How many hash collisions were met when naming what this object creates. */
  collisionCount?: number;
}

/** How old pods are replaced by new ones. */
export interface DeploymentStrategy {
  /** RollingUpdate (the default), or Recreate: all old ones go first. */
  type?: string;
  /** Settings of RollingUpdate. */
  rollingUpdate?: RollingUpdateDeployment;
}

/** Keeps a number of equal pods. Usually made by a Deployment. */
export interface ReplicaSet {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: ReplicaSetSpec;
  /** What was last observed. Written by the system. */
  status?: ReplicaSetStatus;
}

/** One aspect of a replica set's state. */
export interface ReplicaSetCondition {
  /** The aspect, for example ReplicaFailure. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of ReplicaSet objects. */
export interface ReplicaSetList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ReplicaSet[];
}

/** The pods that are kept. */
export interface ReplicaSetSpec {
  /** How many pods. Defaults to 1. */
  replicas?: number;
  /** How long a new pod must be ready, in seconds, to count as available. Defaults to 0. */
  minReadySeconds?: number;
  /** Which pods belong to it; must match the template's labels and never change. */
  selector: LabelSelector;
  /** The pod that is created, again and again. */
  template?: PodTemplateSpec;
}

/** What was last observed of a replica set. */
export interface ReplicaSetStatus {
  /** How many pods there are. */
  replicas: number;
  /** How many have the template's labels. */
  fullyLabeledReplicas?: number;
  /** How many are ready. */
  readyReplicas?: number;
  /** How many are ready for minReadySeconds. */
  availableReplicas?: number;
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** What is known of the object's state, one entry a type. */
  conditions?: ReplicaSetCondition[];
}

/** How far an update may go from one pod a node. */
export interface RollingUpdateDaemonSet {
  /** On how many nodes the pod may be missing. Defaults to 1. */
  maxUnavailable?: number | string;
  /** On how many nodes a second pod may run meanwhile. Defaults to 0. */
  maxSurge?: number | string;
}

/** How far a rollout may go from the wanted number of pods. */
export interface RollingUpdateDeployment {
  /** How many pods may be missing, as a number or a percentage. Defaults to 25%. */
  maxUnavailable?: number | string;
  /** How many pods there may be too many, as a number or a percentage. Defaults to 25%. */
  maxSurge?: number | string;
}

/** Settings of a rolling update. */
export interface RollingUpdateStatefulSetStrategy {
  /** Pods with a lower ordinal are left as they are. Defaults to 0. */
  partition?: number;
  /** How many pods may be missing, as a number or a percentage. */
  maxUnavailable?: number | string;
}

/** Keeps pods with lasting names and storage, in order. */
export interface StatefulSet {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: StatefulSetSpec;
  /** What was last observed. Written by the system. */
  status?: StatefulSetStatus;
}

/** One aspect of a stateful set's state. */
export interface StatefulSetCondition {
  /** The aspect. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of StatefulSet objects. */
export interface StatefulSetList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: StatefulSet[];
}

/** How pods are numbered. */
export interface StatefulSetOrdinals {
  /** The first number. Defaults to 0. */
  start?: number;
}

/** What becomes of claims. */
export interface StatefulSetPersistentVolumeClaimRetentionPolicy {
  /** When the set is deleted: Retain (the default) or Delete. */
  whenDeleted?: string;
  /** When it is scaled down: Retain (the default) or Delete. */
  whenScaled?: string;
}

/** The pods that are kept. */
export interface StatefulSetSpec {
  /** How many pods. Defaults to 1. */
  replicas?: number;
  /** Which pods belong to it, by their labels. */
  selector: LabelSelector;
  /** The pod that is created, again and again. */
  template: PodTemplateSpec;
  /** Claims that each pod gets for itself. */
  volumeClaimTemplates?: PersistentVolumeClaim[];
  /** The headless service that gives the pods their names. */
  serviceName: string;
  /** OrderedReady (the default): one after another; or Parallel. */
  podManagementPolicy?: string;
  /** How pods are replaced after a change of the template. */
  updateStrategy?: StatefulSetUpdateStrategy;
  /** How many old revisions are kept for rolling back. Defaults to 10. */
  revisionHistoryLimit?: number;
  /** How long a new pod must be ready, in seconds, to count as available. Defaults to 0. */
  minReadySeconds?: number;
  /** What becomes of the pods' claims. */
  persistentVolumeClaimRetentionPolicy?: StatefulSetPersistentVolumeClaimRetentionPolicy;
  /** How pods are numbered. */
  ordinals?: StatefulSetOrdinals;
}

/** What was last observed of a stateful set. */
export interface StatefulSetStatus {
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** How many pods there are. */
  replicas: number;
  /** How many are ready. */
  readyReplicas?: number;
  /** How many have the current revision. */
  currentReplicas?: number;
  /** How many have the update revision. */
  updatedReplicas?: number;
  /** The revision of the pods that are not updated. */
  currentRevision?: string;
  /** The revision that an update leads to. */
  updateRevision?: string;
  /** How many hash collisions were met when naming what this object creates. */
  collisionCount?: number;
  /** What is known of the object's state, one entry a type. */
  conditions?: StatefulSetCondition[];
  /** How many are ready for minReadySeconds. */
  availableReplicas?: number;
}

/** How pods are replaced. */
export interface StatefulSetUpdateStrategy {
  /** RollingUpdate (the default) or OnDelete. */
  type?: string;
  /** Settings of RollingUpdate. */
  rollingUpdate?: RollingUpdateStatefulSetStrategy;
}

// authentication.k8s.io/v1

/** An object with which a token ends. */
export interface BoundObjectReference {
  /** Pod, Secret or Node. */
  kind?: string;
  /** Its group and version. */
  apiVersion?: string;
  /** Its name. */
  name?: string;
  /** Its uid. */
  uid?: string;
}

/** Values. */
export type ExtraValue = string[];

/** Asks who the caller is. */
export interface SelfSubjectReview {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What was last observed. Written by the system. */
  status?: SelfSubjectReviewStatus;
}

/** Who the caller is. */
export interface SelfSubjectReviewStatus {
  /** The caller. */
  userInfo?: UserInfo;
}

/** Asks for a token of a service account; posted to its token subresource. */
export interface TokenRequest {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: TokenRequestSpec;
  /** What was last observed. Written by the system. */
  status?: TokenRequestStatus;
}

/** What token is wanted. */
export interface TokenRequestSpec {
  /** Whom the token is for. Defaults to the API server. */
  audiences: string[];
  /** How long it shall be good for, at least 600. Defaults to 3600. */
  expirationSeconds?: number;
  /** An object with which the token ends. */
  boundObjectRef?: BoundObjectReference;
}

/** The token. */
export interface TokenRequestStatus {
  /** The token, a JWT. */
  token: string;
  /** When it ends. */
  expirationTimestamp: string;
}

/** Asks whose token it is. */
export interface TokenReview {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: TokenReviewSpec;
  /** What was last observed. Written by the system. */
  status?: TokenReviewStatus;
}

/** The token. */
export interface TokenReviewSpec {
  /** The token. */
  token?: string;
  /** Whom it must be for, at least one. Defaults to the API server. */
  audiences?: string[];
}

/** Whose it is. */
export interface TokenReviewStatus {
  /** Whether it is good. */
  authenticated?: boolean;
  /** Whose it is. */
  user?: UserInfo;
  /** For whom of those asked it is. */
  audiences?: string[];
  /** Why it could not be checked. */
  error?: string;
}

/** A user. */
export interface UserInfo {
  /** The name. */
  username?: string;
  /** The id. */
  uid?: string;
  /** The groups. */
  groups?: string[];
  /** What else the authenticator knows. */
  extra?: Record<string, ExtraValue>;
}

// authorization.k8s.io/v1

/** Values. */
export type ExtraValueAuthorization = string[];

/** A field selector. */
export interface FieldSelectorAttributes {
  /** As text. */
  rawSelector?: string;
  /** As requirements. */
  requirements?: FieldSelectorRequirement[];
}

/** A label selector. */
export interface LabelSelectorAttributes {
  /** As text. */
  rawSelector?: string;
  /** As requirements. */
  requirements?: LabelSelectorRequirement[];
}

/** Asks whether a user may do something in one namespace. */
export interface LocalSubjectAccessReview {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: SubjectAccessReviewSpec;
  /** What was last observed. Written by the system. */
  status?: SubjectAccessReviewStatus;
}

/** An action on a path. */
export interface NonResourceAttributes {
  /** The path. */
  path?: string;
  /** The HTTP method in lower case. */
  verb?: string;
}

/** What is allowed on paths. */
export interface NonResourceRule {
  /** The HTTP methods in lower case; * is all. */
  verbs: string[];
  /** The paths; a * at the end stands for any rest. */
  nonResourceURLs?: string[];
}

/** An action on a resource. "*" or empty means all, as told. */
export interface ResourceAttributes {
  /** The namespace; empty for all, or for what has none. */
  namespace?: string;
  /** get, list, watch, create, update, patch, delete and so on; * is all. */
  verb?: string;
  /** The API group; * is all. */
  group?: string;
  /** The version; * is all. */
  version?: string;
  /** The resource; * is all. */
  resource?: string;
  /** The subresource; empty is none. */
  subresource?: string;
  /** The object's name; empty is all. */
  name?: string;
  /** The field selector of the request. */
  fieldSelector?: FieldSelectorAttributes;
  /** The label selector of the request. */
  labelSelector?: LabelSelectorAttributes;
}

/** What is allowed on resources. */
export interface ResourceRule {
  /** The verbs; * is all. */
  verbs: string[];
  /** The groups; * is all. */
  apiGroups?: string[];
  /** The resources; * is all. */
  resources?: string[];
  /** Only objects of these names. */
  resourceNames?: string[];
}

/** Asks whether the caller may do something. */
export interface SelfSubjectAccessReview {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: SelfSubjectAccessReviewSpec;
  /** What was last observed. Written by the system. */
  status?: SubjectAccessReviewStatus;
}

/** What: exactly one kind of attributes. */
export interface SelfSubjectAccessReviewSpec {
  /** An action on a resource. */
  resourceAttributes?: ResourceAttributes;
  /** An action on a path. */
  nonResourceAttributes?: NonResourceAttributes;
}

/** Asks what the caller may do in a namespace. */
export interface SelfSubjectRulesReview {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: SelfSubjectRulesReviewSpec;
  /** What was last observed. Written by the system. */
  status?: SubjectRulesReviewStatus;
}

/** Where. */
export interface SelfSubjectRulesReviewSpec {
  /** The namespace. */
  namespace?: string;
}

/** Asks whether a user may do something. */
export interface SubjectAccessReview {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: SubjectAccessReviewSpec;
  /** What was last observed. Written by the system. */
  status?: SubjectAccessReviewStatus;
}

/** Who and what: exactly one kind of attributes. */
export interface SubjectAccessReviewSpec {
  /** An action on a resource. */
  resourceAttributes?: ResourceAttributes;
  /** An action on a path. */
  nonResourceAttributes?: NonResourceAttributes;
  /** The user. */
  user?: string;
  /** The user's groups. */
  groups?: string[];
  /** What else is known of the user. */
  extra?: Record<string, ExtraValueAuthorization>;
  /** The user's id. */
  uid?: string;
}

/** The answer. */
export interface SubjectAccessReviewStatus {
  /** Whether it is allowed. */
  allowed: boolean;
  /** Whether it is forbidden outright. */
  denied?: boolean;
  /** Why. */
  reason?: string;
  /** What went wrong while deciding. */
  evaluationError?: string;
}

/** What is allowed. */
export interface SubjectRulesReviewStatus {
  /** On resources. */
  resourceRules: ResourceRule[];
  /** On paths. */
  nonResourceRules: NonResourceRule[];
  /** Whether there may be more. */
  incomplete: boolean;
  /** What went wrong while collecting. */
  evaluationError?: string;
}

// autoscaling/v1

/** An object of the same namespace. */
export interface CrossVersionObjectReference {
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Its group and version. */
  apiVersion?: string;
}

/** Keeps the number of pods in step with load. */
export interface HorizontalPodAutoscaler {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: HorizontalPodAutoscalerSpec;
  /** What was last observed. Written by the system. */
  status?: HorizontalPodAutoscalerStatus;
}

/** A list of HorizontalPodAutoscaler objects. */
export interface HorizontalPodAutoscalerList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: HorizontalPodAutoscaler[];
}

/** What is scaled, and when. */
export interface HorizontalPodAutoscalerSpec {
  /** What is scaled. */
  scaleTargetRef: CrossVersionObjectReference;
  /** The fewest pods. Defaults to 1. */
  minReplicas?: number;
  /** The most pods. */
  maxReplicas: number;
  /** The CPU use to keep, in percent of the requests. */
  targetCPUUtilizationPercentage?: number;
}

/** What was last observed. */
export interface HorizontalPodAutoscalerStatus {
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** When the number of pods was last changed. */
  lastScaleTime?: string;
  /** How many pods there are. */
  currentReplicas: number;
  /** How many there should be. */
  desiredReplicas: number;
  /** The CPU use, in percent of the requests. */
  currentCPUUtilizationPercentage?: number;
}

/** How many pods an object keeps; its scale subresource. */
export interface Scale {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: ScaleSpec;
  /** What was last observed. Written by the system. */
  status?: ScaleStatus;
}

/** How many are wanted. */
export interface ScaleSpec {
  /** How many pods. */
  replicas?: number;
}

/** How many there are. */
export interface ScaleStatus {
  /** How many pods there are. */
  replicas: number;
  /** Which pods, as a label selector's text. */
  selector?: string;
}

// autoscaling/v2

/** A resource of one container of the pods. */
export interface ContainerResourceMetricSource {
  /** The resource. */
  name: string;
  /** The value to keep. */
  target: MetricTarget;
  /** The container. */
  container: string;
}

/** A resource of one container of the pods. */
export interface ContainerResourceMetricStatus {
  /** The resource. */
  name: string;
  /** The value. */
  current: MetricValueStatus;
  /** The container. */
  container: string;
}

/** An object of the same namespace. */
export interface CrossVersionObjectReferenceV2 {
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Its group and version. */
  apiVersion?: string;
}

/** A metric from outside. */
export interface ExternalMetricSource {
  /** The metric. */
  metric: MetricIdentifier;
  /** The value to keep. */
  target: MetricTarget;
}

/** A metric from outside. */
export interface ExternalMetricStatus {
  /** The metric. */
  metric: MetricIdentifier;
  /** The value. */
  current: MetricValueStatus;
}

/** One bound. */
export interface HPAScalingPolicy {
  /** Pods or Percent. */
  type: string;
  /** How many. */
  value: number;
  /** Within how many seconds. */
  periodSeconds: number;
}

/** How fast, in one direction. */
export interface HPAScalingRules {
  /** How far back proposals count, in seconds. */
  stabilizationWindowSeconds?: number;
  /** Which policy wins: Max (the default), Min or Disabled. */
  selectPolicy?: string;
  /** The policies. */
  policies?: HPAScalingPolicy[];
}

/** Keeps the number of pods in step with load. */
export interface HorizontalPodAutoscalerV2 {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: HorizontalPodAutoscalerSpecV2;
  /** What was last observed. Written by the system. */
  status?: HorizontalPodAutoscalerStatusV2;
}

/** How fast the number of pods may change. */
export interface HorizontalPodAutoscalerBehavior {
  /** Upwards. */
  scaleUp?: HPAScalingRules;
  /** Downwards. */
  scaleDown?: HPAScalingRules;
}

/** One aspect of its state. */
export interface HorizontalPodAutoscalerCondition {
  /** AbleToScale, ScalingActive or ScalingLimited. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of HorizontalPodAutoscaler objects. */
export interface HorizontalPodAutoscalerListV2 {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: HorizontalPodAutoscalerV2[];
}

/** What is scaled, and when. */
export interface HorizontalPodAutoscalerSpecV2 {
  /** What is scaled. */
  scaleTargetRef: CrossVersionObjectReferenceV2;
  /** The fewest pods. Defaults to 1. */
  minReplicas?: number;
  /** The most pods. */
  maxReplicas: number;
  /** What the number of pods follows; the highest proposal wins. */
  metrics?: MetricSpec[];
  /** How fast it may change. */
  behavior?: HorizontalPodAutoscalerBehavior;
}

/** What was last observed. */
export interface HorizontalPodAutoscalerStatusV2 {
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** When the number of pods was last changed. */
  lastScaleTime?: string;
  /** How many pods there are. */
  currentReplicas?: number;
  /** How many there should be. */
  desiredReplicas: number;
  /** The metrics as last read. */
  currentMetrics?: MetricStatus[];
  /** What is known of the object's state, one entry a type. */
  conditions?: HorizontalPodAutoscalerCondition[];
}

/** A metric. */
export interface MetricIdentifier {
  /** Its name. */
  name: string;
  /** Which of its series. */
  selector?: LabelSelector;
}

/** A metric to follow. */
export interface MetricSpec {
  /** Resource, ContainerResource, Pods, Object or External. */
  type: string;
  /** A metric of another object. */
  object?: ObjectMetricSource;
  /** A metric of the pods. */
  pods?: PodsMetricSource;
  /** A resource of the pods. */
  resource?: ResourceMetricSource;
  /** A resource of one container of the pods. */
  containerResource?: ContainerResourceMetricSource;
  /** A metric from outside. */
  external?: ExternalMetricSource;
}

/** A metric as last read. */
export interface MetricStatus {
  /** Resource, ContainerResource, Pods, Object or External. */
  type: string;
  /** A metric of another object. */
  object?: ObjectMetricStatus;
  /** A metric of the pods. */
  pods?: PodsMetricStatus;
  /** A resource of the pods. */
  resource?: ResourceMetricStatus;
  /** A resource of one container of the pods. */
  containerResource?: ContainerResourceMetricStatus;
  /** A metric from outside. */
  external?: ExternalMetricStatus;
}

/** The value to keep. */
export interface MetricTarget {
  /** Utilization, Value or AverageValue. */
  type: string;
  /** The value. */
  value?: string;
  /** The average over the pods. */
  averageValue?: string;
  /** The average over the pods, in percent of the requests. */
  averageUtilization?: number;
}

/** A value. */
export interface MetricValueStatus {
  /** The value. */
  value?: string;
  /** The average over the pods. */
  averageValue?: string;
  /** The average over the pods, in percent of the requests. */
  averageUtilization?: number;
}

/** A metric of another object. */
export interface ObjectMetricSource {
  /** The object. */
  describedObject: CrossVersionObjectReferenceV2;
  /** The value to keep. */
  target: MetricTarget;
  /** The metric. */
  metric: MetricIdentifier;
}

/** A metric of another object. */
export interface ObjectMetricStatus {
  /** The metric. */
  metric: MetricIdentifier;
  /** The value. */
  current: MetricValueStatus;
  /** The object. */
  describedObject: CrossVersionObjectReferenceV2;
}

/** A metric of the pods. */
export interface PodsMetricSource {
  /** The metric. */
  metric: MetricIdentifier;
  /** The value to keep. */
  target: MetricTarget;
}

/** A metric of the pods. */
export interface PodsMetricStatus {
  /** The metric. */
  metric: MetricIdentifier;
  /** The value. */
  current: MetricValueStatus;
}

/** A resource of the pods. */
export interface ResourceMetricSource {
  /** The resource. */
  name: string;
  /** The value to keep. */
  target: MetricTarget;
}

/** A resource of the pods. */
export interface ResourceMetricStatus {
  /** The resource. */
  name: string;
  /** The value. */
  current: MetricValueStatus;
}

// batch/v1

/** Makes jobs by the clock. */
export interface CronJob {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: CronJobSpec;
  /** What was last observed. Written by the system. */
  status?: CronJobStatus;
}

/** A list of CronJob objects. */
export interface CronJobList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: CronJob[];
}

/** When, and what. */
export interface CronJobSpec {
  /** When, as five fields of cron. */
  schedule: string;
  /** The time zone of the schedule. Defaults to that of the control plane. */
  timeZone?: string;
  /** How late a job may still be started, in seconds. */
  startingDeadlineSeconds?: number;
  /** When the one before still runs: Allow (the default), Forbid or Replace. */
  concurrencyPolicy?: string;
  /** Whether no jobs are made for now. Defaults to false. */
  suspend?: boolean;
  /** The job to make. */
  jobTemplate: JobTemplateSpec;
  /** How many succeeded jobs are kept. Defaults to 3. */
  successfulJobsHistoryLimit?: number;
  /** How many failed jobs are kept. Defaults to 1. */
  failedJobsHistoryLimit?: number;
}

/** What was last observed of a cron job. */
export interface CronJobStatus {
  /** The jobs that run. */
  active?: ObjectReference[];
  /** When a job was last made. */
  lastScheduleTime?: string;
  /** When a job last succeeded. */
  lastSuccessfulTime?: string;
}

/** Runs pods until enough of them have succeeded. */
export interface Job {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: JobSpec;
  /** What was last observed. Written by the system. */
  status?: JobStatus;
}

/** One aspect of a job's state. */
export interface JobCondition {
  /** Complete, Failed, Suspended and so on. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition was last looked at. */
  lastProbeTime?: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of Job objects. */
export interface JobList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Job[];
}

/** What runs, how often and how long. */
export interface JobSpec {
  /** How many pods may run at once. Defaults to 1. */
  parallelism?: number;
  /** How many pods must succeed. */
  completions?: number;
  /** After how many seconds the job is stopped. */
  activeDeadlineSeconds?: number;
  /** What failures of pods mean. */
  podFailurePolicy?: PodFailurePolicy;
  /** When the job counts as done before all have succeeded. */
  successPolicy?: SuccessPolicy;
  /** How many retries until the job counts as failed. Defaults to 6. */
  backoffLimit?: number;
  /** How many retries an index has, for Indexed. */
  backoffLimitPerIndex?: number;
  /** How many indexes may fail, for Indexed. */
  maxFailedIndexes?: number;
  /** Which pods belong to it. Usually left to the system. */
  selector?: LabelSelector;
  /** Whether selector is your own. */
  manualSelector?: boolean;
  /** The pod that is created, again and again. */
  template: PodTemplateSpec;
  /** After how many seconds a finished job is removed. */
  ttlSecondsAfterFinished?: number;
  /** NonIndexed (the default), or Indexed: each pod has a number. */
  completionMode?: string;
  /** Whether no pods run for now. Defaults to false. */
  suspend?: boolean;
  /** When a pod is replaced: TerminatingOrFailed or Failed. */
  podReplacementPolicy?: string;
  /** The controller that looks after the job, if not the usual one. */
  managedBy?: string;
}

/** What was last observed of a job. */
export interface JobStatus {
  /** What is known of the object's state, one entry a type. */
  conditions?: JobCondition[];
  /** When the job began. */
  startTime?: string;
  /** When it was done. */
  completionTime?: string;
  /** How many pods run or wait. */
  active?: number;
  /** How many have succeeded. */
  succeeded?: number;
  /** How many have failed. */
  failed?: number;
  /** How many are stopping. */
  terminating?: number;
  /** The indexes that are done, for example 1,3-5. */
  completedIndexes?: string;
  /** The indexes that have failed. */
  failedIndexes?: string;
  /** Pods that ended and are not counted yet. */
  uncountedTerminatedPods?: UncountedTerminatedPods;
  /** How many are ready. */
  ready?: number;
}

/** A job to make. */
export interface JobTemplateSpec {
  /** Labels and annotations of the created jobs. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: JobSpec;
}

/** What failures of pods mean. */
export interface PodFailurePolicy {
  /** The first that matches counts. */
  rules: PodFailurePolicyRule[];
}

/** Exit codes. */
export interface PodFailurePolicyOnExitCodesRequirement {
  /** Of this container; of any when empty. */
  containerName?: string;
  /** In or NotIn. */
  operator: string;
  /** The codes. */
  values: number[];
}

/** A condition of a pod. */
export interface PodFailurePolicyOnPodConditionsPattern {
  /** The condition. */
  type: string;
  /** Its status. */
  status: string;
}

/** What one sort of failure means. */
export interface PodFailurePolicyRule {
  /** FailJob, FailIndex, Ignore or Count. */
  action: string;
  /** By exit codes. */
  onExitCodes?: PodFailurePolicyOnExitCodesRequirement;
  /** By the pod's conditions. */
  onPodConditions?: PodFailurePolicyOnPodConditionsPattern[];
}

/** When a job counts as done. */
export interface SuccessPolicy {
  /** Any of them is enough. */
  rules: SuccessPolicyRule[];
}

/** One way to be done. */
export interface SuccessPolicyRule {
  /** These indexes have succeeded. */
  succeededIndexes?: string;
  /** So many have succeeded. */
  succeededCount?: number;
}

/** Pods that ended and are not counted yet, by uid. */
export interface UncountedTerminatedPods {
  /** Those that succeeded. */
  succeeded?: string[];
  /** Those that failed. */
  failed?: string[];
}

// certificates.k8s.io/v1

/** Asks for a certificate: of a client, or of a node's server. */
export interface CertificateSigningRequest {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is asked for, and by whom. Fixed once it is made. */
  spec: CertificateSigningRequestSpec;
  /** Whether it was approved, and the certificate. Written by the system. */
  status?: CertificateSigningRequestStatus;
}

/** One aspect of its state. */
export interface CertificateSigningRequestCondition {
  /** Approved, Denied or Failed. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
  /** When the condition was last written. */
  lastUpdateTime?: string;
  /** When it last changed from one status to another. */
  lastTransitionTime?: string;
}

/** A list of CertificateSigningRequest objects. */
export interface CertificateSigningRequestList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: CertificateSigningRequest[];
}

/** What is asked for, and by whom. */
export interface CertificateSigningRequestSpec {
  /** A PKCS#10 request in PEM, as base64. */
  request: string;
  /** Who shall sign it: `example.org/name`, or one of `kubernetes.io/kube-apiserver-client`, `kubernetes.io/kube-apiserver-client-kubelet`, `kubernetes.io/kubelet-serving`. */
  signerName: string;
  /** How long the certificate shall last, at least 600. The signer may give less or more. */
  expirationSeconds?: number;
  /** What the key shall be used for: `client auth`, `digital signature`, `server auth` and others. */
  usages?: string[];
  /** Who made the request. Written by the system. */
  username?: string;
  /** Their id. Written by the system. */
  uid?: string;
  /** Their groups. Written by the system. */
  groups?: string[];
  /** What else is known of them. Written by the system. */
  extra?: Record<string, ExtraValueCertificates>;
}

/** Whether it was approved, and the certificate. */
export interface CertificateSigningRequestStatus {
  /** Approved, Denied and Failed, which stay once they are there. */
  conditions?: CertificateSigningRequestCondition[];
  /** The certificate in PEM, as base64, once it is signed. */
  certificate?: string;
}

/** Values. */
export type ExtraValueCertificates = string[];

// coordination.k8s.io/v1

/** A lock that must be renewed. */
export interface Lease {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: LeaseSpec;
}

/** A list of Lease objects. */
export interface LeaseList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Lease[];
}

/** Who holds it and since when. */
export interface LeaseSpec {
  /** Who holds it. */
  holderIdentity?: string;
  /** After how many seconds without renewal others may take it. */
  leaseDurationSeconds?: number;
  /** When it was taken. */
  acquireTime?: string;
  /** When it was last renewed. */
  renewTime?: string;
  /** How often it changed hands. */
  leaseTransitions?: number;
  /** How holders are chosen among candidates. */
  strategy?: string;
  /** Who had better hold it. */
  preferredHolder?: string;
}

// core/v1

/** A volume of AWS. */
export interface AWSElasticBlockStoreVolumeSource {
  /** The volume's id at the provider. */
  volumeID: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** The partition's number. */
  partition?: number;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** Rules about where a pod may run. */
export interface Affinity {
  /** About the nodes. */
  nodeAffinity?: NodeAffinity;
  /** Near which pods. */
  podAffinity?: PodAffinity;
  /** Away from which pods. */
  podAntiAffinity?: PodAntiAffinity;
}

/** Which AppArmor profile applies. */
export interface AppArmorProfile {
  /** RuntimeDefault, Unconfined or Localhost. */
  type: string;
  /** The profile loaded on the node, for Localhost. */
  localhostProfile?: string;
}

/** A volume attached to a node. */
export interface AttachedVolume {
  /** The volume. */
  name: string;
  /** Its device. */
  devicePath: string;
}

/** An Azure disk. */
export interface AzureDiskVolumeSource {
  /** The disk's name. */
  diskName: string;
  /** The disk's address. */
  diskURI: string;
  /** None, ReadOnly or ReadWrite. */
  cachingMode?: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** Shared, Dedicated or Managed. */
  kind?: string;
}

/** An Azure file share. */
export interface AzureFilePersistentVolumeSource {
  /** The Secret with the credentials. */
  secretName: string;
  /** The share. */
  shareName: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The Secret's namespace. */
  secretNamespace?: string;
}

/** An Azure file share. */
export interface AzureFileVolumeSource {
  /** The Secret with the credentials. */
  secretName: string;
  /** The share. */
  shareName: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** Puts a pod on a node; posted to the pod's binding subresource. */
export interface Binding {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** The node. */
  target: ObjectReference;
}

/** A volume of a CSI driver. */
export interface CSIPersistentVolumeSource {
  /** The driver. */
  driver: string;
  /** The volume's id at the driver. */
  volumeHandle: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** What the driver needs to know. */
  volumeAttributes?: Record<string, string>;
  /** Credentials for attaching. */
  controllerPublishSecretRef?: SecretReference;
  /** Credentials for staging. */
  nodeStageSecretRef?: SecretReference;
  /** Credentials for mounting. */
  nodePublishSecretRef?: SecretReference;
  /** Credentials for growing, at the controller. */
  controllerExpandSecretRef?: SecretReference;
  /** Credentials for growing, at the node. */
  nodeExpandSecretRef?: SecretReference;
}

/** A volume of a CSI driver that lives as long as the pod. */
export interface CSIVolumeSource {
  /** The driver. */
  driver: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** What the driver needs to know. */
  volumeAttributes?: Record<string, string>;
  /** Credentials for mounting. */
  nodePublishSecretRef?: LocalObjectReference;
}

/** Linux capabilities. */
export interface Capabilities {
  /** Capabilities beyond the runtime's own set. */
  add?: string[];
  /** Capabilities to take away; ALL takes all. */
  drop?: string[];
}

/** A Ceph file system. */
export interface CephFSPersistentVolumeSource {
  /** The monitors' addresses. */
  monitors: string[];
  /** The path within. Defaults to /. */
  path?: string;
  /** The user. Defaults to admin. */
  user?: string;
  /** The key ring's path on the node. */
  secretFile?: string;
  /** The Secret with the credentials. */
  secretRef?: SecretReference;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A Ceph file system. */
export interface CephFSVolumeSource {
  /** The monitors' addresses. */
  monitors: string[];
  /** The path within. Defaults to /. */
  path?: string;
  /** The user. Defaults to admin. */
  user?: string;
  /** The key ring's path on the node. */
  secretFile?: string;
  /** The Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A volume of OpenStack. */
export interface CinderPersistentVolumeSource {
  /** The volume's id at the provider. */
  volumeID: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The Secret with the credentials. */
  secretRef?: SecretReference;
}

/** A volume of OpenStack. */
export interface CinderVolumeSource {
  /** The volume's id at the provider. */
  volumeID: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The Secret with the credentials. */
  secretRef?: LocalObjectReference;
}

/** Affinity by the client's address. */
export interface ClientIPConfig {
  /** How long it holds, in seconds. Defaults to 10800. */
  timeoutSeconds?: number;
}

/** Certificates of ClusterTrustBundles. */
export interface ClusterTrustBundleProjection {
  /** One bundle. */
  name?: string;
  /** All bundles of a signer. */
  signerName?: string;
  /** Which of the signer's bundles. */
  labelSelector?: LabelSelector;
  /** Whether they may be missing. */
  optional?: boolean;
  /** The file's path. */
  path: string;
}

/** The health of a part. */
export interface ComponentCondition {
  /** Healthy. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** An explanation for people. */
  message?: string;
  /** What is wrong. */
  error?: string;
}

/** The health of a part of the control plane. Deprecated. */
export interface ComponentStatus {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** The health. */
  conditions?: ComponentCondition[];
}

/** A list of ComponentStatus objects. */
export interface ComponentStatusList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ComponentStatus[];
}

/** Settings for pods, as keys and texts. */
export interface ConfigMap {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Whether the data may never change again. */
  immutable?: boolean;
  /** Texts by key. */
  data?: Record<string, string>;
  /** Bytes by key, in base64. Keys must not be in data too. */
  binaryData?: Record<string, string>;
}

/** A ConfigMap of the pod's namespace. */
export interface ConfigMapEnvSource {
  /** The ConfigMap's name. */
  name?: string;
  /** Whether the container may start without it. */
  optional?: boolean;
}

/** One key of a ConfigMap of the pod's namespace. */
export interface ConfigMapKeySelector {
  /** The ConfigMap's name. */
  name?: string;
  /** The key. */
  key: string;
  /** Whether the ConfigMap or the key may be missing. */
  optional?: boolean;
}

/** A list of ConfigMap objects. */
export interface ConfigMapList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ConfigMap[];
}

/** Not used any more. */
export interface ConfigMapNodeConfigSource {
  /** Not used any more. */
  namespace: string;
  /** Not used any more. */
  name: string;
  /** Not used any more. */
  uid?: string;
  /** Not used any more. */
  resourceVersion?: string;
  /** Not used any more. */
  kubeletConfigKey: string;
}

/** Keys of a ConfigMap. */
export interface ConfigMapProjection {
  /** The ConfigMap. */
  name?: string;
  /** Which keys, and under which paths. Without it, all. */
  items?: KeyToPath[];
  /** Whether the ConfigMap or its keys may be missing. */
  optional?: boolean;
}

/** The keys of a ConfigMap as files. */
export interface ConfigMapVolumeSource {
  /** The ConfigMap. */
  name?: string;
  /** Which keys, and under which paths. Without it, all. */
  items?: KeyToPath[];
  /** The files' mode. Defaults to 0644. */
  defaultMode?: number;
  /** Whether the ConfigMap or its keys may be missing. */
  optional?: boolean;
}

/** One container of a pod. */
export interface Container {
  /** The container's name, a DNS label unique in the pod. */
  name: string;
  /** The image to run. */
  image?: string;
  /** The program to run, instead of the image's entrypoint. $(NAME) is replaced by environment variables. */
  command?: string[];
  /** Arguments, instead of the image's command. $(NAME) is replaced by environment variables. */
  args?: string[];
  /** The directory to start in, instead of the image's. */
  workingDir?: string;
  /** Ports that the container listens on. Leaving one out does not close it. */
  ports?: ContainerPort[];
  /** ConfigMaps and Secrets all of whose keys become environment variables. */
  envFrom?: EnvFromSource[];
  /** Environment variables. They win over those of envFrom. */
  env?: EnvVar[];
  /** How much CPU, memory and the like the container asks for and may use. */
  resources?: ResourceRequirements;
  /** For which resources a change needs a restart of the container. */
  resizePolicy?: ContainerResizePolicy[];
  /** Only for init containers, and only Always: the container keeps running beside the others (a sidecar). */
  restartPolicy?: string;
  /** Where the pod's volumes appear in the container. */
  volumeMounts?: VolumeMount[];
  /** Block devices that appear in the container. */
  volumeDevices?: VolumeDevice[];
  /** A check that restarts the container when it fails. */
  livenessProbe?: Probe;
  /** A check without which the container receives no traffic from services. */
  readinessProbe?: Probe;
  /** A check that must succeed once before the other probes begin. */
  startupProbe?: Probe;
  /** What to do right after start and right before stop. */
  lifecycle?: Lifecycle;
  /** The file whose end becomes the container's last message. Defaults to /dev/termination-log. */
  terminationMessagePath?: string;
  /** File (the default), or FallbackToLogsOnError: the log's end when the file is empty and the container failed. */
  terminationMessagePolicy?: string;
  /** Always, IfNotPresent or Never. Defaults to Always for :latest or no tag, else to IfNotPresent. */
  imagePullPolicy?: string;
  /** Security settings of the container; they win over the pod's. */
  securityContext?: SecurityContext;
  /** Whether standard input is kept open. Defaults to false. */
  stdin?: boolean;
  /** Whether standard input closes after the first client has gone. Defaults to false. */
  stdinOnce?: boolean;
  /** Whether the container has a terminal; needs stdin. Defaults to false. */
  tty?: boolean;
}

/** An image on a node. */
export interface ContainerImage {
  /** Its names. */
  names?: string[];
  /** Its size in bytes. */
  sizeBytes?: number;
}

/** A port that a container listens on. */
export interface ContainerPort {
  /** The port's name, unique in the pod, by which services and probes may call it. */
  name?: string;
  /** The same port on the node itself. */
  hostPort?: number;
  /** The port's number, 1 to 65535. */
  containerPort: number;
  /** TCP (the default), UDP or SCTP. */
  protocol?: string;
  /** The node's address that hostPort is bound to. */
  hostIP?: string;
}

/** What a change of one resource needs. */
export interface ContainerResizePolicy {
  /** cpu or memory. */
  resourceName: string;
  /** NotRequired or RestartContainer. */
  restartPolicy: string;
}

/** What a container does: one of these. */
export interface ContainerState {
  /** It has not started yet. */
  waiting?: ContainerStateWaiting;
  /** It runs. */
  running?: ContainerStateRunning;
  /** It has ended. */
  terminated?: ContainerStateTerminated;
}

/** A container that runs. */
export interface ContainerStateRunning {
  /** When it started. */
  startedAt?: string;
}

/** A container that has ended. */
export interface ContainerStateTerminated {
  /** Its exit code. */
  exitCode: number;
  /** The signal that ended it. */
  signal?: number;
  /** Completed, Error, OOMKilled and the like. */
  reason?: string;
  /** Its last words. */
  message?: string;
  /** When it had started. */
  startedAt?: string;
  /** When it ended. */
  finishedAt?: string;
  /** The runtime's id. */
  containerID?: string;
}

/** A container that has not started yet. */
export interface ContainerStateWaiting {
  /** Why not, for example ImagePullBackOff. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** What was last observed of a container. */
export interface ContainerStatus {
  /** The container. */
  name: string;
  /** What it does now. */
  state?: ContainerState;
  /** How it ended before, if it was restarted. */
  lastState?: ContainerState;
  /** Whether it passes its readiness probe. */
  ready: boolean;
  /** How often it was restarted. */
  restartCount: number;
  /** The image that it runs. */
  image: string;
  /** That image's digest. */
  imageID: string;
  /** The runtime's id, as <type>://<id>. */
  containerID?: string;
  /** Whether it has started and passed its startup probe. */
  started?: boolean;
  /** What the node has set aside for it. */
  allocatedResources?: Record<string, string>;
  /** The requests and limits in force. */
  resources?: ResourceRequirements;
  /** How its volumes are mounted. */
  volumeMounts?: VolumeMountStatus[];
  /** The user that its first process began as. */
  user?: ContainerUser;
  /** The health of its devices. */
  allocatedResourcesStatus?: ResourceStatus[];
}

/** The user of a container's first process. */
export interface ContainerUser {
  /** On Linux. */
  linux?: LinuxContainerUser;
}

/** A port. */
export interface DaemonEndpoint {
  /** The port's number. */
  Port: number;
}

/** Fields of the pod. */
export interface DownwardAPIProjection {
  /** The files. */
  items?: DownwardAPIVolumeFile[];
}

/** A file with a field of the pod. */
export interface DownwardAPIVolumeFile {
  /** The file's path, relative and without "..". */
  path: string;
  /** The field. */
  fieldRef?: ObjectFieldSelector;
  /** A request or limit of a container. */
  resourceFieldRef?: ResourceFieldSelector;
  /** The file's mode. */
  mode?: number;
}

/** Fields of the pod as files. */
export interface DownwardAPIVolumeSource {
  /** The files. */
  items?: DownwardAPIVolumeFile[];
  /** The files' mode. Defaults to 0644. */
  defaultMode?: number;
}

/** An empty directory that lives as long as the pod. */
export interface EmptyDirVolumeSource {
  /** "" for the node's disk, Memory for tmpfs, or HugePages. */
  medium?: string;
  /** The most that it may hold. */
  sizeLimit?: string;
}

/** An address. */
export interface EndpointAddress {
  /** The address. */
  ip: string;
  /** Its host name. */
  hostname?: string;
  /** Its node. */
  nodeName?: string;
  /** The object behind it, a Pod. */
  targetRef?: ObjectReference;
}

/** A port. */
export interface EndpointPort {
  /** The service port's name. */
  name?: string;
  /** The number. */
  port: number;
  /** TCP, UDP or SCTP. */
  protocol?: string;
  /** The application's protocol. */
  appProtocol?: string;
}

/** Addresses that all offer the same ports. */
export interface EndpointSubset {
  /** Ready addresses. */
  addresses?: EndpointAddress[];
  /** Addresses that are not ready. */
  notReadyAddresses?: EndpointAddress[];
  /** The ports. */
  ports?: EndpointPort[];
}

/** The addresses behind a service; EndpointSlices hold the same and more. */
export interface Endpoints {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Addresses and ports that belong together. */
  subsets?: EndpointSubset[];
}

/** A list of Endpoints objects. */
export interface EndpointsList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Endpoints[];
}

/** A ConfigMap or Secret whose keys become environment variables. */
export interface EnvFromSource {
  /** Put before each name. */
  prefix?: string;
  /** The ConfigMap. */
  configMapRef?: ConfigMapEnvSource;
  /** The Secret. */
  secretRef?: SecretEnvSource;
}

/** An environment variable. */
export interface EnvVar {
  /** The variable's name. */
  name: string;
  /** Its value. $(NAME) is replaced by earlier variables; $$(NAME) is not. */
  value?: string;
  /** Where the value comes from, instead of value. */
  valueFrom?: EnvVarSource;
}

/** Where a variable's value comes from: exactly one of these. */
export interface EnvVarSource {
  /** A field of the pod, for example metadata.name or status.podIP. */
  fieldRef?: ObjectFieldSelector;
  /** A request or limit of a container. */
  resourceFieldRef?: ResourceFieldSelector;
  /** A key of a ConfigMap. */
  configMapKeyRef?: ConfigMapKeySelector;
  /** A key of a Secret. */
  secretKeyRef?: SecretKeySelector;
}

/** A container added to a running pod, for debugging; it is never restarted. */
export interface EphemeralContainer {
  /** The container's name, unique in the pod. */
  name: string;
  /** The image to run. */
  image?: string;
  /** The program to run, instead of the image's entrypoint. */
  command?: string[];
  /** Arguments, instead of the image's command. */
  args?: string[];
  /** The directory to start in. */
  workingDir?: string;
  /** Not allowed for ephemeral containers. */
  ports?: ContainerPort[];
  /** ConfigMaps and Secrets all of whose keys become environment variables. */
  envFrom?: EnvFromSource[];
  /** Environment variables. */
  env?: EnvVar[];
  /** Not allowed for ephemeral containers. */
  resources?: ResourceRequirements;
  /** Not allowed for ephemeral containers. */
  resizePolicy?: ContainerResizePolicy[];
  /** Not allowed for ephemeral containers. */
  restartPolicy?: string;
  /** Where the pod's volumes appear in the container. */
  volumeMounts?: VolumeMount[];
  /** Block devices that appear in the container. */
  volumeDevices?: VolumeDevice[];
  /** Not allowed for ephemeral containers. */
  livenessProbe?: Probe;
  /** Not allowed for ephemeral containers. */
  readinessProbe?: Probe;
  /** Not allowed for ephemeral containers. */
  startupProbe?: Probe;
  /** Not allowed for ephemeral containers. */
  lifecycle?: Lifecycle;
  /** The file whose end becomes the container's last message. */
  terminationMessagePath?: string;
  /** File, or FallbackToLogsOnError. */
  terminationMessagePolicy?: string;
  /** Always, IfNotPresent or Never. */
  imagePullPolicy?: string;
  /** Security settings of the container. */
  securityContext?: SecurityContext;
  /** Whether standard input is kept open. */
  stdin?: boolean;
  /** Whether standard input closes after the first client has gone. */
  stdinOnce?: boolean;
  /** Whether the container has a terminal. */
  tty?: boolean;
  /** The container whose process namespace it joins. */
  targetContainerName?: string;
}

/** A claim that lives as long as the pod. */
export interface EphemeralVolumeSource {
  /** The claim to make. */
  volumeClaimTemplate?: PersistentVolumeClaimTemplate;
}

/** A report that something happened to an object. Kept for a while. */
export interface Event {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata: ObjectMeta;
  /** What it is about. */
  involvedObject: ObjectReference;
  /** Why, in one CamelCase word. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
  /** Who reports it. */
  source?: EventSource;
  /** When it was first seen. */
  firstTimestamp?: string;
  /** When it was last seen. */
  lastTimestamp?: string;
  /** How often it was seen. */
  count?: number;
  /** Normal or Warning. */
  type?: string;
  /** When it was first seen, to the microsecond. */
  eventTime?: string;
  /** The series that it is part of. */
  series?: EventSeries;
  /** What was done. */
  action?: string;
  /** Another object that plays a part. */
  related?: ObjectReference;
  /** The controller that reports it. */
  reportingComponent?: string;
  /** That controller's instance. */
  reportingInstance?: string;
}

/** A list of Event objects. */
export interface EventList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Event[];
}

/** An event that keeps happening. */
export interface EventSeries {
  /** How often so far. */
  count?: number;
  /** When last. */
  lastObservedTime?: string;
}

/** Who reports an event. */
export interface EventSource {
  /** The component. */
  component?: string;
  /** Its node. */
  host?: string;
}

/** A command. */
export interface ExecAction {
  /** The program and its arguments; no shell is involved. */
  command?: string[];
}

/** A Fibre Channel disk. */
export interface FCVolumeSource {
  /** World-wide names of the targets. */
  targetWWNs?: string[];
  /** The logical unit's number. */
  lun?: number;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** World-wide ids of the volume. */
  wwids?: string[];
}

/** A volume of a FlexVolume driver. */
export interface FlexPersistentVolumeSource {
  /** The driver. */
  driver: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** The Secret with the credentials. */
  secretRef?: SecretReference;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** What the driver needs to know. */
  options?: Record<string, string>;
}

/** A volume of a FlexVolume driver. */
export interface FlexVolumeSource {
  /** The driver. */
  driver: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** The Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** What the driver needs to know. */
  options?: Record<string, string>;
}

/** A Flocker volume. */
export interface FlockerVolumeSource {
  /** The data set's name. */
  datasetName?: string;
  /** The data set's id. */
  datasetUUID?: string;
}

/** A disk of Google Compute Engine. */
export interface GCEPersistentDiskVolumeSource {
  /** The disk. */
  pdName: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** The partition's number. */
  partition?: number;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A call of the gRPC health service. */
export interface GRPCAction {
  /** The port's number. */
  port: number;
  /** The service to ask about. */
  service?: string;
}

/** A clone of a git repository. */
export interface GitRepoVolumeSource {
  /** Its address. */
  repository: string;
  /** The commit. */
  revision?: string;
  /** The directory to clone into. */
  directory?: string;
}

/** A Gluster volume. */
export interface GlusterfsPersistentVolumeSource {
  /** The Endpoints object with the servers. */
  endpoints: string;
  /** The volume. */
  path: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The Endpoints' namespace. */
  endpointsNamespace?: string;
}

/** A Gluster volume. */
export interface GlusterfsVolumeSource {
  /** The Endpoints object with the servers. */
  endpoints: string;
  /** The volume. */
  path: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A request over HTTP. */
export interface HTTPGetAction {
  /** The path to ask for. Defaults to /. */
  path?: string;
  /** The port, by number or by the name of one of the container's ports. */
  port: number | string;
  /** The host to ask. Defaults to the pod's address. */
  host?: string;
  /** HTTP (the default) or HTTPS, whose certificate is not checked. */
  scheme?: string;
  /** Headers to send. */
  httpHeaders?: HTTPHeader[];
}

/** A header to send. */
export interface HTTPHeader {
  /** The header's name. */
  name: string;
  /** The header's value. */
  value: string;
}

/** A line of /etc/hosts. */
export interface HostAlias {
  /** The address. */
  ip: string;
  /** The names. */
  hostnames?: string[];
}

/** An address of a node. */
export interface HostIP {
  /** The address. */
  ip: string;
}

/** A file or directory of the node. */
export interface HostPathVolumeSource {
  /** The path on the node. */
  path: string;
  /** What must be there: "", DirectoryOrCreate, Directory, FileOrCreate, File, Socket, CharDevice or BlockDevice. */
  type?: string;
}

/** An iSCSI disk. */
export interface ISCSIPersistentVolumeSource {
  /** The portal's address. */
  targetPortal: string;
  /** The target's name. */
  iqn: string;
  /** The logical unit's number. */
  lun: number;
  /** The interface. Defaults to default. */
  iscsiInterface?: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** More portals. */
  portals?: string[];
  /** Whether discovery uses CHAP. */
  chapAuthDiscovery?: boolean;
  /** Whether sessions use CHAP. */
  chapAuthSession?: boolean;
  /** The Secret with the credentials. */
  secretRef?: SecretReference;
  /** The initiator's name. */
  initiatorName?: string;
}

/** An iSCSI disk. */
export interface ISCSIVolumeSource {
  /** The portal's address. */
  targetPortal: string;
  /** The target's name. */
  iqn: string;
  /** The logical unit's number. */
  lun: number;
  /** The interface. Defaults to default. */
  iscsiInterface?: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** More portals. */
  portals?: string[];
  /** Whether discovery uses CHAP. */
  chapAuthDiscovery?: boolean;
  /** Whether sessions use CHAP. */
  chapAuthSession?: boolean;
  /** The Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** The initiator's name. */
  initiatorName?: string;
}

/** An OCI image as a directory. */
export interface ImageVolumeSource {
  /** The image. */
  reference?: string;
  /** Always, IfNotPresent or Never. */
  pullPolicy?: string;
}

/** A key and the file that it becomes. */
export interface KeyToPath {
  /** The key. */
  key: string;
  /** The file's path, relative and without "..". */
  path: string;
  /** The file's mode. */
  mode?: number;
}

/** What to do at two moments of a container's life. */
export interface Lifecycle {
  /** Right after the start. When it fails, the container is restarted. */
  postStart?: LifecycleHandler;
  /** Before the container is asked to stop; it counts into the grace period. */
  preStop?: LifecycleHandler;
}

/** One action. */
export interface LifecycleHandler {
  /** Run a command in the container. */
  exec?: ExecAction;
  /** Ask over HTTP. */
  httpGet?: HTTPGetAction;
  /** Not used any more. */
  tcpSocket?: TCPSocketAction;
  /** Wait. */
  sleep?: SleepAction;
}

/** Bounds and defaults for resources in a namespace. */
export interface LimitRange {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: LimitRangeSpec;
}

/** Bounds for one type. */
export interface LimitRangeItem {
  /** Container, Pod or PersistentVolumeClaim. */
  type: string;
  /** The most of each resource. */
  max?: Record<string, string>;
  /** The least of each resource. */
  min?: Record<string, string>;
  /** Limits for containers that give none. */
  default?: Record<string, string>;
  /** Requests for containers that give none. */
  defaultRequest?: Record<string, string>;
  /** The most that a limit may be of its request. */
  maxLimitRequestRatio?: Record<string, string>;
}

/** A list of LimitRange objects. */
export interface LimitRangeList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: LimitRange[];
}

/** The bounds. */
export interface LimitRangeSpec {
  /** One entry a type. */
  limits: LimitRangeItem[];
}

/** Ids of a process. */
export interface LinuxContainerUser {
  /** The user id. */
  uid: number;
  /** The group id. */
  gid: number;
  /** More group ids. */
  supplementalGroups?: number[];
}

/** An address of a load balancer. */
export interface LoadBalancerIngress {
  /** The address. */
  ip?: string;
  /** The name. */
  hostname?: string;
  /** VIP or Proxy. */
  ipMode?: string;
  /** The ports and their state. */
  ports?: PortStatus[];
}

/** A load balancer's addresses. */
export interface LoadBalancerStatus {
  /** The addresses. */
  ingress?: LoadBalancerIngress[];
}

/** An object of the same namespace. */
export interface LocalObjectReference {
  /** Its name. */
  name?: string;
}

/** A disk or directory of one node. */
export interface LocalVolumeSource {
  /** Its path on the node. */
  path: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
}

/** Where a change of class stands. */
export interface ModifyVolumeStatus {
  /** The class that is wanted. */
  targetVolumeAttributesClassName?: string;
  /** Pending, InProgress or Infeasible. */
  status: string;
}

/** An NFS export. */
export interface NFSVolumeSource {
  /** The server. */
  server: string;
  /** The exported path. */
  path: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A scope for names. */
export interface Namespace {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: NamespaceSpec;
  /** What was last observed. Written by the system. */
  status?: NamespaceStatus;
}

/** One aspect of a namespace's state. */
export interface NamespaceCondition {
  /** The aspect, for example NamespaceContentRemaining. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of Namespace objects. */
export interface NamespaceList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Namespace[];
}

/** What is wanted of a namespace. */
export interface NamespaceSpec {
  /** Who must agree before the namespace goes. */
  finalizers?: string[];
}

/** What was last observed of a namespace. */
export interface NamespaceStatus {
  /** Active or Terminating. */
  phase?: string;
  /** What is known of the object's state, one entry a type. */
  conditions?: NamespaceCondition[];
}

/** A host that runs pods. */
export interface Node {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: NodeSpec;
  /** What was last observed. Written by the system. */
  status?: NodeStatus;
}

/** An address of a node. */
export interface NodeAddress {
  /** Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS. */
  type: string;
  /** The address or name. */
  address: string;
}

/** Rules about nodes' labels. */
export interface NodeAffinity {
  /** What a node must fulfil. */
  requiredDuringSchedulingIgnoredDuringExecution?: NodeSelector;
  /** What a node had better fulfil, weighted. */
  preferredDuringSchedulingIgnoredDuringExecution?: PreferredSchedulingTerm[];
}

/** One aspect of a node's state. */
export interface NodeCondition {
  /** Ready, MemoryPressure and so on. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the node last reported it. */
  lastHeartbeatTime?: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** Not used any more. */
export interface NodeConfigSource {
  /** Not used any more. */
  configMap?: ConfigMapNodeConfigSource;
}

/** Not used any more. */
export interface NodeConfigStatus {
  /** Not used any more. */
  assigned?: NodeConfigSource;
  /** Not used any more. */
  active?: NodeConfigSource;
  /** Not used any more. */
  lastKnownGood?: NodeConfigSource;
  /** Not used any more. */
  error?: string;
}

/** Ports of a node's daemons. */
export interface NodeDaemonEndpoints {
  /** The node's agent. */
  kubeletEndpoint?: DaemonEndpoint;
}

/** What a node's agent offers. */
export interface NodeFeatures {
  /** The pod field of that name. */
  supplementalGroupsPolicy?: boolean;
}

/** A list of Node objects. */
export interface NodeList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Node[];
}

/** A handler of the container runtime. */
export interface NodeRuntimeHandler {
  /** Its name; empty is the default one. */
  name?: string;
  /** What it offers. */
  features?: NodeRuntimeHandlerFeatures;
}

/** What a handler offers. */
export interface NodeRuntimeHandlerFeatures {
  /** Mounts that are read-only all the way down. */
  recursiveReadOnlyMounts?: boolean;
  /** User namespaces. */
  userNamespaces?: boolean;
}

/** Nodes: those that fulfil any of the terms. */
export interface NodeSelector {
  /** The terms. */
  nodeSelectorTerms: NodeSelectorTerm[];
}

/** A requirement about one key. */
export interface NodeSelectorRequirement {
  /** The label or field. */
  key: string;
  /** In, NotIn, Exists, DoesNotExist, Gt or Lt. */
  operator: string;
  /** Some for In and NotIn, none for Exists and DoesNotExist, one number for Gt and Lt. */
  values?: string[];
}

/** Requirements that must all hold. */
export interface NodeSelectorTerm {
  /** About labels. */
  matchExpressions?: NodeSelectorRequirement[];
  /** About fields; only metadata.name is known. */
  matchFields?: NodeSelectorRequirement[];
}

/** What is wanted of a node. */
export interface NodeSpec {
  /** The range of its pods' addresses. */
  podCIDR?: string;
  /** The ranges of its pods' addresses, at most one an IP family; the first is podCIDR. */
  podCIDRs?: string[];
  /** The node's id at its provider. */
  providerID?: string;
  /** Whether no new pods are placed here (cordoned). */
  unschedulable?: boolean;
  /** Marks that keep pods away. */
  taints?: Taint[];
  /** Not used any more. */
  configSource?: NodeConfigSource;
  /** Not used any more. */
  externalID?: string;
}

/** What was last observed of a node. */
export interface NodeStatus {
  /** What the host has of each resource. */
  capacity?: Record<string, string>;
  /** What of it is for pods. */
  allocatable?: Record<string, string>;
  /** Not used any more. */
  phase?: string;
  /** Ready, MemoryPressure, DiskPressure, PIDPressure, NetworkUnavailable. */
  conditions?: NodeCondition[];
  /** How the node can be reached. */
  addresses?: NodeAddress[];
  /** Ports of the node's daemons. */
  daemonEndpoints?: NodeDaemonEndpoints;
  /** What the host is and runs. */
  nodeInfo?: NodeSystemInfo;
  /** Container images on the node. */
  images?: ContainerImage[];
  /** Attachable volumes in use. */
  volumesInUse?: string[];
  /** Volumes attached. */
  volumesAttached?: AttachedVolume[];
  /** Not used any more. */
  config?: NodeConfigStatus;
  /** What the container runtime offers. */
  runtimeHandlers?: NodeRuntimeHandler[];
  /** What the node's agent offers. */
  features?: NodeFeatures;
}

/** What a host is and runs. */
export interface NodeSystemInfo {
  /** /etc/machine-id. */
  machineID: string;
  /** The machine's UUID. */
  systemUUID: string;
  /** The kernel's id of this boot. */
  bootID: string;
  /** The kernel's version. */
  kernelVersion: string;
  /** The operating system's name. */
  osImage: string;
  /** The container runtime and its version. */
  containerRuntimeVersion: string;
  /** The version of the node's agent. */
  kubeletVersion: string;
  /** Deprecated. */
  kubeProxyVersion: string;
  /** For example linux. */
  operatingSystem: string;
  /** For example amd64. */
  architecture: string;
}

/** A field of the pod. */
export interface ObjectFieldSelector {
  /** The version whose fields fieldPath names. Defaults to v1. */
  apiVersion?: string;
  /** The field, for example metadata.labels['app']. */
  fieldPath: string;
}

/** A reference to an object. */
export interface ObjectReference {
  /** Its kind. */
  kind?: string;
  /** Its namespace. */
  namespace?: string;
  /** Its name. */
  name?: string;
  /** Its uid. */
  uid?: string;
  /** Its group and version. */
  apiVersion?: string;
  /** A version of it. */
  resourceVersion?: string;
  /** A part of it, for example spec.containers{name}. */
  fieldPath?: string;
}

/** Storage of the cluster. */
export interface PersistentVolume {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: PersistentVolumeSpec;
  /** What was last observed. Written by the system. */
  status?: PersistentVolumeStatus;
}

/** A wish for storage. */
export interface PersistentVolumeClaim {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: PersistentVolumeClaimSpec;
  /** What was last observed. Written by the system. */
  status?: PersistentVolumeClaimStatus;
}

/** One aspect of its state. */
export interface PersistentVolumeClaimCondition {
  /** The aspect, for example Resizing. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition was last looked at. */
  lastProbeTime?: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of PersistentVolumeClaim objects. */
export interface PersistentVolumeClaimList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PersistentVolumeClaim[];
}

/** What is wished for. */
export interface PersistentVolumeClaimSpec {
  /** How it shall be mounted. */
  accessModes?: string[];
  /** Which volumes, by their labels. */
  selector?: LabelSelector;
  /** How much. */
  resources?: VolumeResourceRequirements;
  /** The volume that it is bound to. */
  volumeName?: string;
  /** The StorageClass; the default one when not given. */
  storageClassName?: string;
  /** Filesystem (the default) or Block. */
  volumeMode?: string;
  /** What it starts as a copy of. */
  dataSource?: TypedLocalObjectReference;
  /** What it starts as a copy of, of any kind. */
  dataSourceRef?: TypedObjectReference;
  /** The VolumeAttributesClass. */
  volumeAttributesClassName?: string;
}

/** What was last observed of it. */
export interface PersistentVolumeClaimStatus {
  /** Pending, Bound or Lost. */
  phase?: string;
  /** How the volume may be mounted. */
  accessModes?: string[];
  /** The volume's size. */
  capacity?: Record<string, string>;
  /** What is known of the object's state, one entry a type. */
  conditions?: PersistentVolumeClaimCondition[];
  /** What has been set aside. */
  allocatedResources?: Record<string, string>;
  /** Where a resize stands. */
  allocatedResourceStatuses?: Record<string, string>;
  /** The class in force. */
  currentVolumeAttributesClassName?: string;
  /** Where a change of class stands. */
  modifyVolumeStatus?: ModifyVolumeStatus;
}

/** A claim to make. */
export interface PersistentVolumeClaimTemplate {
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: PersistentVolumeClaimSpec;
}

/** What a claim is bound to. */
export interface PersistentVolumeClaimVolumeSource {
  /** The claim, in the pod's namespace. */
  claimName: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A list of PersistentVolume objects. */
export interface PersistentVolumeList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PersistentVolume[];
}

/** What the storage is. */
export interface PersistentVolumeSpec {
  /** Its size. */
  capacity?: Record<string, string>;
  /** A disk of Google Compute Engine. */
  gcePersistentDisk?: GCEPersistentDiskVolumeSource;
  /** A volume of AWS. */
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
  /** A directory of a node; for tests. */
  hostPath?: HostPathVolumeSource;
  /** A Gluster volume. */
  glusterfs?: GlusterfsPersistentVolumeSource;
  /** An NFS export. */
  nfs?: NFSVolumeSource;
  /** A Ceph block device. */
  rbd?: RBDPersistentVolumeSource;
  /** An iSCSI disk. */
  iscsi?: ISCSIPersistentVolumeSource;
  /** A volume of OpenStack. */
  cinder?: CinderPersistentVolumeSource;
  /** A Ceph file system. */
  cephfs?: CephFSPersistentVolumeSource;
  /** A Fibre Channel disk. */
  fc?: FCVolumeSource;
  /** A Flocker volume. Gone. */
  flocker?: FlockerVolumeSource;
  /** A volume of a FlexVolume driver. Deprecated. */
  flexVolume?: FlexPersistentVolumeSource;
  /** An Azure file share. */
  azureFile?: AzureFilePersistentVolumeSource;
  /** A vSphere disk. */
  vsphereVolume?: VsphereVirtualDiskVolumeSource;
  /** A Quobyte volume. */
  quobyte?: QuobyteVolumeSource;
  /** An Azure disk. */
  azureDisk?: AzureDiskVolumeSource;
  /** A Photon disk. */
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
  /** A Portworx volume. */
  portworxVolume?: PortworxVolumeSource;
  /** A ScaleIO volume. */
  scaleIO?: ScaleIOPersistentVolumeSource;
  /** A disk or directory of one node. */
  local?: LocalVolumeSource;
  /** A StorageOS volume. */
  storageos?: StorageOSPersistentVolumeSource;
  /** A volume of a CSI driver. */
  csi?: CSIPersistentVolumeSource;
  /** How it may be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod. */
  accessModes?: string[];
  /** The claim that it is bound to. */
  claimRef?: ObjectReference;
  /** What becomes of it when released: Retain, Delete or Recycle. */
  persistentVolumeReclaimPolicy?: string;
  /** Its StorageClass. */
  storageClassName?: string;
  /** Options for mounting. */
  mountOptions?: string[];
  /** Filesystem (the default) or Block. */
  volumeMode?: string;
  /** Nodes that can reach it. */
  nodeAffinity?: VolumeNodeAffinity;
  /** Its VolumeAttributesClass. */
  volumeAttributesClassName?: string;
}

/** What was last observed of it. */
export interface PersistentVolumeStatus {
  /** Pending, Available, Bound, Released or Failed. */
  phase?: string;
  /** An explanation for people. */
  message?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** When the phase last changed. */
  lastPhaseTransitionTime?: string;
}

/** A Photon disk. */
export interface PhotonPersistentDiskVolumeSource {
  /** The disk's id. */
  pdID: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
}

/** One or more containers that run together on one node and share its network address and volumes. */
export interface Pod {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: PodSpec;
  /** What was last observed. Written by the system. */
  status?: PodStatus;
}

/** Near which pods a pod runs. */
export interface PodAffinity {
  /** Must all hold. */
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  /** Had better hold, weighted. */
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
}

/** Pods, and what counts as the same place. */
export interface PodAffinityTerm {
  /** The pods, by their labels. */
  labelSelector?: LabelSelector;
  /** The pods' namespaces. Defaults to the pod's own. */
  namespaces?: string[];
  /** The node label whose equal values are one place. */
  topologyKey: string;
  /** The pods' namespaces, by their labels. */
  namespaceSelector?: LabelSelector;
  /** Pod labels whose values must be those of the incoming pod. */
  matchLabelKeys?: string[];
  /** Pod labels whose values must differ from those of the incoming pod. */
  mismatchLabelKeys?: string[];
}

/** Away from which pods a pod runs. */
export interface PodAntiAffinity {
  /** Must all hold. */
  requiredDuringSchedulingIgnoredDuringExecution?: PodAffinityTerm[];
  /** Had better hold, weighted. */
  preferredDuringSchedulingIgnoredDuringExecution?: WeightedPodAffinityTerm[];
}

/** One aspect of a pod's state. */
export interface PodCondition {
  /** PodScheduled, Initialized, ContainersReady, Ready, DisruptionTarget or one of a controller's own. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition was last looked at. */
  lastProbeTime?: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** DNS settings. */
export interface PodDNSConfig {
  /** Name servers' addresses, put after those of dnsPolicy. */
  nameservers?: string[];
  /** Search domains, put after those of dnsPolicy. */
  searches?: string[];
  /** Resolver options; they win over those of dnsPolicy. */
  options?: PodDNSConfigOption[];
}

/** A resolver option. */
export interface PodDNSConfigOption {
  /** The option. */
  name?: string;
  /** Its value, if it has one. */
  value?: string;
}

/** An address of a pod. */
export interface PodIP {
  /** The address. */
  ip: string;
}

/** A list of Pod objects. */
export interface PodList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Pod[];
}

/** An operating system. */
export interface PodOS {
  /** linux or windows. */
  name: string;
}

/** A condition that must be True. */
export interface PodReadinessGate {
  /** The condition's type. */
  conditionType: string;
}

/** A claim on devices: by name or from a template. */
export interface PodResourceClaim {
  /** By which containers refer to it. */
  name: string;
  /** A ResourceClaim of the namespace. */
  resourceClaimName?: string;
  /** A template from which a claim is made for this pod. */
  resourceClaimTemplateName?: string;
}

/** The ResourceClaim that stands for an entry. */
export interface PodResourceClaimStatus {
  /** The entry of the pod's resourceClaims. */
  name: string;
  /** The ResourceClaim. */
  resourceClaimName?: string;
}

/** Something that holds back scheduling. */
export interface PodSchedulingGate {
  /** The gate's name. */
  name: string;
}

/** Security settings of a whole pod. */
export interface PodSecurityContext {
  /** The SELinux label of all containers. */
  seLinuxOptions?: SELinuxOptions;
  /** Settings for Windows. */
  windowsOptions?: WindowsSecurityContextOptions;
  /** The user id of the containers' first processes. */
  runAsUser?: number;
  /** The group id of the containers' first processes. */
  runAsGroup?: number;
  /** Whether containers that would run as user 0 are refused. */
  runAsNonRoot?: boolean;
  /** More group ids of the containers' processes. */
  supplementalGroups?: number[];
  /** Whether groups of the image count too: Merge (the default) or Strict. */
  supplementalGroupsPolicy?: string;
  /** A group id that volumes are made to belong to. */
  fsGroup?: number;
  /** Kernel parameters of the pod's namespaces. */
  sysctls?: Sysctl[];
  /** When volumes' ownership is changed: Always (the default) or OnRootMismatch. */
  fsGroupChangePolicy?: string;
  /** The seccomp profile of all containers. */
  seccompProfile?: SeccompProfile;
  /** The AppArmor profile of all containers. */
  appArmorProfile?: AppArmorProfile;
  /** How volumes are relabelled for SELinux: MountOption or Recursive. */
  seLinuxChangePolicy?: string;
}

/** How a pod runs: its containers, volumes, and where and under which rules. */
export interface PodSpec {
  /** The volumes that the pod's containers may mount. */
  volumes?: Volume[];
  /** Containers that run one after another to completion before the others start. Those with restartPolicy Always keep running beside them. */
  initContainers?: Container[];
  /** The containers of the pod, at least one. */
  containers: Container[];
  /** Containers added to a running pod for debugging. Only through the ephemeralcontainers subresource. */
  ephemeralContainers?: EphemeralContainer[];
  /** When containers are started again: Always (the default), OnFailure or Never. */
  restartPolicy?: string;
  /** How long containers have between being asked and being forced to stop, in seconds. Defaults to 30. */
  terminationGracePeriodSeconds?: number;
  /** After how many seconds on its node the pod is stopped and marked as failed. */
  activeDeadlineSeconds?: number;
  /** How names are resolved: ClusterFirst (the default), ClusterFirstWithHostNet, Default or None. */
  dnsPolicy?: string;
  /** Labels that a node must have for the pod to run there. */
  nodeSelector?: Record<string, string>;
  /** The ServiceAccount that the pod runs as. */
  serviceAccountName?: string;
  /** The old name of serviceAccountName. */
  serviceAccount?: string;
  /** Whether a token of the service account is mounted into the containers. */
  automountServiceAccountToken?: boolean;
  /** The node that the pod runs on. Set by the scheduler; set by a client it bypasses the scheduler. */
  nodeName?: string;
  /** Whether the pod uses the node's own network. Defaults to false. */
  hostNetwork?: boolean;
  /** Whether the pod sees the node's processes. Defaults to false. */
  hostPID?: boolean;
  /** Whether the pod uses the node's IPC namespace. Defaults to false. */
  hostIPC?: boolean;
  /** Whether the pod's containers see each other's processes. Defaults to false. */
  shareProcessNamespace?: boolean;
  /** Security settings for the whole pod; a container's own settings win. */
  securityContext?: PodSecurityContext;
  /** Secrets of this namespace with registry credentials for the images. */
  imagePullSecrets?: LocalObjectReference[];
  /** The pod's host name. Defaults to its name. */
  hostname?: string;
  /** With it the pod's full name is hostname.subdomain.namespace.svc.<cluster domain>. */
  subdomain?: string;
  /** Rules about which nodes and near which pods the pod may run. */
  affinity?: Affinity;
  /** The scheduler that places the pod. Defaults to default-scheduler. */
  schedulerName?: string;
  /** The taints that the pod puts up with. */
  tolerations?: Toleration[];
  /** More lines for the pod's /etc/hosts. */
  hostAliases?: HostAlias[];
  /** The PriorityClass that gives the pod its priority. */
  priorityClassName?: string;
  /** The pod's priority, filled in from its class; higher goes first. */
  priority?: number;
  /** DNS settings merged into those that dnsPolicy gives. */
  dnsConfig?: PodDNSConfig;
  /** Conditions that must be True, beside ready containers, for the pod to be ready. */
  readinessGates?: PodReadinessGate[];
  /** The RuntimeClass that runs the pod. */
  runtimeClassName?: string;
  /** Whether services' addresses are given as environment variables. Defaults to true. */
  enableServiceLinks?: boolean;
  /** Whether the pod may push out others of lower priority: PreemptLowerPriority (the default) or Never. */
  preemptionPolicy?: string;
  /** Resources that running the pod costs beyond its containers, filled in from its RuntimeClass. */
  overhead?: Record<string, string>;
  /** How pods spread over zones, nodes or other groups of nodes. All must hold. */
  topologySpreadConstraints?: TopologySpreadConstraint[];
  /** Whether the kernel's host name is the pod's full name. Defaults to false. */
  setHostnameAsFQDN?: boolean;
  /** The operating system that the containers need. */
  os?: PodOS;
  /** Whether the pod uses the node's user namespace. Defaults to true. */
  hostUsers?: boolean;
  /** Names that hold back scheduling until each has been removed. */
  schedulingGates?: PodSchedulingGate[];
  /** Claims on devices that must be allocated before the pod starts. */
  resourceClaims?: PodResourceClaim[];
  /** Requests and limits for the pod as a whole. */
  resources?: ResourceRequirements;
}

/** What was last observed of a pod. */
export interface PodStatus {
  /** Where the pod is in its life: Pending, Running, Succeeded, Failed or Unknown. */
  phase?: string;
  /** PodScheduled, Initialized, ContainersReady, Ready and others. */
  conditions?: PodCondition[];
  /** An explanation for people. */
  message?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** The node where room is being made for this pod by preemption. */
  nominatedNodeName?: string;
  /** The address of the pod's node. */
  hostIP?: string;
  /** All addresses of the pod's node; the first is hostIP. */
  hostIPs?: HostIP[];
  /** The pod's address. */
  podIP?: string;
  /** All addresses of the pod, at most one an IP family; the first is podIP. */
  podIPs?: PodIP[];
  /** When the node first took notice of the pod. */
  startTime?: string;
  /** One entry an init container. */
  initContainerStatuses?: ContainerStatus[];
  /** One entry a container. */
  containerStatuses?: ContainerStatus[];
  /** Guaranteed, Burstable or BestEffort, from the containers' requests and limits. */
  qosClass?: string;
  /** One entry an ephemeral container. */
  ephemeralContainerStatuses?: ContainerStatus[];
  /** Where a change of resources in place stands. */
  resize?: string;
  /** Which ResourceClaims stand for the pod's resourceClaims. */
  resourceClaimStatuses?: PodResourceClaimStatus[];
}

/** A template of Pods that is kept for others to use; by itself it makes none. */
export interface PodTemplate {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** The pod as it would be created. */
  template?: PodTemplateSpec;
}

/** A list of PodTemplate objects. */
export interface PodTemplateList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PodTemplate[];
}

/** What a pod that is created from a template looks like. */
export interface PodTemplateSpec {
  /** Labels and annotations of the created pods. */
  metadata?: ObjectMeta;
  /** How the created pods run. */
  spec?: PodSpec;
}

/** A port's state. */
export interface PortStatus {
  /** The port's number. */
  port: number;
  /** TCP, UDP or SCTP. */
  protocol: string;
  /** What is wrong with it. */
  error?: string;
}

/** A Portworx volume. */
export interface PortworxVolumeSource {
  /** The volume's id at the provider. */
  volumeID: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A term and how much it counts. */
export interface PreferredSchedulingTerm {
  /** 1 to 100. */
  weight: number;
  /** The term. */
  preference: NodeSelectorTerm;
}

/** A check of a container: exactly one of exec, httpGet, tcpSocket and grpc. */
export interface Probe {
  /** Run a command in the container; success is exit code 0. */
  exec?: ExecAction;
  /** Ask over HTTP; success is a code from 200 to 399. */
  httpGet?: HTTPGetAction;
  /** Connect to a port. */
  tcpSocket?: TCPSocketAction;
  /** Call the gRPC health service. */
  grpc?: GRPCAction;
  /** Seconds after the container's start until the first check. Defaults to 0. */
  initialDelaySeconds?: number;
  /** Seconds after which a check counts as failed. Defaults to 1. */
  timeoutSeconds?: number;
  /** Seconds between checks. Defaults to 10. */
  periodSeconds?: number;
  /** How many successes in a row turn a failure around. Defaults to 1. */
  successThreshold?: number;
  /** How many failures in a row count as failure. Defaults to 3. */
  failureThreshold?: number;
  /** The grace of a restart that this probe causes, instead of the pod's. */
  terminationGracePeriodSeconds?: number;
}

/** Several sources in one directory. */
export interface ProjectedVolumeSource {
  /** The sources. */
  sources?: VolumeProjection[];
  /** The files' mode. Defaults to 0644. */
  defaultMode?: number;
}

/** A Quobyte volume. */
export interface QuobyteVolumeSource {
  /** The registries' addresses. */
  registry: string;
  /** The volume. */
  volume: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The user. */
  user?: string;
  /** The group. */
  group?: string;
  /** The tenant. */
  tenant?: string;
}

/** A Ceph block device. */
export interface RBDPersistentVolumeSource {
  /** The monitors' addresses. */
  monitors: string[];
  /** The image. */
  image: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** The pool. Defaults to rbd. */
  pool?: string;
  /** The user. Defaults to admin. */
  user?: string;
  /** The key ring's path on the node. */
  keyring?: string;
  /** The Secret with the credentials. */
  secretRef?: SecretReference;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A Ceph block device. */
export interface RBDVolumeSource {
  /** The monitors' addresses. */
  monitors: string[];
  /** The image. */
  image: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** The pool. Defaults to rbd. */
  pool?: string;
  /** The user. Defaults to admin. */
  user?: string;
  /** The key ring's path on the node. */
  keyring?: string;
  /** The Secret with the credentials. */
  secretRef?: LocalObjectReference;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** Keeps a number of pods; ReplicaSet is its successor. */
export interface ReplicationController {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: ReplicationControllerSpec;
  /** What was last observed. Written by the system. */
  status?: ReplicationControllerStatus;
}

/** One aspect of its state. */
export interface ReplicationControllerCondition {
  /** The aspect, for example ReplicaFailure. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of ReplicationController objects. */
export interface ReplicationControllerList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ReplicationController[];
}

/** The pods that are kept. */
export interface ReplicationControllerSpec {
  /** How many pods. Defaults to 1. */
  replicas?: number;
  /** How long a new pod must be ready, in seconds, to count as available. Defaults to 0. */
  minReadySeconds?: number;
  /** Labels of the pods. Defaults to the template's. */
  selector?: Record<string, string>;
  /** The pod that is created, again and again. */
  template?: PodTemplateSpec;
}

/** What was last observed. */
export interface ReplicationControllerStatus {
  /** How many pods there are. */
  replicas: number;
  /** How many have the template's labels. */
  fullyLabeledReplicas?: number;
  /** How many are ready. */
  readyReplicas?: number;
  /** How many are ready for minReadySeconds. */
  availableReplicas?: number;
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** What is known of the object's state, one entry a type. */
  conditions?: ReplicationControllerCondition[];
}

/** A claim of the pod that a container uses. */
export interface ResourceClaim {
  /** The entry of the pod's resourceClaims. */
  name: string;
  /** One request of the claim; all when empty. */
  request?: string;
}

/** A request or limit of a container. */
export interface ResourceFieldSelector {
  /** The container; needed in volumes, optional for variables. */
  containerName?: string;
  /** For example limits.cpu or requests.memory. */
  resource: string;
  /** The unit of the result. Defaults to 1. */
  divisor?: string;
}

/** The health of a device. */
export interface ResourceHealth {
  /** The device. */
  resourceID: string;
  /** Healthy, Unhealthy or Unknown. */
  health?: string;
}

/** How much a namespace may hold. */
export interface ResourceQuota {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: ResourceQuotaSpec;
  /** What was last observed. Written by the system. */
  status?: ResourceQuotaStatus;
}

/** A list of ResourceQuota objects. */
export interface ResourceQuotaList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ResourceQuota[];
}

/** The bounds. */
export interface ResourceQuotaSpec {
  /** The most of each resource. */
  hard?: Record<string, string>;
  /** Which objects count. All must match. */
  scopes?: string[];
  /** Like scopes, with operators. */
  scopeSelector?: ScopeSelector;
}

/** What is used. */
export interface ResourceQuotaStatus {
  /** The bounds in force. */
  hard?: Record<string, string>;
  /** How much of each is used. */
  used?: Record<string, string>;
}

/** What is asked for and what may be used. */
export interface ResourceRequirements {
  /** The most that may be used of each resource. */
  limits?: Record<string, string>;
  /** What the scheduler sets aside of each resource. Defaults to the limits. */
  requests?: Record<string, string>;
  /** Names of the pod's resourceClaims that the container uses. */
  claims?: ResourceClaim[];
}

/** The health of a container's devices. */
export interface ResourceStatus {
  /** The resource or claim. */
  name: string;
  /** One entry a device. */
  resources?: ResourceHealth[];
}

/** An SELinux label. */
export interface SELinuxOptions {
  /** The user part. */
  user?: string;
  /** The role part. */
  role?: string;
  /** The type part. */
  type?: string;
  /** The level part. */
  level?: string;
}

/** A ScaleIO volume. */
export interface ScaleIOPersistentVolumeSource {
  /** The gateway's address. */
  gateway: string;
  /** The storage system. */
  system: string;
  /** The Secret with the credentials. */
  secretRef: SecretReference;
  /** Whether the gateway is asked over TLS. */
  sslEnabled?: boolean;
  /** The protection domain. */
  protectionDomain?: string;
  /** The storage pool. */
  storagePool?: string;
  /** ThickProvisioned or ThinProvisioned. */
  storageMode?: string;
  /** The volume. */
  volumeName?: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** A ScaleIO volume. */
export interface ScaleIOVolumeSource {
  /** The gateway's address. */
  gateway: string;
  /** The storage system. */
  system: string;
  /** The Secret with the credentials. */
  secretRef: LocalObjectReference;
  /** Whether the gateway is asked over TLS. */
  sslEnabled?: boolean;
  /** The protection domain. */
  protectionDomain?: string;
  /** The storage pool. */
  storagePool?: string;
  /** ThickProvisioned or ThinProvisioned. */
  storageMode?: string;
  /** The volume. */
  volumeName?: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
}

/** Which objects count. */
export interface ScopeSelector {
  /** Requirements that must all hold. */
  matchExpressions?: ScopedResourceSelectorRequirement[];
}

/** A requirement about a scope. */
export interface ScopedResourceSelectorRequirement {
  /** The scope. */
  scopeName: string;
  /** In, NotIn, Exists or DoesNotExist. */
  operator: string;
  /** The values, for In and NotIn. */
  values?: string[];
}

/** Which system calls are allowed. */
export interface SeccompProfile {
  /** RuntimeDefault, Unconfined or Localhost. */
  type: string;
  /** The profile's file on the node, for Localhost. */
  localhostProfile?: string;
}

/** Confidential settings for pods. */
export interface Secret {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Whether the data may never change again. */
  immutable?: boolean;
  /** Bytes by key, in base64. */
  data?: Record<string, string>;
  /** Texts by key, for writing only: they are put into data. */
  stringData?: Record<string, string>;
  /** What kind of data it is. Defaults to Opaque. */
  type?: string;
}

/** A Secret of the pod's namespace. */
export interface SecretEnvSource {
  /** The Secret's name. */
  name?: string;
  /** Whether the container may start without it. */
  optional?: boolean;
}

/** One key of a Secret of the pod's namespace. */
export interface SecretKeySelector {
  /** The Secret's name. */
  name?: string;
  /** The key. */
  key: string;
  /** Whether the Secret or the key may be missing. */
  optional?: boolean;
}

/** A list of Secret objects. */
export interface SecretList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Secret[];
}

/** Keys of a Secret. */
export interface SecretProjection {
  /** The Secret. */
  name?: string;
  /** Which keys, and under which paths. Without it, all. */
  items?: KeyToPath[];
  /** Whether the Secret or its keys may be missing. */
  optional?: boolean;
}

/** A Secret. */
export interface SecretReference {
  /** Its name. */
  name?: string;
  /** Its namespace. */
  namespace?: string;
}

/** The keys of a Secret as files. */
export interface SecretVolumeSource {
  /** The Secret. */
  secretName?: string;
  /** Which keys, and under which paths. Without it, all. */
  items?: KeyToPath[];
  /** The files' mode. Defaults to 0644. */
  defaultMode?: number;
  /** Whether the Secret or its keys may be missing. */
  optional?: boolean;
}

/** Security settings of a container. */
export interface SecurityContext {
  /** Linux capabilities to add and to drop. */
  capabilities?: Capabilities;
  /** Whether the container has all rights of the node's root. Defaults to false. */
  privileged?: boolean;
  /** The SELinux label. */
  seLinuxOptions?: SELinuxOptions;
  /** Settings for Windows. */
  windowsOptions?: WindowsSecurityContextOptions;
  /** The user id of the first process. */
  runAsUser?: number;
  /** The group id of the first process. */
  runAsGroup?: number;
  /** Whether a container that would run as user 0 is refused. */
  runAsNonRoot?: boolean;
  /** Whether the root file system is read-only. Defaults to false. */
  readOnlyRootFilesystem?: boolean;
  /** Whether a process may gain more rights than its parent. */
  allowPrivilegeEscalation?: boolean;
  /** How /proc is shown: Default or Unmasked. */
  procMount?: string;
  /** The seccomp profile. */
  seccompProfile?: SeccompProfile;
  /** The AppArmor profile. */
  appArmorProfile?: AppArmorProfile;
}

/** One address in front of many pods. */
export interface Service {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: ServiceSpec;
  /** What was last observed. Written by the system. */
  status?: ServiceStatus;
}

/** An identity for the processes of pods. */
export interface ServiceAccount {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Secrets that its pods may use. */
  secrets?: ObjectReference[];
  /** Secrets with registry credentials for its pods' images. */
  imagePullSecrets?: LocalObjectReference[];
  /** Whether its pods get a token. Pods may say otherwise. */
  automountServiceAccountToken?: boolean;
}

/** A list of ServiceAccount objects. */
export interface ServiceAccountList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ServiceAccount[];
}

/** A token of the pod's service account, renewed before it ends. */
export interface ServiceAccountTokenProjection {
  /** Whom the token is for. Defaults to the API server. */
  audience?: string;
  /** How long the token is good for, at least 600. Defaults to 3600. */
  expirationSeconds?: number;
  /** The file's path. */
  path: string;
}

/** A list of Service objects. */
export interface ServiceList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Service[];
}

/** A port of a service. */
export interface ServicePort {
  /** The port's name; needed when there are several. */
  name?: string;
  /** TCP (the default), UDP or SCTP. */
  protocol?: string;
  /** The application's protocol, a hint. */
  appProtocol?: string;
  /** The service's port. */
  port: number;
  /** The pods' port, by number or name. Defaults to port. */
  targetPort?: number | string;
  /** The port on every node, for NodePort and LoadBalancer. Assigned when zero. */
  nodePort?: number;
}

/** How a service is reached and what stands behind it. */
export interface ServiceSpec {
  /** The service's ports. */
  ports?: ServicePort[];
  /** Labels of the pods behind it. Without it, endpoints are made by others. */
  selector?: Record<string, string>;
  /** Its address in the cluster; None for a headless service. Assigned when empty. */
  clusterIP?: string;
  /** Its addresses, at most one an IP family; the first is clusterIP. */
  clusterIPs?: string[];
  /** ClusterIP (the default), NodePort, LoadBalancer or ExternalName. */
  type?: string;
  /** More addresses for which nodes accept its traffic. */
  externalIPs?: string[];
  /** None (the default) or ClientIP: a client keeps its pod. */
  sessionAffinity?: string;
  /** The load balancer's address. Deprecated. */
  loadBalancerIP?: string;
  /** Client ranges that the load balancer lets in. */
  loadBalancerSourceRanges?: string[];
  /** The name that DNS answers, for ExternalName. */
  externalName?: string;
  /** Cluster (the default), or Local: traffic from outside stays on its node and keeps the client's address. */
  externalTrafficPolicy?: string;
  /** The port where nodes tell load balancers whether they have endpoints, for Local. */
  healthCheckNodePort?: number;
  /** Whether pods that are not ready count as endpoints. */
  publishNotReadyAddresses?: boolean;
  /** Settings of sessionAffinity. */
  sessionAffinityConfig?: SessionAffinityConfig;
  /** IPv4, IPv6 or both, in this order. */
  ipFamilies?: string[];
  /** SingleStack, PreferDualStack or RequireDualStack. */
  ipFamilyPolicy?: string;
  /** Whether a LoadBalancer gets node ports too. Defaults to true. */
  allocateLoadBalancerNodePorts?: boolean;
  /** Which load balancer implementation serves it. */
  loadBalancerClass?: string;
  /** Cluster (the default), or Local: traffic from pods stays on its node. */
  internalTrafficPolicy?: string;
  /** A preference for near endpoints: PreferClose. */
  trafficDistribution?: string;
}

/** What was last observed of a service. */
export interface ServiceStatus {
  /** The load balancer's addresses. */
  loadBalancer?: LoadBalancerStatus;
  /** What is known of the object's state, one entry a type. */
  conditions?: Condition[];
}

/** Settings of session affinity. */
export interface SessionAffinityConfig {
  /** By the client's address. */
  clientIP?: ClientIPConfig;
}

/** Wait. */
export interface SleepAction {
  /** How long, in seconds. */
  seconds: number;
}

/** A StorageOS volume. */
export interface StorageOSPersistentVolumeSource {
  /** The volume. */
  volumeName?: string;
  /** The volume's namespace. */
  volumeNamespace?: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The Secret with the credentials. */
  secretRef?: ObjectReference;
}

/** A StorageOS volume. */
export interface StorageOSVolumeSource {
  /** The volume. */
  volumeName?: string;
  /** The volume's namespace. */
  volumeNamespace?: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** Whether the volume is mounted read-only. Defaults to false. */
  readOnly?: boolean;
  /** The Secret with the credentials. */
  secretRef?: LocalObjectReference;
}

/** A kernel parameter. */
export interface Sysctl {
  /** The parameter. */
  name: string;
  /** Its value. */
  value: string;
}

/** A connection to a port. */
export interface TCPSocketAction {
  /** The port, by number or by name. */
  port: number | string;
  /** The host. Defaults to the pod's address. */
  host?: string;
}

/** A mark on a node that keeps pods away. */
export interface Taint {
  /** The taint's key. */
  key: string;
  /** Its value. */
  value?: string;
  /** NoSchedule, PreferNoSchedule or NoExecute. */
  effect: string;
  /** When it was added; only for NoExecute. */
  timeAdded?: string;
}

/** A taint that is put up with. */
export interface Toleration {
  /** The taint's key. Empty with operator Exists: every taint. */
  key?: string;
  /** Equal (the default) or Exists. */
  operator?: string;
  /** The taint's value, for Equal. */
  value?: string;
  /** NoSchedule, PreferNoSchedule or NoExecute. Empty: all. */
  effect?: string;
  /** For NoExecute: how long the pod may stay. Without it, for ever. */
  tolerationSeconds?: number;
}

/** A requirement about one label. */
export interface TopologySelectorLabelRequirement {
  /** The label. */
  key: string;
  /** Its allowed values. */
  values: string[];
}

/** Places, by nodes' labels. */
export interface TopologySelectorTerm {
  /** Requirements that must all hold. */
  matchLabelExpressions?: TopologySelectorLabelRequirement[];
}

/** How evenly pods spread over groups of nodes. */
export interface TopologySpreadConstraint {
  /** By how many pods groups may differ. */
  maxSkew: number;
  /** The node label whose equal values are one group. */
  topologyKey: string;
  /** DoNotSchedule or ScheduleAnyway. */
  whenUnsatisfiable: string;
  /** The pods that are counted. */
  labelSelector?: LabelSelector;
  /** How many groups there must be. */
  minDomains?: number;
  /** Whether nodes that the pod's affinity rules out count: Honor (the default) or Ignore. */
  nodeAffinityPolicy?: string;
  /** Whether tainted nodes count: Ignore (the default) or Honor. */
  nodeTaintsPolicy?: string;
  /** Pod labels whose values must be those of the incoming pod. */
  matchLabelKeys?: string[];
}

/** An object of the same namespace. */
export interface TypedLocalObjectReference {
  /** Its group. */
  apiGroup?: string;
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
}

/** An object. */
export interface TypedObjectReference {
  /** Its group. */
  apiGroup?: string;
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Its namespace. */
  namespace?: string;
}

/** A volume of a pod: a name and exactly one source. */
export interface Volume {
  /** By which containers mount it, a DNS label. */
  name: string;
  /** A file or directory of the node. */
  hostPath?: HostPathVolumeSource;
  /** An empty directory that lives as long as the pod. */
  emptyDir?: EmptyDirVolumeSource;
  /** A disk of Google Compute Engine. */
  gcePersistentDisk?: GCEPersistentDiskVolumeSource;
  /** A volume of AWS. */
  awsElasticBlockStore?: AWSElasticBlockStoreVolumeSource;
  /** A clone of a git repository. Deprecated. */
  gitRepo?: GitRepoVolumeSource;
  /** The keys of a Secret as files. */
  secret?: SecretVolumeSource;
  /** An NFS export. */
  nfs?: NFSVolumeSource;
  /** An iSCSI disk. */
  iscsi?: ISCSIVolumeSource;
  /** A Gluster volume. */
  glusterfs?: GlusterfsVolumeSource;
  /** What a PersistentVolumeClaim of the namespace is bound to. */
  persistentVolumeClaim?: PersistentVolumeClaimVolumeSource;
  /** A Ceph block device. */
  rbd?: RBDVolumeSource;
  /** A volume of a FlexVolume driver. Deprecated. */
  flexVolume?: FlexVolumeSource;
  /** A volume of OpenStack. */
  cinder?: CinderVolumeSource;
  /** A Ceph file system. */
  cephfs?: CephFSVolumeSource;
  /** A Flocker volume. Gone. */
  flocker?: FlockerVolumeSource;
  /** Fields of the pod as files. */
  downwardAPI?: DownwardAPIVolumeSource;
  /** A Fibre Channel disk. */
  fc?: FCVolumeSource;
  /** An Azure file share. */
  azureFile?: AzureFileVolumeSource;
  /** The keys of a ConfigMap as files. */
  configMap?: ConfigMapVolumeSource;
  /** A vSphere disk. */
  vsphereVolume?: VsphereVirtualDiskVolumeSource;
  /** A Quobyte volume. */
  quobyte?: QuobyteVolumeSource;
  /** An Azure disk. */
  azureDisk?: AzureDiskVolumeSource;
  /** A Photon disk. */
  photonPersistentDisk?: PhotonPersistentDiskVolumeSource;
  /** Several sources in one directory. */
  projected?: ProjectedVolumeSource;
  /** A Portworx volume. */
  portworxVolume?: PortworxVolumeSource;
  /** A ScaleIO volume. */
  scaleIO?: ScaleIOVolumeSource;
  /** A StorageOS volume. */
  storageos?: StorageOSVolumeSource;
  /** A volume of a CSI driver that lives as long as the pod. */
  csi?: CSIVolumeSource;
  /** A claim that is made for the pod and removed with it. */
  ephemeral?: EphemeralVolumeSource;
  /** An OCI image as a read-only directory. */
  image?: ImageVolumeSource;
}

/** A block device in a container. */
export interface VolumeDevice {
  /** The volume's name. */
  name: string;
  /** The device's path in the container. */
  devicePath: string;
}

/** Where a volume appears in a container. */
export interface VolumeMount {
  /** The volume's name. */
  name: string;
  /** Whether it cannot be written. Defaults to false. */
  readOnly?: boolean;
  /** Whether mounts below are read-only too: Disabled, IfPossible or Enabled. */
  recursiveReadOnly?: string;
  /** The path in the container. */
  mountPath: string;
  /** A path within the volume, instead of its root. */
  subPath?: string;
  /** Whether later mounts pass between node and container: None (the default), HostToContainer or Bidirectional. */
  mountPropagation?: string;
  /** Like subPath, with $(NAME) replaced by environment variables. */
  subPathExpr?: string;
}

/** How a volume is mounted. */
export interface VolumeMountStatus {
  /** The volume. */
  name: string;
  /** The path in the container. */
  mountPath: string;
  /** Whether it cannot be written. */
  readOnly?: boolean;
  /** Disabled, IfPossible or Enabled. */
  recursiveReadOnly?: string;
}

/** Nodes that can reach a volume. */
export interface VolumeNodeAffinity {
  /** What a node must fulfil. */
  required?: NodeSelector;
}

/** One source: exactly one of these. */
export interface VolumeProjection {
  /** Keys of a Secret. */
  secret?: SecretProjection;
  /** Fields of the pod. */
  downwardAPI?: DownwardAPIProjection;
  /** Keys of a ConfigMap. */
  configMap?: ConfigMapProjection;
  /** A token of the pod's service account. */
  serviceAccountToken?: ServiceAccountTokenProjection;
  /** Certificates of ClusterTrustBundles. */
  clusterTrustBundle?: ClusterTrustBundleProjection;
}

/** How much storage. */
export interface VolumeResourceRequirements {
  /** The most. */
  limits?: Record<string, string>;
  /** The least. */
  requests?: Record<string, string>;
}

/** A vSphere disk. */
export interface VsphereVirtualDiskVolumeSource {
  /** The disk's path. */
  volumePath: string;
  /** The file system of the volume, for example ext4. */
  fsType?: string;
  /** The storage policy's name. */
  storagePolicyName?: string;
  /** The storage policy's id. */
  storagePolicyID?: string;
}

/** A term and how much it counts. */
export interface WeightedPodAffinityTerm {
  /** 1 to 100. */
  weight: number;
  /** The term. */
  podAffinityTerm: PodAffinityTerm;
}

/** Security settings for Windows. */
export interface WindowsSecurityContextOptions {
  /** The name of the GMSA credential specification. */
  gmsaCredentialSpecName?: string;
  /** The GMSA credential specification itself. */
  gmsaCredentialSpec?: string;
  /** The user that runs the first process. */
  runAsUserName?: string;
  /** Whether it is a host process container. */
  hostProcess?: boolean;
}

// discovery.k8s.io/v1

/** An endpoint. */
export interface Endpoint {
  /** Its addresses; the first is used. */
  addresses: string[];
  /** Whether it takes traffic. */
  conditions?: EndpointConditions;
  /** Its host name. */
  hostname?: string;
  /** The object behind it, a Pod. */
  targetRef?: ObjectReference;
  /** Of the old form. */
  deprecatedTopology?: Record<string, string>;
  /** Its node. */
  nodeName?: string;
  /** Its zone. */
  zone?: string;
  /** Who had better use it. */
  hints?: EndpointHints;
}

/** Whether an endpoint takes traffic. */
export interface EndpointConditions {
  /** Whether it takes new traffic; unknown counts as true. */
  ready?: boolean;
  /** Like ready, and true for those that are stopping but still answer. */
  serving?: boolean;
  /** Whether it is stopping. */
  terminating?: boolean;
}

/** Who had better use an endpoint. */
export interface EndpointHints {
  /** Clients of these zones. */
  forZones?: ForZone[];
}

/** A port. */
export interface EndpointPortDiscovery {
  /** The service port's name. */
  name?: string;
  /** TCP (the default), UDP or SCTP. */
  protocol?: string;
  /** The number. */
  port?: number;
  /** The application's protocol. */
  appProtocol?: string;
}

/** Some of the endpoints behind a service. */
export interface EndpointSlice {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** IPv4, IPv6 or FQDN. Never changes. */
  addressType: string;
  /** The endpoints, at most 1000. */
  endpoints: Endpoint[];
  /** The ports that each endpoint offers. */
  ports?: EndpointPortDiscovery[];
}

/** A list of EndpointSlice objects. */
export interface EndpointSliceList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: EndpointSlice[];
}

/** A zone. */
export interface ForZone {
  /** Its name. */
  name: string;
}

// discovery.k8s.io/v1beta1

/** An endpoint. */
export interface EndpointV1beta1 {
  /** Its addresses; the first is used. */
  addresses: string[];
  /** Whether it takes traffic. */
  conditions?: EndpointConditionsV1beta1;
  /** Its host name. */
  hostname?: string;
  /** The object behind it, a Pod. */
  targetRef?: ObjectReference;
  /** Where it is: labels such as kubernetes.io/hostname and topology.kubernetes.io/zone. */
  topology?: Record<string, string>;
  /** Its node. */
  nodeName?: string;
  /** Who had better use it. */
  hints?: EndpointHintsV1beta1;
}

/** Whether an endpoint takes traffic. */
export interface EndpointConditionsV1beta1 {
  /** Whether it takes new traffic; unknown counts as true. */
  ready?: boolean;
  /** Like ready, and true for those that are stopping but still answer. */
  serving?: boolean;
  /** Whether it is stopping. */
  terminating?: boolean;
}

/** Who had better use an endpoint. */
export interface EndpointHintsV1beta1 {
  /** Clients of these zones. */
  forZones?: ForZoneV1beta1[];
}

/** A port. */
export interface EndpointPortV1beta1 {
  /** The service port's name. */
  name?: string;
  /** TCP (the default), UDP or SCTP. */
  protocol?: string;
  /** The number. */
  port?: number;
  /** The application's protocol. */
  appProtocol?: string;
}

/** Some of the endpoints behind a service. */
export interface EndpointSliceV1beta1 {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** IPv4, IPv6 or FQDN. Never changes. */
  addressType: string;
  /** The endpoints, at most 1000. */
  endpoints: EndpointV1beta1[];
  /** The ports that each endpoint offers. */
  ports?: EndpointPortV1beta1[];
}

/** A list of EndpointSlice objects. */
export interface EndpointSliceListV1beta1 {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: EndpointSliceV1beta1[];
}

/** A zone. */
export interface ForZoneV1beta1 {
  /** Its name. */
  name: string;
}

// events.k8s.io/v1

/** A report that something happened to an object. Kept for a while. */
export interface EventEvents {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** When it was first seen. */
  eventTime: string;
  /** The series that it is part of. */
  series?: EventSeriesEvents;
  /** The controller that reports it. */
  reportingController?: string;
  /** That controller's instance. */
  reportingInstance?: string;
  /** What was done. */
  action?: string;
  /** Why, in one CamelCase word. */
  reason?: string;
  /** What it is about. */
  regarding?: ObjectReference;
  /** Another object that plays a part. */
  related?: ObjectReference;
  /** An explanation for people. */
  note?: string;
  /** Normal or Warning. */
  type?: string;
  /** Who reports it; of the old form. */
  deprecatedSource?: EventSource;
  /** When first seen; of the old form. */
  deprecatedFirstTimestamp?: string;
  /** When last seen; of the old form. */
  deprecatedLastTimestamp?: string;
  /** How often; of the old form. */
  deprecatedCount?: number;
}

/** A list of Event objects. */
export interface EventListEvents {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: EventEvents[];
}

/** An event that keeps happening. */
export interface EventSeriesEvents {
  /** How often so far. */
  count: number;
  /** When last. */
  lastObservedTime: string;
}

// flowcontrol.apiserver.k8s.io/v1

/** Seats that are set aside for requests without a limit. */
export interface ExemptPriorityLevelConfiguration {
  /** Its share of the server's seats. By default 0. */
  nominalConcurrencyShares?: number;
  /** How many of its seats others may use while it does not; 0 to 100. */
  lendablePercent?: number;
}

/** What tells flows apart. */
export interface FlowDistinguisherMethod {
  /** ByUser or ByNamespace. */
  type: string;
}

/** Which requests belong together, and the priority level that serves them. */
export interface FlowSchema {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: FlowSchemaSpec;
  /** What was last observed. Written by the system. */
  status?: FlowSchemaStatus;
}

/** One aspect of its state. */
export interface FlowSchemaCondition {
  /** Dangling. */
  type?: string;
  /** True, False or Unknown. */
  status?: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of FlowSchema objects. */
export interface FlowSchemaList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: FlowSchema[];
}

/** Which requests, in which order of precedence, and what tells their flows apart. */
export interface FlowSchemaSpec {
  /** The priority level that serves these requests. */
  priorityLevelConfiguration: PriorityLevelConfigurationReference;
  /** Of the flow schemas that match a request, the one with the lowest number is taken; 1 to 10000, by default 1000. */
  matchingPrecedence?: number;
  /** What tells the flows of this schema apart; without it they are one. */
  distinguisherMethod?: FlowDistinguisherMethod;
  /** Any of these takes a request in. */
  rules?: PolicyRulesWithSubjects[];
}

/** What the API server makes of it. */
export interface FlowSchemaStatus {
  /** Dangling: whether the priority level it names is missing. */
  conditions?: FlowSchemaCondition[];
}

/** A group by name. */
export interface GroupSubject {
  /** The group; * is every group. */
  name: string;
}

/** What becomes of requests that cannot be served at once. */
export interface LimitResponse {
  /** Queue or Reject. */
  type: string;
  /** Of type Queue. */
  queuing?: QueuingConfiguration;
}

/** How much of the server a level has, and what becomes of more. */
export interface LimitedPriorityLevelConfiguration {
  /** Its share of the server's seats, against the sum of all levels' shares. By default 30. */
  nominalConcurrencyShares?: number;
  /** What becomes of requests that cannot be served at once. */
  limitResponse?: LimitResponse;
  /** How many of its seats others may use while it does not; 0 to 100. */
  lendablePercent?: number;
  /** How many seats it may borrow, in percent of its own; without it, as many as others lend. */
  borrowingLimitPercent?: number;
}

/** Verbs at paths. */
export interface NonResourcePolicyRule {
  /** The verbs; * is all, and stands alone. */
  verbs: string[];
  /** The paths; /healthz/* is all below, * is all and stands alone. */
  nonResourceURLs: string[];
}

/** Takes in a request of any of the subjects for any of the resources or paths. */
export interface PolicyRulesWithSubjects {
  /** Who asks; at least one. */
  subjects: SubjectFlowcontrol[];
  /** What is done to which resources. */
  resourceRules?: ResourcePolicyRule[];
  /** What is done at which paths. */
  nonResourceRules?: NonResourcePolicyRule[];
}

/** A share of what the API server can do at a time, and how requests wait for it. */
export interface PriorityLevelConfiguration {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: PriorityLevelConfigurationSpec;
  /** What was last observed. Written by the system. */
  status?: PriorityLevelConfigurationStatus;
}

/** One aspect of its state. */
export interface PriorityLevelConfigurationCondition {
  /** What is said. */
  type?: string;
  /** True, False or Unknown. */
  status?: string;
  /** When the condition last changed from one status to another. */
  lastTransitionTime?: string;
  /** A short CamelCase word for why. */
  reason?: string;
  /** An explanation for people. */
  message?: string;
}

/** A list of PriorityLevelConfiguration objects. */
export interface PriorityLevelConfigurationList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PriorityLevelConfiguration[];
}

/** The name of a priority level. */
export interface PriorityLevelConfigurationReference {
  /** Its name. */
  name: string;
}

/** Whether and how requests of this level are limited. */
export interface PriorityLevelConfigurationSpec {
  /** Exempt or Limited. */
  type: string;
  /** Of type Limited. */
  limited?: LimitedPriorityLevelConfiguration;
  /** Of type Exempt. */
  exempt?: ExemptPriorityLevelConfiguration;
}

/** What the API server makes of it. */
export interface PriorityLevelConfigurationStatus {
  /** Its conditions. */
  conditions?: PriorityLevelConfigurationCondition[];
}

/** The queues of a level. */
export interface QueuingConfiguration {
  /** How many there are. By default 64. */
  queues?: number;
  /** How many of them one flow is dealt; a request waits in the shortest. By default 8. */
  handSize?: number;
  /** How many requests wait in one queue. By default 50. */
  queueLengthLimit?: number;
}

/** Verbs on resources, in namespaces or in none. */
export interface ResourcePolicyRule {
  /** The verbs; * is all, and stands alone. */
  verbs: string[];
  /** The groups of the resources; "" is core, * is all and stands alone. */
  apiGroups: string[];
  /** The resources; nodes/status is a subresource, * is all and stands alone. */
  resources: string[];
  /** Whether requests without a namespace match. */
  clusterScope?: boolean;
  /** The namespaces; * is every one, and stands alone. */
  namespaces?: string[];
}

/** A service account by name. */
export interface ServiceAccountSubject {
  /** Its namespace. */
  namespace: string;
  /** Its name; * is every one of the namespace. */
  name: string;
}

/** A user, a group or a service account. */
export interface SubjectFlowcontrol {
  /** User, Group or ServiceAccount: which of the other fields is set. */
  kind: string;
  /** Of kind User. */
  user?: UserSubject;
  /** Of kind Group. */
  group?: GroupSubject;
  /** Of kind ServiceAccount. */
  serviceAccount?: ServiceAccountSubject;
}

/** A user by name. */
export interface UserSubject {
  /** The user name; * is every user. */
  name: string;
}

// meta/v1

/** A group of the API. */
export interface APIGroup {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Its name. */
  name: string;
  /** Its versions. */
  versions: GroupVersionForDiscovery[];
  /** The version to use. */
  preferredVersion?: GroupVersionForDiscovery;
  /** Where to ask. */
  serverAddressByClientCIDRs?: ServerAddressByClientCIDR[];
}

/** The groups of the API. */
export interface APIGroupList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The groups. */
  groups: APIGroup[];
}

/** A resource of the API. */
export interface APIResource {
  /** Its plural name. */
  name: string;
  /** Its singular name. */
  singularName: string;
  /** Whether its objects are in namespaces. */
  namespaced: boolean;
  /** Its group, if not the list's. */
  group?: string;
  /** Its version, if not the list's. */
  version?: string;
  /** The kind of its objects. */
  kind: string;
  /** What can be done with it. */
  verbs: Verbs;
  /** Short names for people. */
  shortNames?: string[];
  /** Groups of resources, for example all. */
  categories?: string[];
  /** What is stored. */
  storageVersionHash?: string;
}

/** The resources of a version. */
export interface APIResourceList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The group and version. */
  groupVersion: string;
  /** The resources. */
  resources: APIResource[];
}

/** The versions of the core group. */
export interface APIVersions {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The versions. */
  versions: string[];
  /** Where to ask. */
  serverAddressByClientCIDRs: ServerAddressByClientCIDR[];
}

/** One aspect of an object's state. */
export interface Condition {
  /** The aspect, in CamelCase. */
  type: string;
  /** True, False or Unknown. */
  status: string;
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** When the condition last changed from one status to another. */
  lastTransitionTime: string;
  /** A short CamelCase word for why. */
  reason: string;
  /** An explanation for people. */
  message: string;
}

/** How to create. */
export interface CreateOptions {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** "All" does everything but the write itself. */
  dryRun?: string[];
  /** Who makes the change, up to 128 printable characters. */
  fieldManager?: string;
  /** What to do about unknown and duplicate fields: Ignore, Warn or Strict. */
  fieldValidation?: string;
}

/** How to delete. */
export interface DeleteOptions {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** How long the object has, in seconds; 0 is at once. */
  gracePeriodSeconds?: number;
  /** What must hold. */
  preconditions?: Preconditions;
  /** Deprecated: use propagationPolicy. */
  orphanDependents?: boolean;
  /** What becomes of owned objects: Orphan, Background or Foreground. */
  propagationPolicy?: string;
  /** "All" does everything but the write itself. */
  dryRun?: string[];
  /** Deletes even what cannot be read. Not supported. */
  ignoreStoreReadErrorWithClusterBreakingPotential?: boolean;
}

/** A requirement about one field. */
export interface FieldSelectorRequirement {
  /** The field. */
  key: string;
  /** In, NotIn, Exists or DoesNotExist. */
  operator: string;
  /** The values, for In and NotIn. */
  values?: string[];
}

/** How to get. */
export interface GetOptions {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** How fresh the answer must be. */
  resourceVersion?: string;
}

/** A version of a group. */
export interface GroupVersionForDiscovery {
  /** As group/version. */
  groupVersion: string;
  /** The version alone. */
  version: string;
}

/** Objects, by their labels. Both must hold; empty matches all. */
export interface LabelSelector {
  /** Labels and the values that they must have. */
  matchLabels?: Record<string, string>;
  /** Requirements that must all hold. */
  matchExpressions?: LabelSelectorRequirement[];
}

/** A requirement about one label. */
export interface LabelSelectorRequirement {
  /** The label. */
  key: string;
  /** In, NotIn, Exists or DoesNotExist. */
  operator: string;
  /** The values, for In and NotIn. */
  values?: string[];
}

/** How to list and watch. */
export interface ListOptions {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Which objects, by their labels. */
  labelSelector?: string;
  /** Which objects, by their fields. */
  fieldSelector?: string;
  /** Whether to send changes as they happen. */
  watch?: boolean;
  /** Whether a watch may send bookmarks. */
  allowWatchBookmarks?: boolean;
  /** Where to start. */
  resourceVersion?: string;
  /** Exact or NotOlderThan. */
  resourceVersionMatch?: string;
  /** After how many seconds to end. */
  timeoutSeconds?: number;
  /** At most so many objects. */
  limit?: number;
  /** Where to go on. */
  continue?: string;
  /** Whether a watch begins with what exists. */
  sendInitialEvents?: boolean;
}

/** An object of which only the metadata is told. */
export interface PartialObjectMetadata {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
}

/** A list of PartialObjectMetadata objects. */
export interface PartialObjectMetadataList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items?: PartialObjectMetadata[];
}

/** A patch, in the form that the content type tells. */
export type Patch = Record<string, unknown>;

/** How to patch. */
export interface PatchOptions {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** "All" does everything but the write itself. */
  dryRun?: string[];
  /** Whether an apply takes fields from others. */
  force?: boolean;
  /** Who makes the change, up to 128 printable characters. */
  fieldManager?: string;
  /** What to do about unknown and duplicate fields: Ignore, Warn or Strict. */
  fieldValidation?: string;
}

/** What must hold. */
export interface Preconditions {
  /** The object's uid. */
  uid?: string;
  /** The object's version. */
  resourceVersion?: string;
}

/** Where clients of a range ask. */
export interface ServerAddressByClientCIDR {
  /** The range. */
  clientCIDR: string;
  /** The address. */
  serverAddress: string;
}

/** How to update. */
export interface UpdateOptions {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** "All" does everything but the write itself. */
  dryRun?: string[];
  /** Who makes the change, up to 128 printable characters. */
  fieldManager?: string;
  /** What to do about unknown and duplicate fields: Ignore, Warn or Strict. */
  fieldValidation?: string;
}

/** Verbs. */
export type Verbs = string[];

/** Which release the server is, and how it was built. */
export interface VersionInfo {
  /** The first number of the Kubernetes release whose behaviour is served. */
  major: string;
  /** The second number of that release. */
  minor: string;
  /** The whole version, Reflet's own included. */
  gitVersion: string;
  /** The commit that the server was built from. */
  gitCommit: string;
  /** Whether that was the commit alone: clean or dirty. */
  gitTreeState: string;
  /** When it was built. */
  buildDate: string;
  /** The runtime's version. */
  goVersion: string;
  /** What compiled it. */
  compiler: string;
  /** Operating system and architecture. */
  platform: string;
}

/** A change. */
export interface WatchEvent {
  /** ADDED, MODIFIED, DELETED, BOOKMARK or ERROR. */
  type: string;
  /** The object, or a Status. */
  object: Record<string, unknown>;
}

// metrics.k8s.io/v1beta1

/** What a container uses. */
export interface ContainerMetrics {
  /** The container's name. */
  name: string;
  /** What is used of cpu and memory; of memory the working set. */
  usage: Record<string, string>;
}

/** What a node uses. */
export interface NodeMetrics {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** When usage was looked at the second time, the end of the window. */
  timestamp: string;
  /** Between two looks, for example 10s: processor time is its mean over this time. */
  window: string;
  /** What is used of cpu and memory; of memory the working set. */
  usage: Record<string, string>;
}

/** A list of NodeMetrics objects. */
export interface NodeMetricsList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: NodeMetrics[];
}

/** What the containers of a pod use. */
export interface PodMetrics {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** When usage was looked at the second time, the end of the window. */
  timestamp: string;
  /** Between two looks, for example 10s: processor time is its mean over this time. */
  window: string;
  /** The containers that run. */
  containers: ContainerMetrics[];
}

/** A list of PodMetrics objects. */
export interface PodMetricsList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PodMetrics[];
}

// networking.k8s.io/v1

/** A path and where it leads. */
export interface HTTPIngressPath {
  /** The path. */
  path?: string;
  /** Exact, Prefix or ImplementationSpecific. */
  pathType: string;
  /** Where it leads. */
  backend: IngressBackend;
}

/** Routes by path. */
export interface HTTPIngressRuleValue {
  /** The paths. */
  paths: HTTPIngressPath[];
}

/** A range of addresses. */
export interface IPBlock {
  /** The range. */
  cidr: string;
  /** Ranges within it that do not count. */
  except?: string[];
}

/** Routes HTTP from outside to services. */
export interface Ingress {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: IngressSpec;
  /** What was last observed. Written by the system. */
  status?: IngressStatus;
}

/** Where requests go: a service or a resource. */
export interface IngressBackend {
  /** The service. */
  service?: IngressServiceBackend;
  /** An object of another kind. */
  resource?: TypedLocalObjectReference;
}

/** A controller that serves ingresses. */
export interface IngressClass {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: IngressClassSpec;
}

/** A list of IngressClass objects. */
export interface IngressClassList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: IngressClass[];
}

/** An object. */
export interface IngressClassParametersReference {
  /** Its group. */
  apiGroup?: string;
  /** Its kind. */
  kind: string;
  /** Its name. */
  name: string;
  /** Cluster (the default) or Namespace. */
  scope?: string;
  /** Its namespace, for Namespace. */
  namespace?: string;
}

/** The controller. */
export interface IngressClassSpec {
  /** The controller's name. */
  controller?: string;
  /** An object with the controller's settings. */
  parameters?: IngressClassParametersReference;
}

/** A list of Ingress objects. */
export interface IngressList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Ingress[];
}

/** An address. */
export interface IngressLoadBalancerIngress {
  /** The address. */
  ip?: string;
  /** The name. */
  hostname?: string;
  /** The ports and their state. */
  ports?: IngressPortStatus[];
}

/** Addresses. */
export interface IngressLoadBalancerStatus {
  /** The addresses. */
  ingress?: IngressLoadBalancerIngress[];
}

/** A port's state. */
export interface IngressPortStatus {
  /** The port's number. */
  port: number;
  /** TCP, UDP or SCTP. */
  protocol: string;
  /** What is wrong with it. */
  error?: string;
}

/** Routes of one host. */
export interface IngressRule {
  /** The host, or *.domain; all hosts when empty. */
  host?: string;
  /** The routes. */
  http?: HTTPIngressRuleValue;
}

/** A service. */
export interface IngressServiceBackend {
  /** The service. */
  name: string;
  /** Its port. */
  port?: ServiceBackendPort;
}

/** The routes. */
export interface IngressSpec {
  /** Which controller serves it. */
  ingressClassName?: string;
  /** Where requests go that match no rule. */
  defaultBackend?: IngressBackend;
  /** Certificates, by host. */
  tls?: IngressTLS[];
  /** The rules. */
  rules?: IngressRule[];
}

/** What was last observed of an ingress. */
export interface IngressStatus {
  /** Its addresses. */
  loadBalancer?: IngressLoadBalancerStatus;
}

/** A certificate. */
export interface IngressTLS {
  /** The hosts that it is for. */
  hosts?: string[];
  /** The Secret with the certificate and its key. */
  secretName?: string;
}

/** Which traffic pods may have. */
export interface NetworkPolicy {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: NetworkPolicySpec;
}

/** What may go out: to any of the peers on any of the ports. */
export interface NetworkPolicyEgressRule {
  /** The ports; all when empty. */
  ports?: NetworkPolicyPort[];
  /** The peers; all when empty. */
  to?: NetworkPolicyPeer[];
}

/** What may come in: from any of the peers to any of the ports. */
export interface NetworkPolicyIngressRule {
  /** The ports; all when empty. */
  ports?: NetworkPolicyPort[];
  /** The peers; all when empty. */
  from?: NetworkPolicyPeer[];
}

/** A list of NetworkPolicy objects. */
export interface NetworkPolicyList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: NetworkPolicy[];
}

/** The other side. */
export interface NetworkPolicyPeer {
  /** Pods, by their labels. */
  podSelector?: LabelSelector;
  /** Namespaces, by their labels. */
  namespaceSelector?: LabelSelector;
  /** A range of addresses. */
  ipBlock?: IPBlock;
}

/** Ports. */
export interface NetworkPolicyPort {
  /** TCP (the default), UDP or SCTP. */
  protocol?: string;
  /** The port, by number or name; all when missing. */
  port?: number | string;
  /** The last port of a range that starts at port. */
  endPort?: number;
}

/** The pods and their traffic. */
export interface NetworkPolicySpec {
  /** The pods; all of the namespace when empty. */
  podSelector: LabelSelector;
  /** What may come in. */
  ingress?: NetworkPolicyIngressRule[];
  /** What may go out. */
  egress?: NetworkPolicyEgressRule[];
  /** Ingress, Egress or both. */
  policyTypes?: string[];
}

/** A service's port: by name or by number. */
export interface ServiceBackendPort {
  /** The name. */
  name?: string;
  /** The number. */
  number?: number;
}

// policy/v1

/** Asks a pod to go, as far as its disruption budget allows; posted to its eviction subresource. */
export interface Eviction {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** How to delete it. */
  deleteOptions?: DeleteOptions;
}

/** How many pods must stay when some are evicted. */
export interface PodDisruptionBudget {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: PodDisruptionBudgetSpec;
  /** What was last observed. Written by the system. */
  status?: PodDisruptionBudgetStatus;
}

/** A list of PodDisruptionBudget objects. */
export interface PodDisruptionBudgetList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PodDisruptionBudget[];
}

/** The bound: minAvailable or maxUnavailable. */
export interface PodDisruptionBudgetSpec {
  /** How many must stay available, as a number or a percentage. */
  minAvailable?: number | string;
  /** Which pods belong to it, by their labels. */
  selector?: LabelSelector;
  /** How many may be missing, as a number or a percentage. */
  maxUnavailable?: number | string;
  /** When pods that are not ready may go: IfHealthyBudget (the default) or AlwaysAllow. */
  unhealthyPodEvictionPolicy?: string;
}

/** What was last observed. */
export interface PodDisruptionBudgetStatus {
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** Pods whose eviction has been granted, and when. */
  disruptedPods?: Record<string, string>;
  /** How many more may go. */
  disruptionsAllowed: number;
  /** How many are healthy. */
  currentHealthy: number;
  /** How many must be healthy. */
  desiredHealthy: number;
  /** How many there are in all. */
  expectedPods: number;
  /** What is known of the object's state, one entry a type. */
  conditions?: Condition[];
}

// policy/v1beta1

/** Asks a pod to go, as far as its disruption budget allows; posted to its eviction subresource. */
export interface EvictionV1beta1 {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** How to delete it. */
  deleteOptions?: DeleteOptions;
}

/** How many pods must stay when some are evicted. */
export interface PodDisruptionBudgetV1beta1 {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec?: PodDisruptionBudgetSpecV1beta1;
  /** What was last observed. Written by the system. */
  status?: PodDisruptionBudgetStatusV1beta1;
}

/** A list of PodDisruptionBudget objects. */
export interface PodDisruptionBudgetListV1beta1 {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PodDisruptionBudgetV1beta1[];
}

/** The bound: minAvailable or maxUnavailable. */
export interface PodDisruptionBudgetSpecV1beta1 {
  /** How many must stay available, as a number or a percentage. */
  minAvailable?: number | string;
  /** Which pods belong to it, by their labels. */
  selector?: LabelSelector;
  /** How many may be missing, as a number or a percentage. */
  maxUnavailable?: number | string;
  /** When pods that are not ready may go: IfHealthyBudget (the default) or AlwaysAllow. */
  unhealthyPodEvictionPolicy?: string;
}

/** What was last observed. */
export interface PodDisruptionBudgetStatusV1beta1 {
  /** The metadata.generation that this status speaks of. */
  observedGeneration?: number;
  /** Pods whose eviction has been granted, and when. */
  disruptedPods?: Record<string, string>;
  /** How many more may go. */
  disruptionsAllowed: number;
  /** How many are healthy. */
  currentHealthy: number;
  /** How many must be healthy. */
  desiredHealthy: number;
  /** How many there are in all. */
  expectedPods: number;
  /** What is known of the object's state, one entry a type. */
  conditions?: Condition[];
}

// rbac.authorization.k8s.io/v1

/** Which cluster roles are collected. */
export interface AggregationRule {
  /** Those that match any of these. */
  clusterRoleSelectors?: LabelSelector[];
}

/** Permissions in all namespaces and on what has none. */
export interface ClusterRole {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is allowed. */
  rules?: PolicyRule[];
  /** Collects the rules of other cluster roles. */
  aggregationRule?: AggregationRule;
}

/** Gives a cluster role's permissions to subjects, everywhere. */
export interface ClusterRoleBinding {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Who gets them. */
  subjects?: Subject[];
  /** The ClusterRole. Never changes. */
  roleRef: RoleRef;
}

/** A list of ClusterRoleBinding objects. */
export interface ClusterRoleBindingList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ClusterRoleBinding[];
}

/** A list of ClusterRole objects. */
export interface ClusterRoleList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: ClusterRole[];
}

/** What is allowed. */
export interface PolicyRule {
  /** The verbs; * is all. */
  verbs: string[];
  /** The groups of the resources; "" is core, * is all. */
  apiGroups?: string[];
  /** The resources; * is all, pods/log a subresource. */
  resources?: string[];
  /** Only objects of these names. */
  resourceNames?: string[];
  /** Paths, in cluster roles; a * at the end stands for any rest. */
  nonResourceURLs?: string[];
}

/** Permissions within a namespace. */
export interface Role {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is allowed. */
  rules?: PolicyRule[];
}

/** Gives a role's permissions to subjects, within a namespace. */
export interface RoleBinding {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Who gets them. */
  subjects?: Subject[];
  /** The Role or ClusterRole. Never changes. */
  roleRef: RoleRef;
}

/** A list of RoleBinding objects. */
export interface RoleBindingList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: RoleBinding[];
}

/** A list of Role objects. */
export interface RoleList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: Role[];
}

/** A role. */
export interface RoleRef {
  /** rbac.authorization.k8s.io. */
  apiGroup: string;
  /** Role or ClusterRole. */
  kind: string;
  /** Its name. */
  name: string;
}

/** A user, group or service account. */
export interface Subject {
  /** User, Group or ServiceAccount. */
  kind: string;
  /** rbac.authorization.k8s.io for User and Group, "" for ServiceAccount. */
  apiGroup?: string;
  /** Its name. */
  name: string;
  /** A service account's namespace. */
  namespace?: string;
}

// reflet.dev/v1

/** A person and the SSH key that they sign with. */
export interface AllowedSigner {
  /** Who it is, for example ada@example.org. */
  principal: string;
  /** The public key in OpenSSH's form: ssh-ed25519 AAAA… */
  sshKey: string;
  /** Signatures made before this time are refused. */
  validAfter?: string;
  /** Signatures made after this time are refused. */
  validBefore?: string;
}

/** What becomes of people's writes through the API. */
export interface ApiWritesConfiguration {
  /** For namespaces that are not listed: commit, branch (a proposal; the write itself is refused), runtime (not into git) or deny. commit where reflet hosts the repository, else branch. */
  mode?: 'commit' | 'branch' | 'runtime' | 'deny';
  /** The mode of single namespaces, by name. */
  namespaces?: Record<string, 'commit' | 'branch' | 'runtime' | 'deny'>;
  /** What the names of proposal branches begin with. reflet/ when not given. */
  proposalPrefix?: string;
}

/** Whether a commit whose rollout fails is reverted. */
export interface AutoRevertConfiguration {
  /** A commit that is still the tip when its rollout exceeds the progress deadline is reverted by a commit that carries the evidence. false when not given. */
  enabled?: boolean;
}

/** Where the status of each commit is shown beside it. */
export interface CommitStatusConfiguration {
  /** Whose API it is. */
  provider: 'github' | 'gitlab' | 'gitea';
  /** Base of the API, for example https://api.github.com, https://gitlab.com or https://gitea.example.org. */
  url: string;
  /** OWNER/NAME, or GitLab's path of the project. */
  project: string;
  /** Name of a file below the daemon's keys directory with the token. */
  tokenFile: string;
  /** What the status is called. reflet when not given. */
  context?: string;
}

/** How reflet treats this repository. It stands in reflet.yaml at the root and is judged with every commit, as a manifest is. */
export interface Configuration {
  /** The group and version of this object's schema: reflet.dev/v1. */
  apiVersion?: string;
  /** The kind of this object: Configuration. */
  kind?: string;
  /** How a remote branch is followed. */
  follow?: FollowConfiguration;
  /** What becomes of people's writes through the API. */
  apiWrites?: ApiWritesConfiguration;
  /** Whether a commit whose rollout fails is reverted. */
  autoRevert?: AutoRevertConfiguration;
  /** How much may be removed without a confirmation. */
  prune?: PruneConfiguration;
  /** Whose commits are taken. */
  trust?: TrustConfiguration;
  /** How Secrets stand in the repository. */
  secrets?: SecretsConfiguration;
  /** Who is told what becomes of commits. */
  notifications?: Notification[];
  /** Where the status of each commit is shown beside it. */
  commitStatus?: CommitStatusConfiguration;
  /** Who may tell that the remote branch moved. */
  webhooks?: WebhookConfiguration;
  /** Keeps what is in force as it is; later commits wait. */
  suspend?: SuspendConfiguration;
}

/** How a remote branch is followed. */
export interface FollowConfiguration {
  /** How often the remote is asked when no webhook tells, for example 30s or 5m. Some chance is added. 30s when not given. */
  pollInterval?: string;
}

/** Somebody who is told what becomes of commits. */
export interface Notification {
  /** What it is called in messages. */
  name: string;
  /** Where it is posted to: an https URL. */
  url: string;
  /** json: the whole status as JSON. chat: {"text": …} as chat systems take it. json when not given. */
  format?: 'json' | 'chat';
  /** The states that are told; healthy, failed, refused and reverted when not given. */
  events?: ('admitted' | 'refused' | 'progressing' | 'healthy' | 'failed' | 'superseded' | 'reverted' | 'degraded')[];
  /** Name of a file below the daemon's keys directory with a token that is sent as Authorization: Bearer. */
  tokenFile?: string;
}

/** How much may be removed without a confirmation. */
export interface PruneConfiguration {
  /** The share of the objects, between 0 and 1, that one commit may remove. 0.5 when not given. */
  maxShare?: number;
  /** Fewer removals than this never need a confirmation, unless nothing would be left. 10 when not given. */
  minObjects?: number;
}

/** How Secrets stand in the repository. */
export interface SecretsConfiguration {
  /** What a Secret in plain text costs: warn, or refuse the commit. warn when not given. */
  plainText?: 'warn' | 'refuse';
  /** Further age recipients that Secrets are encrypted to, beside the daemon's own key. */
  recipients?: string[];
}

/** Keeps what is in force as it is; later commits wait. */
export interface SuspendConfiguration {
  /** Why, for people. */
  reason: string;
  /** When it ends by itself. */
  until?: string;
}

/** Whose commits are taken. */
export interface TrustConfiguration {
  /** required: every commit must be signed by an allowed signer. none when not given. */
  signatures?: 'none' | 'required';
  /** Who may sign with which SSH key. */
  allowedSigners?: AllowedSigner[];
  /** Public GPG keys whose signatures are taken. */
  gpgKeys?: string[];
  /** Fingerprints of keys whose signatures are taken no more. */
  revoked?: string[];
}

/** Who may tell that the remote branch moved, at /hooks/git. */
export interface WebhookConfiguration {
  /** Who sends them, which says how they are signed. */
  provider: 'github' | 'gitlab' | 'gitea';
  /** Name of a file below the daemon's keys directory with the shared secret. */
  secretFile: string;
}

// scheduling.k8s.io/v1

/** A priority by name. */
export interface PriorityClass {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** The priority; higher goes first. */
  value: number;
  /** Whether pods without a class get this one. */
  globalDefault?: boolean;
  /** What it is for. */
  description?: string;
  /** PreemptLowerPriority (the default) or Never. */
  preemptionPolicy?: string;
}

/** A list of PriorityClass objects. */
export interface PriorityClassList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: PriorityClass[];
}

// storage.k8s.io/v1

/** A CSI driver. */
export interface CSIDriver {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: CSIDriverSpec;
}

/** A list of CSIDriver objects. */
export interface CSIDriverList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: CSIDriver[];
}

/** What the driver needs and can do. */
export interface CSIDriverSpec {
  /** Whether volumes must be attached first. Defaults to true. */
  attachRequired?: boolean;
  /** Whether it is told about the pod. Defaults to false. */
  podInfoOnMount?: boolean;
  /** Persistent, Ephemeral or both. */
  volumeLifecycleModes?: string[];
  /** Whether it publishes its capacity. Defaults to false. */
  storageCapacity?: boolean;
  /** ReadWriteOnceWithFSType (the default), File or None. */
  fsGroupPolicy?: string;
  /** Service account tokens that it is given. */
  tokenRequests?: TokenRequestStorage[];
  /** Whether mounting is repeated from time to time. Defaults to false. */
  requiresRepublish?: boolean;
  /** Whether it can mount with an SELinux label. Defaults to false. */
  seLinuxMount?: boolean;
}

/** The CSI drivers of a node. */
export interface CSINode {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: CSINodeSpec;
}

/** A driver on a node. */
export interface CSINodeDriver {
  /** The driver. */
  name: string;
  /** The driver's id of the node. */
  nodeID: string;
  /** Node labels that tell where the driver is. */
  topologyKeys?: string[];
  /** How many volumes it can take. */
  allocatable?: VolumeNodeResources;
}

/** A list of CSINode objects. */
export interface CSINodeList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: CSINode[];
}

/** The drivers. */
export interface CSINodeSpec {
  /** One entry a driver. */
  drivers: CSINodeDriver[];
}

/** How much a driver can still give. */
export interface CSIStorageCapacity {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Where. */
  nodeTopology?: LabelSelector;
  /** For this StorageClass. */
  storageClassName: string;
  /** How much. */
  capacity?: string;
  /** The largest volume. */
  maximumVolumeSize?: string;
}

/** A list of CSIStorageCapacity objects. */
export interface CSIStorageCapacityList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: CSIStorageCapacity[];
}

/** How volumes are made. */
export interface StorageClass {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** Who makes them. */
  provisioner: string;
  /** What the provisioner needs to know. */
  parameters?: Record<string, string>;
  /** What becomes of released volumes: Delete (the default) or Retain. */
  reclaimPolicy?: string;
  /** Options for mounting. */
  mountOptions?: string[];
  /** Whether volumes may grow. */
  allowVolumeExpansion?: boolean;
  /** Immediate (the default) or WaitForFirstConsumer. */
  volumeBindingMode?: string;
  /** Where volumes may be made. */
  allowedTopologies?: TopologySelectorTerm[];
}

/** A list of StorageClass objects. */
export interface StorageClassList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: StorageClass[];
}

/** A service account token that a driver is given. */
export interface TokenRequestStorage {
  /** Whom it is for. */
  audience: string;
  /** How long it is good for. */
  expirationSeconds?: number;
}

/** A volume that is to be attached to a node. */
export interface VolumeAttachment {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** Name, labels and whatever else every object has. */
  metadata?: ObjectMeta;
  /** What is wanted. */
  spec: VolumeAttachmentSpec;
  /** What was last observed. Written by the system. */
  status?: VolumeAttachmentStatus;
}

/** A list of VolumeAttachment objects. */
export interface VolumeAttachmentList {
  /** The kind of this object. */
  kind?: string;
  /** The group and version of this object's schema. */
  apiVersion?: string;
  /** The list's own metadata. */
  metadata?: ListMeta;
  /** The objects of the list. */
  items: VolumeAttachment[];
}

/** The volume. */
export interface VolumeAttachmentSource {
  /** By name. */
  persistentVolumeName?: string;
  /** As such. */
  inlineVolumeSpec?: PersistentVolumeSpec;
}

/** What, and where. */
export interface VolumeAttachmentSpec {
  /** Who attaches it. */
  attacher: string;
  /** The volume. */
  source: VolumeAttachmentSource;
  /** The node. */
  nodeName: string;
}

/** What was last observed. */
export interface VolumeAttachmentStatus {
  /** Whether it is attached. */
  attached: boolean;
  /** What the attacher tells. */
  attachmentMetadata?: Record<string, string>;
  /** Why it could not be attached. */
  attachError?: VolumeError;
  /** Why it could not be detached. */
  detachError?: VolumeError;
}

/** What went wrong. */
export interface VolumeError {
  /** When. */
  time?: string;
  /** An explanation for people. */
  message?: string;
}

/** How many volumes a node can take. */
export interface VolumeNodeResources {
  /** The number. */
  count?: number;
}
