/** How much YAML is read: every bound on untrusted manifests, with its reason. */

/** A file's size in UTF-16 units: some twenty times the largest object that the API takes. */
export const TEXT_LENGTH_MAX = 4 * 1024 * 1024;
/** Nesting of collections; the deepest Kubernetes type (a CRD's schema in a list) stays well below. */
export const DEPTH_MAX = 100;
/** Values in one document, aliases expanded: a megabyte of the smallest ones. */
export const VALUES_MAX = 200_000;
/** Aliases in one document; generated manifests use tens. */
export const ALIASES_MAX = 1_000;
/** Documents in one file. */
export const DOCUMENTS_MAX = 10_000;
/** Problems reported of one file: enough to mend it, not enough to flood a push's output. */
export const PROBLEMS_MAX = 20;
