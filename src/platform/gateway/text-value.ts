/** Values that travel as text: in forms, paths, query strings and headers. */
import { NumericValue, parseRfc3339DateTimeWithOffset } from "@smithy/core/serde";
import type { Shape } from "./schema.ts";

/** What cannot be read stays as the client sent it; validation then says which value is of the wrong type. */
export function readText(shape: Shape, text: string): unknown {
  if (shape.isBooleanSchema()) return text.toLowerCase() === "true" ? true : text.toLowerCase() === "false" ? false : text;
  if (shape.isNumericSchema()) return /^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
  if (shape.isBigIntegerSchema()) return /^-?\d+$/.test(text) ? BigInt(text) : text;
  if (shape.isBigDecimalSchema()) return new NumericValue(text, "bigDecimal");
  if (shape.isBlobSchema()) return Buffer.from(text, "base64");
  if (shape.isTimestampSchema()) return timestamp(text);
  return text;
}

function timestamp(text: string): unknown {
  if (/^\d+(\.\d+)?$/.test(text)) return new Date(Number(text) * 1000);
  try {
    return parseRfc3339DateTimeWithOffset(text);
  } catch {
    const date = new Date(text);
    return Number.isNaN(date.getTime()) ? text : date;
  }
}
