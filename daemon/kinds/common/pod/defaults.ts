/**
 * What the API server fills in for Pods and Pod templates (`pkg/apis/core/v1/defaults.go` of 1.32). In place and idempotent.
 */

import { canonicalQuantity, roundUpToMilli } from '../../../base/quantity.ts';
import type { Container, HTTPGetAction, PodSpec, Probe, ResourceFieldSelector, Volume } from '../../types.generated.ts';
import { showAsNull } from '../defaults.ts';
import { sourcesOf } from './volumes.ts';

const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;
/** Longer references are no images; also bounds the pattern's work. */
const IMAGE_LENGTH_MAX = 512;
/** What would be an image's ID is no reference. */
const IMAGE_ID = /^[0-9a-f]{64}$/;

const PATH_PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const IMAGE = new RegExp(
  `^(?:(?:[a-zA-Z0-9-]+\\.)*[a-zA-Z0-9-]+(?::\\d+)?/)?${PATH_PART}(?:/${PATH_PART})*(?::(\\w[\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9+._-]*:[0-9a-fA-F]{32,}))?$`,
);

/** `RepositoryNameTotalLengthMax` */
const REPOSITORY_LENGTH_MAX = 255;

/** The repository's path, as Docker completes a name: `nginx` is `library/nginx` of its hub. */
function repositoryOf(name: string): string {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (/[.:A-Z]/.test(first) || first === 'localhost') return name.slice(slash + 1);
  return slash < 0 ? `library/${name}` : name;
}

/** The tag of an image: `latest` when none is written and no digest either; empty for what is no reference. */
export function imageTag(image: string): string {
  if (image.length > IMAGE_LENGTH_MAX || IMAGE_ID.test(image)) return '';
  const match = IMAGE.exec(image);
  if (!match) return '';
  const [, tag, digest] = match;
  const behind = [tag, digest].reduce((length, part) => length + (part === undefined ? 0 : part.length + 1), 0);
  if (repositoryOf(image.slice(0, image.length - behind)).length > REPOSITORY_LENGTH_MAX) return '';
  return tag ?? (digest === undefined ? 'latest' : '');
}

/** The specification within a Pod or a template. */
export function setPodSpecDefaults(spec: PodSpec): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume);
  for (const container of spec.containers ?? []) setContainerDefaults(container);
  for (const container of spec.initContainers ?? []) setContainerDefaults(container);
  for (const container of spec.ephemeralContainers ?? []) setContainerDefaults(container);
  if (spec.overhead) roundUpResources(spec.overhead);
}

/** What only a Pod itself gets, not a template. */
export function setPodOnlyDefaults(spec: PodSpec): void {
  for (const list of [spec.containers, spec.initContainers]) {
    for (const container of list ?? []) {
      defaultRequests(container);
      if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
    }
  }
  spec.enableServiceLinks ??= true;
}

function defaultRequests({ resources }: Container): void {
  if (!resources?.limits) return;
  for (const name of Object.keys(resources.limits)) {
    resources.requests ??= {};
    resources.requests[name] ??= resources.limits[name]!;
  }
}

function setContainerDefaults(container: Container): void {
  container.imagePullPolicy ||= imageTag(container.image ?? '') === 'latest' ? 'Always' : 'IfNotPresent';
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  if (container.resources.limits) roundUpResources(container.resources.limits);
  if (container.resources.requests) roundUpResources(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ||= 'v1';
    if (variable.valueFrom?.resourceFieldRef) setDivisor(variable.valueFrom.resourceFieldRef);
  }
  setProbeDefaults(container.livenessProbe);
  setProbeDefaults(container.readinessProbe);
  setProbeDefaults(container.startupProbe);
  setHttpDefaults(container.lifecycle?.postStart?.httpGet);
  setHttpDefaults(container.lifecycle?.preStop?.httpGet);
  if (container.securityContext) {
    const { procMount } = container.securityContext;
    if (procMount === '') delete container.securityContext.procMount;
  }
}

function setProbeDefaults(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  setHttpDefaults(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function setHttpDefaults(action: HTTPGetAction | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function setDivisor(selector: ResourceFieldSelector): void {
  selector.divisor = canonicalQuantity(selector.divisor || '0');
}

function setVolumeDefaults(volume: Volume): void {
  if (sourcesOf(volume).length === 0) volume.emptyDir = {};
  if (volume.emptyDir?.sizeLimit !== undefined) {
    volume.emptyDir.sizeLimit = canonicalQuantity(volume.emptyDir.sizeLimit);
  }
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.secret) volume.secret.defaultMode ??= FILE_MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= FILE_MODE;
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= FILE_MODE;
    setDownwardDefaults(volume.downwardAPI.items);
  }
  if (volume.projected) {
    showAsNull(volume.projected, 'sources');
    volume.projected.defaultMode ??= FILE_MODE;
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
      setDownwardDefaults(source.downwardAPI?.items);
    }
  }
}

function setDownwardDefaults(files: NonNullable<Volume['downwardAPI']>['items']): void {
  for (const file of files ?? []) {
    if (file.fieldRef) file.fieldRef.apiVersion ||= 'v1';
    if (file.resourceFieldRef) setDivisor(file.resourceFieldRef);
  }
}

/** A list of resources as it is stored: canonical texts, nothing finer than a thousandth. */
export function roundUpResources(resources: Record<string, string>): void {
  for (const name of Object.keys(resources)) resources[name] = roundUpToMilli(resources[name]!);
}
