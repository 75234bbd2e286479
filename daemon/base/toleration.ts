/** `v1.Toleration.ToleratesTaint`. Pure. */

export interface TaintShape {
  key: string;
  value?: string;
  effect: string;
}

export interface TolerationShape {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
  tolerationSeconds?: number;
}

export function tolerates(toleration: Readonly<TolerationShape>, taint: Readonly<TaintShape>): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  const operator = toleration.operator || 'Equal';
  if (operator === 'Exists') return true;
  return operator === 'Equal' && (toleration.key ?? '') !== '' && (toleration.value ?? '') === (taint.value ?? '');
}
