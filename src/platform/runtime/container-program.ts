/** What a container runs, by Docker's rules: the task definition's words win over the image's. */
import type { ContainerLaunch } from "../../model/task-launch.ts";
import { CannotStart } from "./container-process.ts";
import type { PreparedImage } from "./image-cache.ts";

/** Program and arguments. An entry point given by the task definition also drops the image's CMD. Throws `CannotStart` when neither says anything. */
export function programOf(container: ContainerLaunch, image: PreparedImage): [string, ...string[]] {
  const words =
    container.entryPoint !== undefined && container.entryPoint.length > 0
      ? [...container.entryPoint, ...(container.command ?? [])]
      : [...image.entryPoint, ...(container.command !== undefined && container.command.length > 0 ? container.command : image.command)];
  const [program, ...args] = words;
  if (program === undefined) {
    throw new CannotStart(
      "CannotStartContainerError: no command specified (neither the image's Dockerfile nor the task definition names one)",
    );
  }
  return [program, ...args];
}

/** The folder it starts in. */
export function workingDirectoryOf(container: ContainerLaunch, image: PreparedImage): string {
  return container.workingDirectory === undefined || container.workingDirectory === ""
    ? image.workingDirectory
    : container.workingDirectory;
}

/** Why a program that is not there cannot start, worded as Docker and ECS word it, with what to do here. */
export function missingProgram(name: string): string {
  const where = name.includes("/") ? `stat ${name}: no such file or directory` : "executable file not found in $PATH";
  const hint =
    "on the process runtime programs come with the build context or from this machine (RUN is not executed): install it here or copy it into the context";
  return `CannotStartContainerError: exec: "${name}": ${where} (${hint})`;
}
