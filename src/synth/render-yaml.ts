/**
 * Templates as YAML, the same bytes for the same template. Intrinsics are written short (`!Ref`, `!Sub`), texts plain
 * where every YAML reader, 1.1 or 1.2, reads them back as texts, and quoted everywhere else.
 */
const shortForms: Readonly<Record<string, string>> = { Ref: "!Ref", "Fn::Sub": "!Sub", "Fn::GetAtt": "!GetAtt" };

export function renderYaml(value: unknown): string {
  const lines: string[] = [];
  writeMap(value as Record<string, unknown>, 0, lines, "");
  return `${lines.join("\n")}\n`;
}

export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** The value on one line, or undefined when it needs several. */
function inline(value: unknown): string | undefined {
  if (value === null) return "null";
  if (typeof value === "string") return text(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item) => (typeof item === "object" && item !== null && !isShort(item) ? undefined : inline(item)));
    if (items.some((item) => item === undefined || item.includes("\n"))) return undefined;
    const line = `[${items.map((item) => flowSafe(item as string)).join(", ")}]`;
    return line.length <= 100 ? line : undefined;
  }
  const keys = Object.keys(value as object);
  if (keys.length === 0) return "{}";
  return isShort(value as object) ? short(value as Record<string, unknown>) : undefined;
}

/** In `[a, b]` a plain text may hold no comma, bracket or brace. */
function flowSafe(item: string): string {
  return /^[A-Za-z!]/.test(item) && /[,[\]{}]/.test(item) && !item.includes('"') ? quoteTail(item) : item;
}

function quoteTail(item: string): string {
  const [tag, rest] = item.startsWith("!") ? [item.slice(0, item.indexOf(" ") + 1), item.slice(item.indexOf(" ") + 1)] : ["", item];
  return `${tag}${JSON.stringify(rest)}`;
}

function isShort(value: object): boolean {
  const [key, ...others] = Object.keys(value);
  if (key === undefined || others.length > 0 || shortForms[key] === undefined) return false;
  const content = (value as Record<string, unknown>)[key];
  return (
    typeof content === "string" || (key === "Fn::GetAtt" && Array.isArray(content) && content.every((part) => typeof part === "string"))
  );
}

function short(value: Record<string, unknown>): string {
  const key = Object.keys(value)[0] as string;
  const content = value[key];
  return `${shortForms[key]} ${text(Array.isArray(content) ? content.join(".") : (content as string))}`;
}

function writeMap(map: Record<string, unknown>, depth: number, lines: string[], first: string): void {
  const indent = "  ".repeat(depth);
  let lead = first === "" ? indent : first;
  for (const [key, value] of Object.entries(map)) {
    const line = inline(value);
    if (line !== undefined) lines.push(`${lead}${text(key)}: ${line}`);
    else {
      lines.push(`${lead}${text(key)}:`);
      writeBelow(value, depth + 1, lines);
    }
    lead = indent;
  }
}

function writeBelow(value: unknown, depth: number, lines: string[]): void {
  if (!Array.isArray(value)) {
    writeMap(value as Record<string, unknown>, depth, lines, "");
    return;
  }
  const indent = "  ".repeat(depth);
  for (const item of value) {
    const line = inline(item);
    if (line !== undefined) lines.push(`${indent}- ${line}`);
    else if (Array.isArray(item)) {
      lines.push(`${indent}-`);
      writeBelow(item, depth + 1, lines);
    } else writeMap(item as Record<string, unknown>, depth + 1, lines, `${indent}- `);
  }
}

function text(value: string): string {
  const plain =
    /^[A-Za-z/][A-Za-z0-9_/.:@+=-]*( [A-Za-z0-9_/.:@+=(),'-]+)*$/.test(value) &&
    !/: |:$| #/.test(value) &&
    !/^(true|false|yes|no|on|off|null|y|n)$/i.test(value) &&
    value.length <= 120;
  return plain ? value : JSON.stringify(value);
}
