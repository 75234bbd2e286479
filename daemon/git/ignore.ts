/**
 * `.refletignore`: which files of the repository are not manifests, in the pattern language of `.gitignore`. Pure.
 * Patterns run through a linear-time matcher: the file comes with a push and may be hostile.
 */

import { RE2JS } from 're2js';
import { IGNORE_PATTERNS_MAX } from './limits.ts';

export interface IgnoreRules {
  /** Whether the file (not a folder) is ignored; the last pattern that matches it or a folder above it decides. */
  ignores(path: string): boolean;
}

export const IGNORE_FILE = '.refletignore';

interface Rule {
  negated: boolean;
  expression: RE2JS;
}

export const NOTHING_IGNORED: IgnoreRules = { ignores: () => false };

/** Lines are patterns; `#` begins a comment, `!` takes back, a slash at the front or inside anchors, one at the end means folders only. */
export function parseIgnoreRules(text: string): IgnoreRules {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  if (lines.length > IGNORE_PATTERNS_MAX) {
    throw new Error(`${IGNORE_FILE}: more than ${IGNORE_PATTERNS_MAX} patterns`);
  }
  const rules = lines.map(parseRule);
  if (rules.length === 0) return NOTHING_IGNORED;
  return {
    ignores(path) {
      let ignored = false;
      for (const { negated, expression } of rules) {
        if (ignored === negated && expression.matches(path)) ignored = !negated;
      }
      return ignored;
    },
  };
}

function parseRule(line: string): Rule {
  const negated = line.startsWith('!');
  let pattern = (negated ? line.slice(1) : line.replace(/^\\([#!])/, '$1')).replace(/(?<!\\)\s+$/, '');
  const folderOnly = pattern.endsWith('/');
  if (folderOnly) pattern = pattern.slice(0, -1);
  const anchored = pattern.includes('/');
  if (pattern.startsWith('/')) pattern = pattern.slice(1);
  const head = anchored ? '' : '(?:.*/)?';
  const tail = folderOnly ? '/.*' : '(?:/.*)?';
  return { negated, expression: RE2JS.compile(`${head}${globToExpression(pattern)}${tail}`, RE2JS.DOTALL) };
}

function globToExpression(glob: string): string {
  let expression = '';
  for (let at = 0; at < glob.length; ) {
    const rest = glob.slice(at);
    if (rest.startsWith('**/')) {
      expression += '(?:.*/)?';
      at += 3;
    } else if (rest.startsWith('**')) {
      expression += '.*';
      at += 2;
    } else {
      const set = /^\[(!?)([^\]\\/]+)\]/.exec(rest);
      if (set) {
        expression += `[${set[1] ? '^/' : ''}${set[2]!.replaceAll('[', '\\[').replaceAll('^', '\\^')}]`;
        at += set[0].length;
      } else {
        const escaped = rest[0] === '\\' && rest.length > 1;
        const character = escaped ? rest[1]! : rest[0]!;
        expression += escaped ? RE2JS.quote(character) : globCharacter(character);
        at += escaped ? 2 : 1;
      }
    }
  }
  return expression;
}

function globCharacter(character: string): string {
  if (character === '*') return '[^/]*';
  if (character === '?') return '[^/]';
  return RE2JS.quote(character);
}
