/**
 * Turns a client and a list of its commands into an object of named operations, so that callers outside this room
 * need no command classes: `ecs.describeServices({ … })`.
 */
// The answer is read back from the shape of the command's own middleware.
type AnswerOf<Class> = Class extends new (
  input: never,
) => {
  resolveMiddleware(...args: never[]): (input: never) => Promise<{ output: infer Output }>;
}
  ? Output
  : never;
type InputOf<Class extends new (...args: never) => unknown> = NonNullable<ConstructorParameters<Class>[0]>;

export type Operations<Commands extends Record<string, new (...args: never) => object>> = {
  readonly [Name in keyof Commands]: (input: InputOf<Commands[Name]>) => Promise<AnswerOf<Commands[Name]>>;
};

export function operations<Commands extends Record<string, new (...args: never) => object>>(
  client: { send(command: never): Promise<unknown>; readonly middlewareStack: { remove(name: string): boolean } },
  commands: Commands,
): Operations<Commands> {
  // It puts every request and answer together once more for a logger that nobody set.
  client.middlewareStack.remove("loggerMiddleware");
  const bound = Object.entries(commands).map(([name, Command]) => [
    name,
    (input: unknown) => client.send(new Command(...([input] as never)) as never),
  ]);
  return Object.fromEntries(bound) as Operations<Commands>;
}
