/**
 * A PodDisruptionBudget has no defaults: without `minAvailable` and `maxUnavailable` it asks for nothing.
 */

export function setDefaults(): void {}
