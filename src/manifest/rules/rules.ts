/** What a rule about a resolved document works with: where a field stands, and a way to say what is wrong with it. */
import type { Code } from "../codes.ts";
import type { Diagnostics } from "../diagnostic.ts";
import { type MapNode, nodeAt, placeOf } from "../tree.ts";

export class Rules {
  readonly #tree: MapNode;
  readonly #diagnostics: Diagnostics;
  readonly #body: string;

  /** `body`: the field that stands where a Service has `service`; a Job's rules are a Service's, under another name. */
  constructor(tree: MapNode, diagnostics: Diagnostics, body = "service") {
    this.#tree = tree;
    this.#diagnostics = diagnostics;
    this.#body = body;
  }

  #own(path: string): string {
    if (this.#body === "service") return path;
    return path.replace(/^service(?=\.|$)/, this.#body).replace("job.observability.logs", "job.logs");
  }

  /** Whether none of the fields was refused before; a rule on refused fields keeps silent. */
  sound(...paths: string[]): boolean {
    return !paths.some((path) => this.#diagnostics.isBroken(this.#own(path)));
  }

  /** Whether the manifest itself gives the field, in whatever layer. */
  given(path: string): boolean {
    return nodeAt(this.#tree, this.#own(path)) !== undefined;
  }

  /** The number that the manifest gives, which is not always the one that holds. */
  number(path: string): number | undefined {
    const node = nodeAt(this.#tree, this.#own(path));
    return node?.kind === "scalar" && typeof node.value === "number" ? node.value : undefined;
  }

  /** Whether the two fields were given together, in one layer: then the later word is not the stronger one. */
  together(one: string, other: string): boolean {
    const [a, b] = [one, other].map((path) => nodeAt(this.#tree, this.#own(path))?.at.layer);
    return a !== undefined && a === b;
  }

  /** Points at the first of the paths that the manifest gives, else near where it would stand. */
  report(code: Code, paths: string | readonly string[], message: string, hint = ""): void {
    const candidates = typeof paths === "string" ? [paths] : paths;
    const path = this.#own(candidates.find((candidate) => this.given(candidate)) ?? (candidates[0] as string));
    const { file, line, column } = placeOf(this.#tree, path);
    this.#diagnostics.report(code, { file, line, column }, path, message, hint);
  }
}
