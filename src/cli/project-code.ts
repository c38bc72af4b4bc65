/** What a project's code says of how it is run. */
export interface Code {
  /** One line for a person. */
  readonly about: string;
  readonly name?: string | undefined;
  readonly port?: number | undefined;
  readonly command?: readonly string[] | undefined;
  readonly source?: string | undefined;
}
