/**
 * The values of ConfigMaps and Secrets: base64 texts and their sizes.
 */

/** How many bytes a base64 text stands for, without decoding it. */
export function decodedBytes(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return Math.floor((base64.length * 3) / 4) - padding;
}

/** The text that a base64 value holds. */
export function decodeText(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
