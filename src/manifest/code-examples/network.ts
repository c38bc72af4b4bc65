import type { networkCodes } from "../codes/network.ts";
import { both, type CodeExample, environment, service, withPort } from "./example-manifests.ts";

export const networkExamples: Readonly<Record<keyof typeof networkCodes, CodeExample>> = {
  FSD1401: {
    wrong: service("port: 8000\nhealthCheck: {interval: 10, timeout: 10}"),
    right: service("port: 8000\nhealthCheck: {interval: 10, timeout: 5}"),
  },
  FSD1402: { wrong: service("port: 8000"), right: withPort("") },
  FSD1403: {
    wrong: service("port: 8000\nhealthCheck: {gracePeriod: 30, container: {http: /health, startPeriod: 90}}"),
    right: service("port: 8000\nhealthCheck: {gracePeriod: 90, container: {http: /health, startPeriod: 90}}"),
  },
  FSD1404: {
    wrong: withPort("networking: {loadBalancer: {deregistrationDelay: 600}}"),
    right: withPort("networking: {loadBalancer: {deregistrationDelay: 30}}"),
  },
  FSD1405: { wrong: service("networking: {loadBalancer: {path: /api/*}}"), right: withPort("networking: {loadBalancer: {path: /api/*}}") },
  FSD1406: { wrong: service("networking: {vpc: false}"), right: service("networking: {vpc: true}") },
  FSD1407: { wrong: service("exec: true\nreadonlyRootFilesystem: true"), right: service("readonlyRootFilesystem: true") },
  FSD1408: {
    wrong: environment("loadBalancers: {public: {}}"),
    right: environment('loadBalancers: {public: {certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/0e1f"}}'),
  },
  FSD1409: {
    wrong: both(withPort("networking: {loadBalancer: {internal: false}}"), environment("loadBalancers: {internal: {}}")),
    right: both(withPort("networking: {loadBalancer: {internal: true}}"), environment("loadBalancers: {internal: {}}")),
  },
  FSD1411: {
    wrong: withPort("networking: {loadBalancer: {path: orders/*}}"),
    right: withPort("networking: {loadBalancer: {path: /orders/*}}"),
  },
  FSD1412: {
    wrong: withPort("networking: {vpc: false, loadBalancer: {internal: true}}"),
    right: withPort("networking: {vpc: true, loadBalancer: {internal: true}}"),
  },
  FSD1413: {
    wrong: both(withPort(""), environment("loadBalancers: {internal: {idleTimeout: 300}}")),
    right: both(
      withPort("stopTimeout: 120\nnetworking: {loadBalancer: {deregistrationDelay: 300}}"),
      environment("loadBalancers: {internal: {idleTimeout: 300}}"),
    ),
  },
  FSD1414: {
    wrong: withPort("spot: true\nstopTimeout: 60\nnetworking: {loadBalancer: {deregistrationDelay: 180}}"),
    right: withPort("spot: true\nstopTimeout: 60\nnetworking: {loadBalancer: {deregistrationDelay: 60}}"),
  },
  FSD1415: {
    wrong: withPort("sidecars: [{name: proxy, image: envoy, port: 8000}]"),
    right: withPort("sidecars: [{name: proxy, image: envoy, port: 9000}]"),
  },
};
