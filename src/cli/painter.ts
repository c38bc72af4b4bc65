/** Colours by meaning, not by name. Without colour every function gives its text back. */
export interface Painter {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly link: (text: string) => string;
}

const sgr =
  (open: number, close: number) =>
  (text: string): string =>
    text === "" ? text : `\u001b[${open}m${text}\u001b[${close}m`;
const plain = (text: string): string => text;

export function painter(colour: boolean): Painter {
  if (!colour) return { good: plain, bad: plain, warn: plain, faint: plain, strong: plain, link: plain };
  return { good: sgr(32, 39), bad: sgr(31, 39), warn: sgr(33, 39), faint: sgr(2, 22), strong: sgr(1, 22), link: sgr(36, 39) };
}
