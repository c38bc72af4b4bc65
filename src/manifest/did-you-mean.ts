/** The word a person most likely meant, or undefined when none is near. Case, hyphens and underscores count for nothing. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const folded = fold(word.slice(0, 64));
  let best: string | undefined;
  let least = Math.max(1, Math.floor(folded.length / 3)) + 1;
  for (const candidate of known) {
    const other = fold(candidate);
    const away = other === folded ? 0 : distance(folded, other);
    if (away < least) {
      least = away;
      best = candidate;
    }
  }
  // A word that begins like another is near it even when the rest is missing: `repl` for `replicas`.
  return best ?? (folded.length >= 3 ? known.find((candidate) => fold(candidate).startsWith(folded)) : undefined);
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[-_\s]/g, "");
}

/** Edits between two words: insert, remove, replace, swap neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
