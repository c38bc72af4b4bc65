/** An error of a state, by the name that `Retry` and `Catch` look for: `States.Runtime`, `Ecs.ClusterNotFoundException`. */
export class StateError extends Error {
  readonly error: string;

  constructor(error: string, cause: string) {
    super(cause);
    this.name = "StateError";
    this.error = error;
  }
}
