/**
 * A kind as an older version shows it, made from the one in which it is kept: the API server's way of decode, default, convert, validate. Rules,
 * columns and strategy are those of the kept version; only the shape differs.
 *
 * To serve one more: its schema files in `schemas/<group>/<version>/`, a line in `kinds/versions.ts`.
 */

import { cloneJson } from '../base/json.ts';
import type { KubeObject } from '../base/object.ts';
import type { Conversion, Kind } from './kind.ts';
import { apiVersionOf } from './resource.ts';

export interface OtherVersion {
  readonly version: string;
  /** From this version's shape to the kept one and back; not given: the shapes are the same. They change what they get, which is theirs. */
  readonly toKept?: (object: KubeObject) => KubeObject;
  readonly fromKept?: (kept: KubeObject) => KubeObject;
  /** As Kubernetes' life cycle of the version has it, `v1.21` and `v1.25`: for the warning that each request gets. */
  readonly deprecatedIn: string;
  readonly removedIn: string;
}

export function otherVersion(kept: Kind, other: OtherVersion): Kind {
  const resource = { ...kept.resource, version: other.version };
  const conversion = conversionOf(kept, other);
  const up = (object: Readonly<KubeObject>): KubeObject => conversion.convert!(object, conversion.storedAs);
  const down = (object: Readonly<KubeObject>): KubeObject => conversion.convert!(object, apiVersionOf(resource));
  /** Runs a step of the kept version on an object of this one, in place. */
  const inPlace = (object: KubeObject, step: (kept: KubeObject) => void): void => {
    const raised = up(object);
    step(raised);
    replaceMembers(object, down(raised));
  };
  return {
    ...kept,
    resource,
    conversion,
    deprecated: describeDeprecation(kept, other),
    setDefaults: (object) => inPlace(object, kept.setDefaults),
    prepareForCreate: (object) => inPlace(object, kept.prepareForCreate),
    prepareForUpdate: (object, old) => inPlace(object, (one) => kept.prepareForUpdate(one, up(old))),
    validate: (object) => kept.validate(up(object)),
    validateUpdate: (object, old) => kept.validateUpdate(up(object), up(old)),
    table: {
      ...kept.table,
      cells: (object, now) => kept.table.cells(up(object), now),
      ...(kept.table.conditions ? { conditions: (object) => kept.table.conditions!(up(object)) } : {}),
    },
    fieldSelectors: Object.fromEntries(
      Object.entries(kept.fieldSelectors).map(([field, read]) => [field, (object) => read(up(object))]),
    ),
    ...optionalSteps(kept, up, inPlace),
  };
}

function optionalSteps(
  kept: Kind,
  up: (object: Readonly<KubeObject>) => KubeObject,
  inPlace: (object: KubeObject, step: (kept: KubeObject) => void) => void,
): Partial<Kind> {
  const { prepareForStatusUpdate, validateStatusUpdate, unsupported, warnings, scale, gracePeriodSeconds } = kept;
  return {
    ...(prepareForStatusUpdate
      ? { prepareForStatusUpdate: (object, old) => inPlace(object, (one) => prepareForStatusUpdate(one, up(old))) }
      : {}),
    ...(validateStatusUpdate
      ? { validateStatusUpdate: (object, old) => validateStatusUpdate(up(object), up(old)) }
      : {}),
    ...(unsupported ? { unsupported: (object) => unsupported(up(object)) } : {}),
    ...(warnings ? { warnings: (object, old) => warnings(up(object), old && up(old)) } : {}),
    ...(gracePeriodSeconds ? { gracePeriodSeconds: (object) => gracePeriodSeconds(up(object)) } : {}),
    ...(scale
      ? {
          scale: {
            replicas: (object) => scale.replicas(up(object)),
            statusReplicas: (object) => scale.statusReplicas(up(object)),
            selector: (object) => scale.selector(up(object)),
            setReplicas: (object, replicas) => inPlace(object, (one) => scale.setReplicas(one, replicas)),
          },
        }
      : {}),
  };
}

function conversionOf({ resource }: Kind, { version, toKept, fromKept }: OtherVersion): Conversion {
  const storedAs = apiVersionOf(resource);
  const own = apiVersionOf({ ...resource, version });
  const convert = (object: Readonly<KubeObject>, apiVersion: string): KubeObject => {
    const isSame = object.apiVersion === apiVersion || (object.apiVersion === undefined && apiVersion === own);
    const change = isSame ? undefined : apiVersion === storedAs ? toKept : fromKept;
    const { apiVersion: _version, kind: _kind, ...rest } = cloneJson(change ? change(cloneJson(object)) : object);
    return { apiVersion, kind: resource.kind, ...rest };
  };
  return {
    storedAs,
    convert,
    ask: (objects, apiVersion) => Promise.resolve(objects.map((one) => convert(one, apiVersion))),
  };
}

function replaceMembers(object: KubeObject, next: KubeObject): void {
  for (const name of Object.keys(object)) delete (object as Record<string, unknown>)[name];
  Object.assign(object, next);
}

function describeDeprecation({ resource }: Kind, { version, deprecatedIn, removedIn }: OtherVersion): string {
  const { kind } = resource;
  const own = apiVersionOf({ ...resource, version });
  return `${own} ${kind} is deprecated in ${deprecatedIn}+, unavailable in ${removedIn}+; use ${apiVersionOf(resource)} ${kind}`;
}
