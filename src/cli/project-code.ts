/** What a project's code says of how it is run. */
export interface Code {
  /** One line for a person. */
  readonly about: string;
  readonly name?: string | undefined;
  readonly port?: number | undefined;
  readonly command?: readonly string[] | undefined;
  readonly source?: string | undefined;
}

/** The port that begins a text; undefined where there is none between 1 and 65,535. */
export function portIn(text: string | undefined): number | undefined {
  const port = Number(text?.trim().split(/\s+/)[0]);
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}
