/** What `docs/errors/` and `fsd explain` say of an expected failure, besides its title and exit code. */
export interface FailurePage {
  /** What has happened, and why fsd stops there. */
  readonly why: string;
  readonly fix: string;
  /** What the command says, for example. A test holds it against the messages in the source. */
  readonly said: Said;
}

export interface Said {
  readonly message: string;
  readonly hint?: string;
}
