/**
 * Which files of a build context are left out, as Docker reads `.dockerignore`: patterns are rooted at the context,
 * `*` and `?` stay within one folder, `**` crosses folders, a pattern that matches a folder matches all below it, the
 * last pattern that matches decides, and `!` takes back in, even below an excluded folder.
 */
export interface DockerIgnore {
  /** `path` is relative to the context, with forward slashes. */
  excludes(path: string): boolean;
  /** No file below this excluded folder can be taken back in, so it need not be read at all. */
  prunes(folder: string): boolean;
}

interface Rule {
  readonly negated: boolean;
  readonly matches: RegExp;
}

/** Reads the text of a `.dockerignore`; patterns of `always` come last, so that nothing takes them back in. */
export function parseDockerIgnore(text: string, always: readonly string[] = []): DockerIgnore {
  const rules = [...text.split(/\r?\n/), ...always].flatMap((line) => {
    const rule = parseRule(line);
    return rule === undefined ? [] : [rule];
  });
  const excludes = (path: string): boolean => rules.reduce((out, { negated, matches }) => (matches.test(path) ? !negated : out), false);
  const first = rules.length - always.length;
  const anyNegation = rules.some(({ negated }) => negated);
  return {
    excludes,
    prunes: (folder) => excludes(folder) && (!anyNegation || rules.slice(first).some(({ matches }) => matches.test(folder))),
  };
}

function parseRule(line: string): Rule | undefined {
  if (line.startsWith("#")) return undefined;
  const trimmed = line.trim();
  const negated = trimmed.startsWith("!");
  const pattern = clean(negated ? trimmed.slice(1).trim() : trimmed);
  return pattern === "" ? undefined : { negated, matches: expression(pattern) };
}

/** `./a//b/` and `/a/b` are `a/b`; `.` matches nothing, as in Docker. */
function clean(pattern: string): string {
  const parts: string[] = [];
  for (const part of pattern.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/");
}

function expression(pattern: string): RegExp {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] as string;
    if (character === "*" && pattern[index + 1] === "*") {
      index++;
      if (pattern[index + 1] === "/") {
        index++;
        source += "(?:.*/)?";
      } else source += ".*";
    } else if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const end = pattern.indexOf("]", index + 2);
      if (end === -1) source += "\\[";
      else {
        const inner = pattern
          .slice(index + 1, end)
          .replace(/\\/g, "\\\\")
          .replace(/^[!^]/, "^");
        source += `[${inner}]`;
        index = end;
      }
    } else if (character === "\\" && index + 1 < pattern.length) source += quoted(pattern[++index] as string);
    else source += quoted(character);
  }
  try {
    return new RegExp(`^${source}(?:/.*)?$`, "s");
  } catch {
    // A character class that makes no sense, e.g. `[z-a]`: Docker refuses the file; here it matches nothing.
    return /$^/;
  }
}

function quoted(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
