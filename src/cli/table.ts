const narrowest = 10;
const gap = 3;

/** Rows as columns of text, each as wide as its longest entry and at least ten characters; nothing follows the last column. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? narrowest, cell.length + gap);
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0))).join("");
  return rows.map((row) => `${line(row)}\n`).join("");
}
