/**
 * Brings images onto this node as pods ask for them: finds, pulls, and remembers why a pull failed (kubelet's image manager).
 *
 * Invariants: one pull at a time of one image, a bounded number at once, and none of them keeps another pod waiting for something else.
 */

import type { Clock } from '../../base/clock.ts';
import type { Container, Pod, Secret } from '../../kinds/types.generated.ts';
import { Gate } from '../gate.ts';
import type { ImageCalls, InspectedImage } from '../podman/images.ts';
import type { Problem } from '../pods/snapshot.ts';
import { credentialsFor } from './credentials.ts';
import { type ImageReference, localCandidates, parseReference, pullReference } from './reference.ts';

export interface FoundImage {
  id: string;
  user: string;
  size: number;
}

export type ImageEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface ImageManagerOptions {
  calls: ImageCalls;
  clock: Clock;
  pullSecrets(pod: Readonly<Pod>): readonly Readonly<Secret>[];
  signal: AbortSignal;
}

export type ImageOutcome = { ok: true; image: FoundImage } | { ok: false; problem: Problem };

/** Downloads share one line to the network; more at once make each one later. */
const PULLS_MAX = 4;
const BACKOFF_MS_MIN = 10_000;
const BACKOFF_MS_MAX = 300_000;
/** Failures remembered; a cluster's broken image names are few. */
const FAILURES_MAX = 1_000;
/** Answers about images that are there, until an image event says otherwise. */
const KNOWN_MAX = 1_000;

interface Failure {
  delayMs: number;
  untilMs: number;
  message: string;
}

export class ImageManager {
  readonly #options: ImageManagerOptions;
  readonly #known = new Map<string, FoundImage>();
  readonly #failures = new Map<string, Failure>();
  readonly #pulls = new Map<string, Promise<void>>();
  readonly #gate = new Gate(PULLS_MAX);

  constructor(options: ImageManagerOptions) {
    this.#options = options;
  }

  /** Images on the host have changed: what was found before may be gone. */
  invalidate(): void {
    this.#known.clear();
  }

  /** What was found before, if nothing has changed since. */
  known(reference: string): FoundImage | undefined {
    return this.#known.get(reference);
  }

  /** The container's image, by its pull policy. Never rejects. */
  async ensure(pod: Readonly<Pod>, container: Readonly<Container>, record: ImageEvent): Promise<ImageOutcome> {
    const name = container.image ?? '';
    const reference = parseReference(name);
    if (!reference) return this.#invalidName(name, record);
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    try {
      const present = policy === 'Always' ? undefined : (this.#known.get(name) ?? (await this.#find(name, reference)));
      if (present) {
        record('Normal', 'Pulled', `Container image "${name}" already present on machine`);
        return { ok: true, image: present };
      }
      if (policy === 'Never') return this.#never(name, record);
      return await this.#pull(pod, name, reference, record);
    } catch (error) {
      const message = `Failed to inspect image "${name}": ${(error as Error).message}`;
      record('Warning', 'InspectFailed', message);
      return {
        ok: false,
        problem: { reason: 'ImageInspectError', message, untilMs: this.#options.clock.now() + BACKOFF_MS_MIN },
      };
    }
  }

  async #find(name: string, reference: ImageReference): Promise<FoundImage | undefined> {
    for (const candidate of localCandidates(reference)) {
      const inspected = await this.#options.calls.inspect(candidate);
      if (!inspected) continue;
      const found = toFound(inspected);
      if (this.#known.size >= KNOWN_MAX) this.#known.clear();
      this.#known.set(name, found);
      return found;
    }
    return undefined;
  }

  #invalidName(name: string, record: ImageEvent): ImageOutcome {
    const message = `Failed to apply default image tag "${name}": couldn't parse image name "${name}": invalid reference format`;
    record('Warning', 'InspectFailed', message);
    record('Warning', 'Failed', 'Error: InvalidImageName');
    return {
      ok: false,
      problem: { reason: 'InvalidImageName', message, untilMs: this.#options.clock.now() + BACKOFF_MS_MAX },
    };
  }

  #never(name: string, record: ImageEvent): ImageOutcome {
    const message = `Container image "${name}" is not present with pull policy of Never`;
    record('Warning', 'ErrImageNeverPull', message);
    record('Warning', 'Failed', 'Error: ErrImageNeverPull');
    return {
      ok: false,
      problem: { reason: 'ErrImageNeverPull', message, untilMs: this.#options.clock.now() + BACKOFF_MS_MIN },
    };
  }

  async #pull(pod: Readonly<Pod>, name: string, reference: ImageReference, record: ImageEvent): Promise<ImageOutcome> {
    const { clock } = this.#options;
    const key = `${pod.metadata?.uid}/${name}`;
    const failure = this.#failures.get(key);
    if (failure && failure.untilMs > clock.now()) return this.#backOff(name, failure, record);
    // An image that was made on this host has no registry to be pulled from.
    const local = await this.#find(name, reference);
    if (local && (await this.#isLocalOnly(reference))) {
      record('Normal', 'Pulled', `Container image "${name}" already present on machine`);
      return { ok: true, image: local };
    }
    const startedMs = clock.monotonic();
    record('Normal', 'Pulling', `Pulling image "${name}"`);
    try {
      const waitedMs = await this.#pullOnce(pullReference(reference), pod);
      const image = await this.#find(name, reference);
      if (!image) throw new Error('the image is not there after it was pulled');
      const totalMs = clock.monotonic() - startedMs;
      const times = `${formatElapsed(totalMs - waitedMs)} (${formatElapsed(totalMs)} including waiting)`;
      record('Normal', 'Pulled', `Successfully pulled image "${name}" in ${times}. Image size: ${image.size} bytes.`);
      this.#failures.delete(key);
      return { ok: true, image };
    } catch (error) {
      return this.#pullFailed(key, name, error as Error, failure, record);
    }
  }

  async #isLocalOnly(reference: ImageReference): Promise<boolean> {
    if (reference.registry === 'localhost') return true;
    if (reference.registry !== '') return false;
    const [local = ''] = localCandidates(reference);
    return (await this.#options.calls.inspect(local)) !== undefined;
  }

  #pullFailed(key: string, name: string, error: Error, before: Failure | undefined, record: ImageEvent): ImageOutcome {
    const message = `failed to pull and unpack image "${name}": ${error.message}`;
    record('Warning', 'Failed', `Failed to pull image "${name}": ${message}`);
    record('Warning', 'Failed', 'Error: ErrImagePull');
    const now = this.#options.clock.now();
    const forgotten = !before || now - before.untilMs > BACKOFF_MS_MAX;
    const delayMs = forgotten ? BACKOFF_MS_MIN : Math.min(BACKOFF_MS_MAX, before.delayMs * 2);
    if (this.#failures.size >= FAILURES_MAX) this.#failures.clear();
    this.#failures.set(key, { delayMs, untilMs: now + delayMs, message });
    // Shown for a moment; then the pod is looked at again and found to be backing off.
    return { ok: false, problem: { reason: 'ErrImagePull', message, untilMs: now + Math.min(delayMs, SHOWN_MS) } };
  }

  #backOff(name: string, failure: Failure, record: ImageEvent): ImageOutcome {
    record('Normal', 'BackOff', `Back-off pulling image "${name}"`);
    record('Warning', 'Failed', 'Error: ImagePullBackOff');
    const message = `Back-off pulling image "${name}": ErrImagePull: ${failure.message}`;
    return { ok: false, problem: { reason: 'ImagePullBackOff', message, untilMs: failure.untilMs } };
  }

  /** Resolves with how long it waited for others, in ms. */
  async #pullOnce(reference: string, pod: Readonly<Pod>): Promise<number> {
    const running = this.#pulls.get(reference);
    if (running) {
      await running;
      return 0;
    }
    const { calls, clock, signal, pullSecrets } = this.#options;
    const queuedMs = clock.monotonic();
    let waitedMs = 0;
    const pull = (async () => {
      await this.#gate.run(() => {
        waitedMs = clock.monotonic() - queuedMs;
        return calls.pull(reference, credentialsFor(reference, pullSecrets(pod)), signal);
      });
    })();
    this.#pulls.set(reference, pull);
    try {
      await pull;
      return waitedMs;
    } finally {
      this.#pulls.delete(reference);
    }
  }
}

/** The kubelet shows ErrImagePull until its next look at the pod. */
const SHOWN_MS = 2_000;

function toFound({ Id, User, Config, Size }: InspectedImage): FoundImage {
  return { id: Id.replace(/^sha256:/, ''), user: User ?? Config?.User ?? '', size: Size };
}

/** As Go prints a duration rounded to milliseconds: `812ms`, `1.204s`. */
function formatElapsed(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.round(ms))}ms` : `${Math.round(ms) / 1000}s`;
}
