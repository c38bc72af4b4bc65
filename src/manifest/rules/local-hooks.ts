/** Lambda functions that guard a deployment, on `local`: no function runs there, so something must answer in its place. */
import { functionNameOf } from "../../model/hook-stand-in.ts";
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { readable } from "../text.ts";
import type { Rules } from "./rules.ts";

/** Without a stand-in the deployment would be rolled back at its first hook. */
export function checkHooksOnLocal({ service }: ResolvedService, environment: ResolvedEnvironment, rules: Rules): void {
  if (!environment.local) return;
  service.deployment.hooks.forEach(({ lambda }, index) => {
    const path = `service.deployment.hooks[${index}].lambda`;
    if (lambda === undefined || !rules.sound(path)) return;
    const name = functionNameOf(readable(lambda)) ?? readable(lambda);
    if (Object.hasOwn(environment.standIns.hooks, name)) return;
    rules.report(
      "FSD1812",
      path,
      `local runs no Lambda functions, and nothing stands in for ${name}`,
      `give a URL or a command as its stand-in: a document with metadata: {name: local} and environment: {local: {hooks: {${name}: "http://127.0.0.1:9000/check"}}}`,
    );
  });
}
