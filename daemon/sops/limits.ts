/** Bounds on encrypted manifests, each with its reason. What comes by push is hostile until admitted. */

/** Entries of `sops.age`: a team and its hosts. Each one that may be ours costs some milliseconds of curve arithmetic. */
export const RECIPIENTS_MAX = 100;
/** Entries that name none of our recipients and are tried all the same (a key may have been renamed by hand). */
export const STRANGERS_TRIED_MAX = 4;
/** One encrypted data key: an age file for one recipient has some 200 bytes, a post-quantum one 2 KiB. */
export const DATA_KEY_LENGTH_MAX = 16 * 1024;
/** `encrypted_regex` and its like; RE2 keeps matching linear. */
export const REGEX_LENGTH_MAX = 1_000;
/** Data keys kept unwrapped, so that reading a file again costs nothing: one a file of the tree, mostly. */
export const DATA_KEYS_KEPT_MAX = 4_096;
/** The file of keys: a few identities with their comments. */
export const KEY_FILE_BYTES_MAX = 64 * 1024;
