/** What a rule about a resolved document works with: where a field stands, and a way to say what is wrong with it. */
import type { Code } from "../codes.ts";
import type { Diagnostics } from "../diagnostic.ts";
import { type MapNode, nodeAt, placeOf } from "../tree.ts";

export class Rules {
  readonly #tree: MapNode;
  readonly #diagnostics: Diagnostics;
  readonly #environment: string;

  constructor(tree: MapNode, diagnostics: Diagnostics, environment: string) {
    this.#tree = tree;
    this.#diagnostics = diagnostics;
    this.#environment = environment;
  }

  /** Whether none of the fields was refused before; a rule on refused fields keeps silent. */
  sound(...paths: string[]): boolean {
    return !paths.some((path) => this.#diagnostics.isBroken(path));
  }

  /** Whether the manifest itself gives the field, in whatever layer. */
  given(path: string): boolean {
    return nodeAt(this.#tree, path) !== undefined;
  }

  /** Points at the first of the paths that the manifest gives, else near where it would stand. */
  report(code: Code, paths: string | readonly string[], message: string, hint = ""): void {
    const candidates = typeof paths === "string" ? [paths] : paths;
    const path = candidates.find((candidate) => this.given(candidate)) ?? (candidates[0] as string);
    const { file, line, column } = placeOf(this.#tree, path);
    const where = this.#environment === "" ? "" : ` (environment ${this.#environment})`;
    this.#diagnostics.report(code, { file, line, column }, path, `${message}${where}`, hint);
  }
}
