/**
 * Which names an expression refers to. With `condition` only the branches that are taken count, so that a resource
 * does not wait for what it does not use; without, all branches do, as validation needs it.
 */
import type { Json } from "../../kit/json.ts";
import { isObject } from "../../kit/json.ts";
import { calledFunction } from "./intrinsics.ts";
import { subParts } from "./sub-parts.ts";

export interface Reference {
  /** A parameter, pseudo parameter or resource; for `Fn::GetAtt` always a resource. */
  readonly name: string;
  /** `Fn::GetAtt` and `${A.B}` only. */
  readonly attribute?: string;
  readonly through: "Ref" | "Fn::GetAtt" | "Fn::Sub";
}

export function references(value: Json, condition?: (name: string) => boolean): Reference[] {
  const found: Reference[] = [];
  collect(value, condition, found);
  return found;
}

function collect(value: Json, condition: ((name: string) => boolean) | undefined, found: Reference[]): void {
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) collect(item, condition, found);
    return;
  }
  if (!isObject(value)) return;
  const name = calledFunction(value);
  const argument = name === undefined ? undefined : value[name];
  if (name === "Ref" && typeof argument === "string") found.push({ name: argument, through: "Ref" });
  else if (name === "Fn::GetAtt") attribute(argument ?? null, condition, found);
  else if (name === "Fn::Sub") substitution(argument ?? null, condition, found);
  else if (name === "Fn::If" && condition !== undefined && Array.isArray(argument) && typeof argument[0] === "string")
    collect((condition(argument[0]) ? argument[1] : argument[2]) ?? null, condition, found);
  else for (const item of Object.values(value)) collect(item, condition, found);
}

function attribute(argument: Json, condition: ((name: string) => boolean) | undefined, found: Reference[]): void {
  const parts =
    typeof argument === "string" ? [argument.slice(0, argument.indexOf(".")), argument.slice(argument.indexOf(".") + 1)] : argument;
  if (!Array.isArray(parts) || typeof parts[0] !== "string") return;
  const names = parts.slice(1) as readonly Json[];
  const literal = names.every((part) => typeof part === "string");
  found.push({ name: parts[0], ...(literal ? { attribute: names.join(".") } : {}), through: "Fn::GetAtt" });
  for (const part of names) collect(part, condition, found);
}

function substitution(argument: Json, condition: ((name: string) => boolean) | undefined, found: Reference[]): void {
  const [text, variables] = Array.isArray(argument) ? (argument as readonly Json[]) : [argument];
  if (isObject(variables)) for (const item of Object.values(variables)) collect(item, condition, found);
  if (typeof text !== "string") return;
  for (const { name } of subParts(text)) {
    if (name === undefined || (isObject(variables) && Object.hasOwn(variables, name))) continue;
    const dot = name.indexOf(".");
    found.push(dot < 0 ? { name, through: "Fn::Sub" } : { name: name.slice(0, dot), attribute: name.slice(dot + 1), through: "Fn::Sub" });
  }
}
