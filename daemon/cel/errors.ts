/**
 * What goes wrong while an expression is evaluated. Both are answers, never defects: `program.evaluate` returns their messages.
 */

/** A mistake of the expression or of its input: `no such key: x`. `&&`, `||` and quantifiers may absorb it, as CEL has it. */
export class CelError extends Error {}

/** The budget is spent: nothing absorbs it. */
export class BudgetError extends Error {}
