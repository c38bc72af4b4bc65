// The JSON Schema, the permissions, the reference of every field, a page for every code and what there is on local, from the sources that the verbs themselves use.
import { bundled } from "./bundled.mjs";

export async function files() {
  const { generatedFiles } = await bundled("src/manifest/reference.ts");
  const { errorPages } = await bundled("src/cli/error-pages.ts");
  const { localSupportPage } = await bundled("src/synth/local-support-page.ts");
  const { permissionsPage } = await bundled("src/aws/permissions-page.ts");
  return new Map([
    ...generatedFiles(),
    ...errorPages(),
    ["docs/local-support.md", localSupportPage()],
    ["docs/deployer-permissions.md", permissionsPage()],
  ]);
}
