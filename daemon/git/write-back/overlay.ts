/**
 * The manifest files as a batch of writes leaves them, one write after the other, above the published state.
 */

import type { KindRegistry } from '../../kinds/kind.ts';
import type { Candidate, DesiredState } from '../desired-state.ts';
import { type ManifestFile, parseManifestFile } from '../manifest-file.ts';
import type { ManifestReader } from '../ports.ts';
import { formatProblem } from '../problem.ts';
import type { FileView } from './plan-write.ts';

export interface OverlayOptions {
  state: DesiredState;
  folder: string;
  manifests: ManifestReader;
  registry: KindRegistry;
  /** A blob that is in force, in the repository or on its way there. */
  readBlob(id: string): Promise<Buffer>;
}

export class FileOverlay implements FileView {
  readonly state: DesiredState;
  readonly folder: string;
  readonly #options: OverlayOptions;
  readonly #files = new Map<string, ManifestFile | undefined>();
  readonly #texts = new Map<string, string>();

  constructor(options: OverlayOptions) {
    this.state = options.state;
    this.folder = options.folder;
    this.#options = options;
  }

  file(path: string): ManifestFile | undefined {
    return this.#files.has(path) ? this.#files.get(path) : this.state.files.get(path);
  }

  *paths(): Generator<string> {
    for (const path of this.state.files.keys()) if (!this.#files.has(path)) yield path;
    for (const [path, file] of this.#files) if (file) yield path;
  }

  async text(file: ManifestFile): Promise<string> {
    return this.#texts.get(file.blob) ?? (await this.#options.readBlob(file.blob)).toString('utf8');
  }

  /** Reads what a write made of a file. Throws when it can no longer be read: a bug in the editing, not in the write. */
  async set(path: string, blob: string | undefined, text: string | undefined): Promise<void> {
    if (blob === undefined || text === undefined) {
      this.#files.set(path, undefined);
      return;
    }
    const bytes = Buffer.from(text, 'utf8');
    const read = await this.#options.manifests.read(bytes, path);
    const { file, problems } = parseManifestFile(path, blob, bytes.length, read, this.#options.registry);
    if (problems.length > 0) throw new Error(`edited manifest cannot be read: ${formatProblem(problems[0]!)}`);
    this.#files.set(path, file);
    this.#texts.set(blob, text);
  }

  /** Takes back everything since `mark()`. */
  mark(): () => void {
    const files = new Map(this.#files);
    return () => {
      this.#files.clear();
      for (const [path, file] of files) this.#files.set(path, file);
    };
  }

  /** `paths`: only these of the changed files. */
  candidate(commit: string, paths: Iterable<string> = this.#files.keys()): Candidate {
    const files = new Map([...paths].map((path) => [path, this.#files.get(path)]));
    return { commit, ignore: this.state.ignore, files };
  }
}
