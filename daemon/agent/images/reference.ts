/**
 * Names of images: what a pod writes, and where podman might have it. Pure.
 *
 * A name without a registry is looked for as it stands, then as `localhost/NAME` (made on this host), then as Docker Hub's.
 */

const DOMAIN = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::\\d+)?)';
const PART = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REFERENCE = new RegExp(
  `^(?:(${DOMAIN})/)?(${PART}(?:/${PART})*)(?::([\\w][\\w.-]{0,127}))?(?:@(sha256:[0-9a-fA-F]{64}))?$`,
);
/** `reference.NameTotalLengthMax` */
const NAME_LENGTH_MAX = 255;

export interface ImageReference {
  /** `''`: none was written. */
  registry: string;
  path: string;
  tag: string;
  digest: string;
}

/** Undefined: not a name of an image (`InvalidImageName`). */
export function parseReference(text: string): ImageReference | undefined {
  const match = REFERENCE.exec(text);
  if (!match) return undefined;
  const [, first = '', rest = '', tag = '', digest = ''] = match;
  const isRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const path = isRegistry || first === '' ? rest : `${first}/${rest}`;
  if (path.length > NAME_LENGTH_MAX || path !== path.toLowerCase()) return undefined;
  return { registry: isRegistry ? first : '', path, tag: tag || (digest ? '' : 'latest'), digest };
}

function format({ registry, path, tag, digest }: ImageReference): string {
  return `${registry ? `${registry}/` : ''}${path}${digest ? `@${digest}` : `:${tag}`}`;
}

function onDockerHub(reference: ImageReference): ImageReference {
  const path = reference.path.includes('/') ? reference.path : `library/${reference.path}`;
  return { ...reference, registry: 'docker.io', path };
}

/** Where to look on this host, in order. */
export function localCandidates(reference: ImageReference): string[] {
  if (reference.registry === 'docker.io') return [format(onDockerHub(reference))];
  if (reference.registry !== '') return [format(reference)];
  return [format({ ...reference, registry: 'localhost' }), format(onDockerHub(reference))];
}

/** What to ask a registry for. */
export function pullReference(reference: ImageReference): string {
  return format(reference.registry === '' || reference.registry === 'docker.io' ? onDockerHub(reference) : reference);
}
