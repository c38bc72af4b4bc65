/**
 * Brings the secrets of `.fsd/secrets.local.env` into the local platform's Secrets Manager and Parameter Store before
 * anything is deployed, and once that is approved. What is missing in both is said at once, with the lines to add; values are never said.
 */
import { dirname, join, resolve } from "node:path";
import type { SecretStores } from "../../aws/secret-stores.ts";
import type { ResolvedService } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import type { Tell } from "../events.ts";
import { holds, lineNameOf, mergedContent, placeOf, type SecretPlace } from "./local-form.ts";
import { readSecretsFile, type SecretsFile, secretsFileName } from "./secrets-file.ts";

/** A service, and the secrets its template asks for by name. */
export interface SecretUser {
  readonly service: ResolvedService;
  readonly lookedUp: readonly string[];
}

interface Wanted {
  readonly subject: string;
  readonly line: string;
  readonly place: SecretPlace;
  readonly value: string | undefined;
  /** Where the line belongs. */
  readonly file: string;
}

interface Place {
  readonly place: SecretPlace;
  readonly current: string | undefined;
  whole: string | undefined;
  readonly keys: Map<string, string>;
}

/**
 * Judges what the files give and what is there already, says what gets a new value, and answers with what puts it in place:
 * until that is called nothing is written, and it is not answered unless everything is there.
 */
export async function prepareLocalSecrets(
  users: readonly SecretUser[],
  cwd: string,
  stores: SecretStores,
  tell: Tell,
): Promise<() => Promise<void>> {
  const wanted = users.flatMap((user) => wantedBy(user, cwd, tell));
  const places = new Map<string, Place>();
  for (const { place } of wanted) {
    const id = idOf(place);
    if (!places.has(id)) places.set(id, { place, current: await currentValue(place, stores), whole: undefined, keys: new Map() });
  }
  const missing = wanted.filter(
    ({ place, value }) => value === undefined && !holds(places.get(idOf(place))?.current, place.kind === "secret" ? place.jsonKey : ""),
  );
  if (missing.length > 0) throw missingSecrets(missing);
  for (const one of wanted) note(one, places.get(idOf(one.place)));
  const changed = [...places.values()].filter((place) => isNew(contentOf(place), place.current));
  for (const { place } of changed.filter(({ current }) => current !== undefined)) {
    const subjects = wanted.filter((one) => idOf(one.place) === idOf(place)).map(({ subject }) => subject);
    for (const subject of new Set(subjects)) {
      tell({ type: "note", subject, text: `${named(place)} gets a new value; tasks that run already keep the old one` });
    }
  }
  return async () => {
    for (const held of changed) {
      // A person may have taken a while to answer: what others wrote meanwhile stays.
      const current = await currentValue(held.place, stores);
      const content = contentOf({ ...held, current });
      if (isNew(content, current)) await write(held.place, content, stores);
    }
  };
}

function isNew(content: string | undefined, current: string | undefined): content is string {
  return content !== undefined && content !== current;
}

function wantedBy({ service, lookedUp }: SecretUser, cwd: string, tell: Tell): Wanted[] {
  const beside = resolve(cwd, dirname(service.file));
  const files = [...new Set([beside, cwd])].flatMap((folder): SecretsFile | SecretsFile[] => readSecretsFile(folder) ?? []);
  const { name: subject } = service;
  const file = files[0]?.path ?? join(beside, secretsFileName);
  const own = service.service.secrets.flatMap((secret) => {
    const place = placeOf(secret);
    return place === undefined ? [] : [{ line: secret.name, place }];
  });
  const named = new Set(own.flatMap(({ place }) => (place.kind === "secret" ? [place.secret] : [])));
  const others = lookedUp
    .filter((secret) => !named.has(secret))
    .map((secret) => ({
      line: lineNameOf(secret),
      place: { kind: "secret", secret, jsonKey: "", stage: "AWSCURRENT" } satisfies SecretPlace,
    }));
  const all = [...own, ...others];
  if (all.length === 0) return [];
  for (const { path } of files.filter(({ open }) => open)) {
    tell({ type: "note", subject, text: `${path} may be read by others; chmod 600 ${path}` });
  }
  return all.map(({ line, place }) => {
    const value = files.map(({ values }) => values.get(line)).find((each) => each !== undefined);
    return { subject, line, place, value, file };
  });
}

function missingSecrets(missing: readonly Wanted[]): Error {
  const files = new Map<string, Set<string>>();
  for (const { file, line } of missing) files.set(file, (files.get(file) ?? new Set()).add(line));
  const names = [...new Set(missing.map(({ subject, line }) => `${line} (${subject})`))].join(", ");
  const lines = [...files].map(([file, keys]) => `add to ${file}:\n${[...keys].map((key) => `  ${key}=…`).join("\n")}`);
  return failure("FSD8005", `the environment local has no value for ${missing.length === 1 ? "the secret" : "the secrets"} ${names}`, {
    hint: `${lines.join("\n")}\nkeep the file out of git and to yourself (chmod 600)`,
  });
}

/** Takes a value of the file to where it belongs. */
function note({ line, place, value }: Wanted, held: Place | undefined): void {
  if (value === undefined || held === undefined) return;
  const jsonKey = place.kind === "secret" ? place.jsonKey : "";
  const before = jsonKey === "" ? held.whole : held.keys.get(jsonKey);
  if (before !== undefined && before !== value) {
    throw failure("FSD8005", `${line} and another line give ${named(place)} different values`, { hint: "give both the same value" });
  }
  if (jsonKey === "") held.whole = value;
  else held.keys.set(jsonKey, value);
}

function contentOf(held: Place): string | undefined {
  const content = mergedContent(held.current, held);
  if (content === undefined && held.whole !== undefined) {
    throw failure(
      "FSD8005",
      `${named(held.place)} is read by the keys ${[...held.keys.keys()].join(", ")}, but its whole value is no JSON object`,
      {
        hint: "give the whole secret as one line of JSON",
      },
    );
  }
  return content;
}

async function currentValue(place: SecretPlace, { secretsManager, ssm }: SecretStores): Promise<string | undefined> {
  try {
    if (place.kind === "parameter") return (await ssm.getParameter({ Name: place.parameter, WithDecryption: true })).Parameter?.Value;
    return (await secretsManager.getSecretValue({ SecretId: place.secret, VersionStage: place.stage })).SecretString;
  } catch (error) {
    if (["ResourceNotFoundException", "ParameterNotFound"].includes((error as Error).name)) return undefined;
    throw error;
  }
}

async function write(place: SecretPlace, value: string, { secretsManager, ssm }: SecretStores): Promise<void> {
  if (place.kind === "parameter") {
    await ssm.putParameter({ Name: place.parameter, Value: value, Type: "SecureString", Overwrite: true });
    return;
  }
  try {
    await secretsManager.createSecret({ Name: place.secret });
  } catch (error) {
    if ((error as Error).name !== "ResourceExistsException") throw error;
  }
  await secretsManager.putSecretValue({ SecretId: place.secret, SecretString: value, VersionStages: [place.stage] });
}

function idOf(place: SecretPlace): string {
  return place.kind === "parameter" ? `parameter ${place.parameter}` : `secret ${place.stage} ${place.secret}`;
}

function named(place: SecretPlace): string {
  return place.kind === "parameter" ? `the parameter ${place.parameter}` : `the secret ${place.secret}`;
}
