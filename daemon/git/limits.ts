/**
 * Every bound of the git layer, each with its reason. What comes by push is hostile until admitted.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

/** A pack that a push may send: 10,000 manifests are about 3 MiB packed; binaries belong elsewhere. */
export const PUSH_BYTES_MAX = 128 * MIB;
/** One allocation of a git that takes a push: no object of a size that anybody keeps here needs more, and 300 bytes of deltas can ask for gigabytes. */
export const RECEIVE_ALLOCATION_MAX = '64m';
/** Processor time of each git that takes a push: 128 MiB are unpacked and checked in some 20 s; a blob of zeros can go on for hours. */
export const RECEIVE_CPU_SECONDS_MAX = 60;
/** What each git that takes a push may write into one file. */
export const RECEIVE_FILE_BYTES_MAX = 2 * PUSH_BYTES_MAX;
/** One manifest file: etcd's classic 1.5 MiB an object, and some for lists of them. */
export const MANIFEST_BYTES_MAX = 4 * MIB;
/** Files that one push may change or one tree may hold: ten times the 10,000 manifests that are designed for. */
export const TREE_FILES_MAX = 100_000;
/** All manifest text of one tip: what is kept parsed in memory. */
export const TREE_BYTES_MAX = 256 * MIB;
/** Output of one `diff-tree` or `ls-tree`: 100,000 entries of 100 bytes and a long path each. */
export const DIFF_BYTES_MAX = 64 * MIB;
/** `.refletignore`: a list of patterns, not a program. */
export const IGNORE_BYTES_MAX = 64 * KIB;
/** `reflet.yaml`: settings, and the public keys of some dozen people. */
export const CONFIGURATION_BYTES_MAX = 256 * KIB;
export const IGNORE_PATTERNS_MAX = 1_000;
/** A path in the tree, as Linux limits it. */
export const PATH_BYTES_MAX = 4_096;
/** Problems that a refused push lists; the rest is counted. A person mends a few at a time. */
export const PROBLEMS_SHOWN_MAX = 20;
/** Lines of one message: what somebody may not grant is told rule by rule. */
export const MESSAGE_LINES_MAX = 50;
/** Objects that an accepted push names; the rest is counted. */
export const CHANGES_SHOWN_MAX = 20;
/** How long the branch's write lease may be held by one push, and how long others wait for it (design: bounded, 30 s). */
export const LEASE_MS_MAX = 30_000;
/** All that one push waits for webhooks: it holds the lease meanwhile, and has to publish within it. */
export const PUSH_WEBHOOKS_MS_MAX = 20_000;
/** Questions of one push under way at once: each is a connection. */
export const WEBHOOKS_AT_ONCE_MAX = 16;
/** Writers that wait for the lease at one time; more are told to come back. */
export const LEASE_WAITERS_MAX = 10_000;
/** Longer waits are taken in parts: a timer of the runtime counts milliseconds in 31 bits. */
export const TIMER_MS_MAX = 24 * 3_600_000;
/** One commit object: a message of some pages and a signature. */
export const COMMIT_BYTES_MAX = MIB;
/** Commits that wait for having been confirmed: people confirm one at a time. */
export const CONFIRMATIONS_MAX = 100;
/** Commits whose signatures are verified for one tip: each costs two short processes, all of them some seconds. */
export const TRUST_RANGE_MAX = 1_000;
/** Signatures verified side by side. */
export const VERIFY_AT_ONCE_MAX = 4;
/** One run of ssh-keygen or gpg. */
export const VERIFY_MS_MAX = 10_000;
/** An armored signature: those of the largest RSA keys have 2 KiB. */
export const SIGNATURE_BYTES_MAX = 64 * KIB;
/** `--allowed-signers`: some thousand people. */
export const SIGNERS_FILE_BYTES_MAX = MIB;
/** Between two checkpoints that a followed remote gets of a busy cluster: each is a connection, and some forges count them. */
export const STATE_SHARE_MS = 30_000;
/** After a quiet time: several that follow each other go in one push. */
export const STATE_SHARE_SOON_MS = 1_000;
/** Any single git command. */
export const GIT_MS_MAX = 30_000;
/** A whole push or fetch over HTTP: 128 MiB over a slow line. */
export const HTTP_GIT_MS_MAX = 600_000;
/** Refs that one push may move: each costs git two hooks' worth of work, some 15 ms. */
export const REF_UPDATES_MAX = 100;
/** Refs of the repository: more of them make every fetch slow. */
export const REFS_MAX = 10_000;
/** Pushes and fetches at one time: each is a process or two. */
export const HTTP_GIT_CONCURRENT_MAX = 32;
/** Hooks that talk to the daemon at one time. */
export const HOOK_CONNECTIONS_MAX = 64;
/** What a hook may send: the lines of 100,000 refs. */
export const HOOK_REQUEST_BYTES_MAX = 16 * MIB;
/** A hook's request must be complete after this; the hook program sends it at once. */
export const HOOK_REQUEST_MS_MAX = 10_000;
/** An idle `git cat-file` is ended: it starts again in 2 ms, and idle memory is counted. */
export const READER_IDLE_MS = 30_000;
/** Blob reads on their way to one `git cat-file` at a time: enough to keep it busy, little enough to hold in memory. */
export const READS_IN_FLIGHT_MAX = 256;
/** A publication whose objects keep changing under it is tried again; each try takes milliseconds. */
export const PUBLISH_TRIES_MAX = 10;
/** Synchronous judging or planning before the event loop gets its turn: the API's latency stays flat. */
export const PLAN_SLICE_MS = 8;
/** API writes that become one durable batch: their commits are kept in memory until they are in the repository. */
export const WRITE_BACK_BATCH_MAX = 128;
/** Snapshots of past commits that are kept: they share what they have in common with what is in force, file by file. */
export const SNAPSHOTS_KEPT_MAX = 4;
/** Reads of past commits in line; each takes as long as reading what differs, a second or two at most. */
export const SNAPSHOT_READS_WAITING_MAX = 32;
/** Fields of a comparison whose lines are looked up; the rest shows its object's line. Each costs a parse when its file is another one. */
export const LINES_LOOKED_UP_MAX = 500;
/** Waiting API writes for the tracked branch. */
export const WRITE_BACK_QUEUE_MAX = 10_000;
/** A refused tip that stays is looked at again at this pace (a namespace may have appeared meanwhile). */
export const REFUSED_RETRY_MS = 30_000;
/** After a failure of the disk or of git itself: the branch is read again soon. */
export const FAILED_RETRY_MS = 3_000;
/** First and longest pause between two reverts of one drifting object: someone keeps writing it. */
export const DRIFT_BACKOFF_MS = 1_000;
export const DRIFT_BACKOFF_MS_MAX = 60_000;
/** `-o wait` without a time: a Deployment's default progress deadline and a little. */
export const WAIT_MS_DEFAULT = 630_000;
export const WAIT_MS_MAX = 3_600_000;
/** A ref that changed in a burst is looked at once: writes settle within this. */
export const REF_SETTLE_MS = 20;
/** Git objects that are acknowledged but not durable in the repository yet: they are in memory and in the store's log, so writers wait beyond this. */
export const UNSETTLED_BYTES_MAX = 16 * MIB;
/** What the store keeps until then is written into files of its own together that comes within this: one fsync for many writes. */
export const RECORDS_DELAY_MS = 250;
/**
 * Until what was put into the repository is synced. Linux writes files back by itself within 35 s (vm.dirty_expire_centisecs and the writeback
 * interval): syncing then finds nothing left to do, where at once it would cost each write a dozen journal commits.
 */
export const OBJECTS_SYNC_MS = 40_000;
/** Between two rounds of putting acknowledged writes into the repository, when nobody waits for it: what comes meanwhile is one pack and one move. */
export const SETTLE_PAUSE_MS = 25;
/** Pause before putting objects into the repository is tried again (a full disk, a lock that somebody holds). */
export const SETTLE_RETRY_MS = 500;
/** How long that may fail before those who wait for it are told: a lock is held for less, and a client waits no longer than a minute. */
export const SETTLE_TROUBLE_MS_MAX = 3_000;
/** Objects that one `reflet.dev/depends-on` may name. */
export const DEPENDENCIES_MAX = 64;
/** `reflet.dev/wave`: nine digits are more waves than anybody has. */
export const WAVE_MAX = 999_999_999;
/** Names in `reflet.dev/waits-for`; the rest is counted: a wave may hold thousands for thousands. */
export const WAITS_FOR_SHOWN_MAX = 5;
/** Held workloads whose annotation follows each step of what they wait for; with more, each step would cost a write for each of them. */
export const WAITS_FOR_REWRITTEN_MAX = 50;
/** Entries of the ledger: some 130 bytes of memory each, for as many commits as a busy repository makes in a year. */
export const LEDGER_ENTRIES_MAX = 250_000;
/** A rollout without a step for this long has failed, where no controller says so: a Deployment's default progress deadline. */
export const PROGRESS_MS_DEFAULT = 600_000;
/** Commits whose status is kept: weeks of pushes; older ones are told by git alone. */
export const STATUS_COMMITS_MAX = 1_000;
/** Of those, refused ones: anybody who may push can make them. */
export const STATUS_REFUSED_MAX = 100;
/** Objects that a kept status lists; the rest is counted. */
export const STATUS_OBJECTS_MAX = 100;
/** Commits in the middle of one push that get a status of their own: of a whole history, imported at once, the newest. */
export const STATUS_PASSED_MAX = 100;
/** Superseded commits that are still watched for a late failure. */
export const STATUS_LATE_MAX = 100;
/** Notes on commits are written together that come within this; nobody waits for them. */
export const NOTES_DELAY_MS = 250;
export const NOTES_RETRY_MS = 5_000;
/** Until notes that did not reach the remote are pushed again, unless newer ones are sooner. */
export const NOTES_SHARE_RETRY_MS = 60_000;
/** Notes that wait at most (a full disk): the newest are kept. */
export const NOTES_WAITING_MAX = 10_000;
/** Commits whose notes are looked over after a start. */
export const NOTES_AT_START = 50;
/** A call to somebody else's server: it is not waited for by anyone. */
export const OUTGOING_MS_MAX = 15_000;
/** Of an answer; only its first words are ever told. */
export const OUTGOING_ANSWER_BYTES_MAX = 64 * KIB;
/** Reports to one place that wait; the oldest give way. */
export const REPORTS_WAITING_MAX = 1_000;
/** Tries of one report, with pauses from the first to the longest: some 40 minutes in all. */
export const REPORT_TRIES_MAX = 12;
export const REPORT_PAUSE_MS = 1_000;
export const REPORT_PAUSE_MS_MAX = 300_000;
/** Tries while the other side does not know the commit: it may be pushed there later. */
export const REPORT_UNKNOWN_TRIES_MAX = 6;
/** A token's file. */
export const TOKEN_BYTES_MAX = 64 * KIB;
/** What the message of a revert quotes: enough to see the cause, little enough to read. */
export const EVIDENCE_EVENTS_MAX = 8;
export const EVIDENCE_PODS_MAX = 2;
export const EVIDENCE_LOG_LINES_MAX = 15;
export const EVIDENCE_LINE_LENGTH_MAX = 300;
/** How long a node is asked for a container's last lines. */
export const EVIDENCE_LOG_MS_MAX = 5_000;
/** One pack from a remote: a whole history of manifests, with room for what else lies beside them. */
export const FETCH_BYTES_MAX = 1_024 * MIB;
/** A fetch: the first one brings the whole history over a slow line. */
export const REMOTE_MS_MAX = 600_000;
/** A push to the remote holds the branch's lease and a person's request: some hooks of forges take seconds. */
export const PUSH_TO_REMOTE_MS_MAX = 25_000;
/** How long a start waits for the first fetch before the daemon serves what it has. */
export const FIRST_FETCH_MS_MAX = 15_000;
/** First and longest pause before an unreachable remote is called again; each is shortened by chance, so that many daemons do not come at once. */
export const REMOTE_PAUSE_MS = 1_000;
export const REMOTE_PAUSE_MS_MAX = 60_000;
/** Webhooks that come within this are one fetch. */
export const WEBHOOK_SETTLE_MS = 200;
/** What a webhook may send: GitHub's own bound. It is hashed as it comes, not kept. */
export const WEBHOOK_BYTES_MAX = 25 * MIB;
export const WEBHOOK_MS_MAX = 10_000;
/** A webhook's secret. */
export const WEBHOOK_SECRET_BYTES_MAX = 4 * KIB;
/** Times that a write is made again because the remote branch moved under it. */
export const LOST_RACES_MAX = 8;
