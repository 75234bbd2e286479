/**
 * Every bound of the checkpoint in the repository, each with its reason.
 */

/**
 * The ledger in the repository: entries a file, and their revisions (what an entry holds is a uid for each at most); the newest file is written anew with
 * each publication, so a commit of 10,000 objects is not to be in it for long. And how many files, newest last.
 */
export const STATE_LEDGER_SEGMENT_ENTRIES = 128;
export const STATE_LEDGER_SEGMENT_REVISIONS = 1_024;
export const STATE_LEDGER_SEGMENTS_MAX = 128;
/** One of the checkpoint's 256 parts, unpacked: 100,000 objects of 10 KiB are 4 MiB a part. */
export const STATE_PART_BYTES_MAX = 512 * 1024 * 1024;
/** How long a change may wait for its checkpoint: what is lost of runtime state when disk and process go together. */
export const STATE_DELAY_MS = 500;
/** A checkpoint rests this many times as long as the one before it took, and at most so long: a small share of one core and of the disk. */
export const STATE_REST_FACTOR = 4;
export const STATE_REST_MS_MAX = 5_000;
/** After a failure (a full disk). */
export const STATE_RETRY_MS = 5_000;
/** Objects that checkpoints leave unreachable before git is asked to remove them (hosted repositories): some tens of MiB. */
export const STATE_GARBAGE_MAX = 5_000;
/** git's own grace: a clone that reads an older checkpoint is done by then. */
export const STATE_GARBAGE_AGE = '2.hours.ago';
/** Parts read and written at a time. */
export const STATE_PARTS_IN_FLIGHT = 8;
