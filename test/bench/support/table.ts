/** Figures as a table for people. Pure. */

import type { Figure, Goal } from './figure.ts';

const COLUMNS = ['FIGURE', 'VALUE', 'MIN/MEDIAN/MAX', 'FLOOR OR PEER', 'RATIO', 'GOAL', 'MET'];

/** Three significant digits, whole numbers above a hundred. */
function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

function formatGoal(goal: Goal | undefined, unit: string): string {
  if (!goal) return '-';
  const { atMost, atLeast } = goal;
  const bound = atMost === undefined ? `≥ ${formatNumber(atLeast)}` : `≤ ${formatNumber(atMost)}`;
  return goal.of === 'ratio' ? `${bound}×` : `${bound} ${unit}`;
}

function cellsOf({ figure, unit, spread, statistic, peer, ratio, goal, met }: Figure): string[] {
  const { min, median, max } = spread;
  return [
    figure,
    `${formatNumber(spread[statistic])} ${unit}${statistic === 'p99' ? ' p99' : ''}`,
    spread.samples > 1 ? [min, median, max].map(formatNumber).join('/') : '-',
    peer ? `${peer.name}: ${formatNumber(peer.spread.median)} ${unit}` : '-',
    ratio === undefined ? '-' : `${formatNumber(ratio)}×`,
    formatGoal(goal, unit),
    met === undefined ? '-' : met ? 'yes' : 'NO',
  ];
}

/** One line a figure, notes below it. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = [COLUMNS, ...figures.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
