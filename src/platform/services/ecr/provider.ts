/**
 * Amazon ECR: repositories and images for the tasks of this machine. Images arrive through ECR's API or through the
 * Docker registry protocol (`registry-http.ts`) and lie as files in the blob store.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Provider } from "../../gateway/operations.ts";
import { repositoryNotFound } from "./faults.ts";
import type { ImageRegistry } from "./image-registry.ts";
import { imageOperations } from "./images.ts";
import type { LayerUploads } from "./layer-uploads.ts";
import { layerOperations } from "./layers.ts";
import { policyOperations } from "./policies.ts";
import { authorizationToken } from "./registry-token.ts";
import { repositoryOperations } from "./repositories.ts";
import { scanOperations } from "./scan-findings.ts";

/** As on AWS, a login lasts twelve hours. */
const TOKEN_LIFETIME_MS = 12 * 3600 * 1000;

export interface EcrDependencies {
  readonly clock: Clock;
  readonly registry: ImageRegistry;
  readonly uploads: LayerUploads;
  /** File with the findings that were laid ready to rehearse scan gates (see scan-findings.ts); it need not exist. */
  readonly scanFindings: string;
  /** The gateway's own address once it listens, `http://127.0.0.1:4566`: where layers are fetched and `docker login` goes. */
  readonly endpoint: () => string;
}

export function ecrProvider({ clock, registry, uploads, scanFindings, endpoint }: EcrDependencies): Provider<"ecr"> {
  return {
    service: "ecr",
    operations: {
      ...repositoryOperations(registry, () => clock.now()),
      ...layerOperations(registry, uploads, endpoint),
      ...imageOperations(registry),
      ...policyOperations(registry),
      ...scanOperations(registry, scanFindings, () => clock.now()),
      GetAuthorizationToken: (input, { region }) => {
        const other = input.registryIds?.find((id) => id !== registry.account);
        if (other !== undefined) throw repositoryNotFound("", other);
        const expiresAt = clock.now() + TOKEN_LIFETIME_MS;
        return {
          authorizationData: [
            { authorizationToken: authorizationToken({ region, expiresAt }), expiresAt: new Date(expiresAt), proxyEndpoint: endpoint() },
          ],
        };
      },
    },
  };
}
