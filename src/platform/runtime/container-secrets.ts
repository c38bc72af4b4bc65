/** The values of a container's secrets, which become variables of its environment. */
import type { ContainerLaunch } from "../../model/task-launch.ts";
import type { SecretSource } from "./platform-sources.ts";

/** By the variables' names. Rejects with ECS's words when one cannot be had. */
export async function secretValues(
  wanted: ContainerLaunch["secrets"],
  region: string,
  source: SecretSource,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const { name, valueFrom } of wanted) {
    try {
      values[name] = await source.value(valueFrom, region);
    } catch (error) {
      const { name: code, message } = error as Error;
      throw new Error(
        `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret ${valueFrom}: ${code}: ${message}`,
      );
    }
  }
  return values;
}
