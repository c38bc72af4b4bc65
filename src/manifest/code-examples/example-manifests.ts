/** What the examples of `docs/errors/` are written with: small manifests around the lines that matter. */

export interface CodeExample {
  /** YAML, or a line of a shell where no manifest is at fault. */
  readonly wrong: string;
  readonly right: string;
  /** The environment they are read for. */
  readonly environment?: string;
  readonly shell?: true;
}

export const service = (body: string, rest = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n${body === "" ? "" : `service:\n${indented(body)}`}${rest}`;
export const withPort = (body: string, rest = ""): string => service(`port: 8000\nhealthCheck: {path: /health}\n${body}`, rest);
export const named = (name: string, body: string, rest = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}}\nservice:\n${indented(body)}${rest}`;
export const job = (body: string): string => `apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob:\n${indented(body)}`;
export const environment = (body: string, name = "prod"): string =>
  `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: ${name}}\nenvironment:\n${indented(body)}`;
const indented = (text: string): string =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}\n`)
    .join("");
export const shell = (wrong: string, right: string): CodeExample => ({ wrong: `${wrong}\n`, right: `${right}\n`, shell: true });
export const both = (...documents: string[]): string => documents.join("---\n");

export const bare = service("");
