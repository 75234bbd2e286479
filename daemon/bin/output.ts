/**
 * What commands print for people: lines on standard output, colours only on a terminal.
 */

export interface Output {
  line(text: string): void;
  paint(tone: 'ok' | 'warning' | 'error' | 'quiet', text: string): string;
}

const CODES = { ok: 32, warning: 33, error: 31, quiet: 90 };

export function createOutput(stream: { write(text: string): unknown }, colour: boolean): Output {
  return {
    line: (text) => void stream.write(`${text}\n`),
    paint: (tone, text) => (colour ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text),
  };
}

/** Columns as wide as their widest cell, two spaces between. */
export function renderColumns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map((row) =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index]!))).join('  '),
  );
}
