/**
 * The labels, annotations and the finalizer by which a Job and its Pods find each other (`pkg/apis/batch/types.go`).
 */

const PREFIX = 'batch.kubernetes.io';

export const JOB_NAME_LABEL = `${PREFIX}/job-name`;
export const CONTROLLER_UID_LABEL = `${PREFIX}/controller-uid`;
/** From before Kubernetes' labels had a prefix; still set, still looked for. */
export const LEGACY_JOB_NAME_LABEL = 'job-name';
export const LEGACY_CONTROLLER_UID_LABEL = 'controller-uid';

/** Annotation, and label, of an Indexed Job's Pod. */
export const COMPLETION_INDEX = `${PREFIX}/job-completion-index`;
/** How often the Pod's index has failed before, counted and not. */
export const INDEX_FAILURE_COUNT = `${PREFIX}/job-index-failure-count`;
export const INDEX_IGNORED_FAILURE_COUNT = `${PREFIX}/job-index-ignored-failure-count`;

/** Keeps a Pod there until its end is counted in the Job's status. */
export const TRACKING_FINALIZER = `${PREFIX}/job-tracking`;

/** `spec.managedBy` of Jobs that our own controller looks after. */
export const JOB_CONTROLLER = 'kubernetes.io/job-controller';
