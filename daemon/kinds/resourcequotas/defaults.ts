/**
 * A ResourceQuota has no defaults.
 */

export function setDefaults(): void {}
