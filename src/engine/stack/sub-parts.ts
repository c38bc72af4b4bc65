/** A piece of an `Fn::Sub` text: literal characters, or a name to be replaced. */
export type SubPart = { readonly literal: string; readonly name?: undefined } | { readonly literal?: undefined; readonly name: string };

/** Splits an `Fn::Sub` text at its `${name}`s; `${!name}` is the literal `${name}`. */
export function subParts(text: string): SubPart[] {
  const parts: SubPart[] = [];
  let end = 0;
  for (const match of text.matchAll(/\$\{(!?)\s*([^{}]*?)\s*\}/g)) {
    const [whole, literal, name] = match as unknown as [string, string, string];
    if (match.index > end) parts.push({ literal: text.slice(end, match.index) });
    parts.push(literal === "!" ? { literal: `\${${whole.slice(3)}` } : { name });
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ literal: text.slice(end) });
  return parts;
}
