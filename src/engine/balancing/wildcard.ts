/**
 * The wildcards of listener rules: `*` stands for any characters, also none, `?` for exactly one. Matched by hand
 * rather than by a regular expression, whose time could explode on a hostile path.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let starFrom = 0;
  while (from < text.length) {
    if (at < pattern.length && pattern[at] === "*") {
      star = at++;
      starFrom = from;
    } else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      // The last star takes one character more; earlier stars never need to be reconsidered.
      at = star + 1;
      from = ++starFrom;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
