/**
 * What the git layer needs from the rest of the daemon, as interfaces: wired in `bin/`, faked only in tests.
 *
 * Nothing here writes objects except the store, which is handed to the git layer directly.
 */

import type {
  AdmissionEnvironment,
  ManifestRequest,
  ManifestResult,
  TreeRequest,
  TreeResult,
} from '../admission/contract.ts';
import type { AdmissionSteps } from '../admission/steps.ts';
import type { RolesOfPush } from '../auth/grants.ts';
import type { UserInfo } from '../auth/user.ts';
import type { JsonObject, KubeObject, ObjectKey } from '../base/object.ts';
import type { Kind } from '../kinds/kind.ts';

/** `daemon/admission/`. Synchronous; never throws for what a manifest says. */
export interface AdmissionPort {
  /** The git layer hands it on, with its `cluster` laid over by what the same publication creates. */
  readonly environment: AdmissionEnvironment;
  /** All manifests of a tip together; hands out no addresses. To be driven to its end; webhooks are the environment's to ask. */
  admitTreeInSteps(environment: AdmissionEnvironment, request: TreeRequest): AdmissionSteps<TreeResult>;
  /** One manifest as a server-side apply onto `live`, as it shall be stored; its reservation is ended by the caller. */
  admitManifest(environment: AdmissionEnvironment, request: ManifestRequest): ManifestResult;
  /** Why the object may not be deleted (what the API's answer says), or undefined; webhooks are asked. */
  refuseDelete(kind: Kind, key: ObjectKey, user: UserInfo, dryRun: boolean): Promise<string | undefined>;
  /** Why this user may not grant what the object grants (RBAC escalation), or undefined. */
  refuseGrant(
    kind: Kind,
    next: Readonly<KubeObject>,
    old: Readonly<KubeObject> | undefined,
    user: UserInfo,
    pushed?: RolesOfPush,
  ): string | undefined;
}

/** One document of a manifest file. */
export interface ReadDocument {
  /** 0-based position in the file, empty documents counted. */
  index: number;
  /** Plain JSON, as Kubernetes reads it. */
  value: unknown;
  /** 1-based place where the document's content begins. */
  line: number;
  column: number;
  /** The file has it encrypted; `value` is plain. */
  sealed?: SealedValues;
}

/** Where the encrypted values of a document stand: names and indices. */
export interface SealedValues {
  readonly places: readonly (readonly (string | number)[])[];
  /** The MAC that it carries, to find the documents that were encrypted with it. */
  readonly mac: string;
}

export interface ReadProblem {
  line: number;
  column: number;
  message: string;
  expected?: string;
}

export interface ReadManifests {
  documents: readonly ReadDocument[];
  /** Not empty: nothing of the file may be used. */
  problems: readonly ReadProblem[];
}

/** `daemon/yaml/`: bounded in time and memory, off the main thread for what is large. */
export interface ManifestReader {
  read(text: Uint8Array, file: string): Promise<ReadManifests>;
  /** 1-based place of a field (`spec.template.spec.containers[0].image`) or of its nearest ancestor that the text has. */
  positionOf(
    text: Uint8Array,
    file: string,
    document: number,
    fieldPath: string,
  ): Promise<{ line: number; column: number }>;
}

export type EditResult = { ok: true; text: string } | { ok: false; line: number; column: number; message: string };

/** How values are encrypted for a file. */
export interface Sealing {
  /** Who shall be able to open what is encrypted anew. */
  readonly recipients: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** `daemon/yaml/edit.ts`: edits by splicing bytes; everything outside the edited nodes stays identical. What is encrypted stays encrypted. */
export interface ManifestEditor {
  /** Makes document number `document` of `text` say `wanted` instead of `present`, both plain. */
  edit(text: string, document: number, present: JsonObject, wanted: JsonObject, sealing: Sealing): Promise<EditResult>;
  /** The same for a document that is not encrypted yet: its Secrets' values are, all of them. */
  seal(text: string, document: number, wanted: JsonObject, sealing: Sealing): Promise<EditResult>;
  /** Removes one document; undefined when none is left. */
  remove(text: string, document: number, sealing: Sealing): Promise<string | undefined>;
  /** Text of a new file with this one object. */
  render(object: JsonObject, file: string): string;
}

/** Where notable things are told: as Events of the object, and in the log. Must not throw and must not block. */
export interface EventSink {
  event(about: Readonly<KubeObject>, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** Whoever pushes by path or moves the ref on the host: its administrator. */
export const HOST_ADMINISTRATOR: UserInfo = {
  username: 'system:admin',
  groups: ['system:masters', 'system:authenticated'],
};
