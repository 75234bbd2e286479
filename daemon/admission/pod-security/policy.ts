/**
 * The Pod Security Standards that a namespace's labels ask for (KEP-2579): a level and a version of it for each of the modes enforce, audit and warn.
 * Pure. What the levels mean stands in `checks.ts`.
 */

import { type FieldError, invalidValue, path } from '../../base/field.ts';

const LEVELS = ['privileged', 'baseline', 'restricted'] as const;
export type Level = (typeof LEVELS)[number];

const MODES = ['enforce', 'audit', 'warn'] as const;
type Mode = (typeof MODES)[number];

export interface LevelVersion {
  readonly level: Level;
  /** The minor version of Kubernetes 1; `Infinity` is `latest`. */
  readonly minor: number;
}

export type Policy = Readonly<Record<Mode, LevelVersion>>;

const PREFIX = 'pod-security.kubernetes.io/';
const LABELS = path('metadata').child('labels');
const PRIVILEGED: LevelVersion = { level: 'privileged', minor: Number.POSITIVE_INFINITY };
/** As upstream: without labels everything is allowed. */
export const DEFAULT_POLICY: Policy = { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED };

type Labels = Readonly<Record<string, string>>;
const has = (labels: Labels, label: string): boolean => Object.hasOwn(labels, PREFIX + label);

/**
 * A policy is always given: a label that cannot be read enforces `restricted`, and audits and warns of nothing; what is enforced by a label is warned
 * of too, unless another level is (`PolicyToEvaluate`). `errors` are the labels' own.
 */
export function policyOf(
  labels: Labels = {},
  defaults: Policy = DEFAULT_POLICY,
): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const read = (mode: Mode): LevelVersion => ({
    level: has(labels, mode) ? readLevel(errors, labels, mode) : defaults[mode].level,
    minor: has(labels, `${mode}-version`) ? readVersion(errors, labels, mode) : defaults[mode].minor,
  });
  const enforce = read('enforce');
  const isEnforcedByLabel = has(labels, 'enforce') && parseLevel(labels[`${PREFIX}enforce`]!) !== undefined;
  const audit = read('audit');
  const warn = read('warn');
  const isWarned = !has(labels, 'warn') && isEnforcedByLabel && isStricter(enforce.level, warn.level);
  if (!isWarned) return { policy: { enforce, audit, warn }, errors };
  const minor = has(labels, 'warn-version') ? warn.minor : enforce.minor;
  return { policy: { enforce, audit, warn: { level: enforce.level, minor } }, errors };
}

export const LEVEL_EXPECTED = `must be one of ${LEVELS.join(', ')}`;
export const VERSION_EXPECTED = 'must be "latest" or "v1.x"';

export const parseLevel = (text: string): Level | undefined => LEVELS.find((one) => one === text);

/** The minor version; undefined for what is none. */
export function parseVersion(text: string): number | undefined {
  if (text === 'latest') return PRIVILEGED.minor;
  const minor = /^v1\.(0|[1-9]\d{0,15})$/.exec(text)?.[1];
  return minor === undefined ? undefined : Number(minor);
}

function readLevel(errors: FieldError[], labels: Labels, mode: Mode): Level {
  const label = PREFIX + mode;
  const level = parseLevel(labels[label]!);
  if (level) return level;
  errors.push(invalidValue(LABELS.key(label), labels[label]!, LEVEL_EXPECTED));
  return mode === 'enforce' ? 'restricted' : 'privileged';
}

function readVersion(errors: FieldError[], labels: Labels, mode: Mode): number {
  const label = `${PREFIX}${mode}-version`;
  const minor = parseVersion(labels[label]!);
  if (minor !== undefined) return minor;
  errors.push(invalidValue(LABELS.key(label), labels[label]!, VERSION_EXPECTED));
  return PRIVILEGED.minor;
}

export const isFullyPrivileged = (policy: Policy): boolean =>
  MODES.every((mode) => policy[mode].level === 'privileged');

/** What of a policy labels ask for and holds something back: `enforce=baseline:latest, warn=restricted:v1.30`. */
export function formatLabelled(policy: Policy, labels: Labels = {}): string {
  return MODES.filter((mode) => policy[mode].level !== 'privileged')
    .filter((mode) => has(labels, mode) || has(labels, `${mode}-version`))
    .map((mode) => `${mode}=${formatLevel(policy[mode])}`)
    .join(', ');
}

/** `restricted:latest`, `baseline:v1.30` */
export function formatLevel({ level, minor }: LevelVersion): string {
  return `${level}:${minor === Number.POSITIVE_INFINITY ? 'latest' : `v1.${minor}`}`;
}

export function isSameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}

export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b);
}
