/**
 * What answers on this machine in the place of a Lambda function that guards a deployment. `fsd deploy --env local` writes
 * them, a file a service, into the state directory, and the platform reads them there: a command is never named over the
 * wire, where every task could name one.
 */

/** A URL that is posted the function's event, or a command (words, no shell) with the folder it runs in. */
export type HookStandIn = { readonly url: string } | { readonly command: readonly string[]; readonly folder: string };

/** By the function's name. */
export type HookStandIns = Readonly<Record<string, HookStandIn>>;

/** Below the state directory: where a service's stand-ins are. */
export function hookStandInsFile(service: string): string {
  return `hooks/${encodeURIComponent(service)}.json`;
}

/** `arn:aws:lambda:us-east-1:123456789012:function:smoke:live` → `smoke`; undefined for what is no function. */
export function functionNameOf(arn: string): string | undefined {
  return /^arn:[^:]*:lambda:.*:function:([^:]+)/.exec(arn)?.[1];
}
